"""manage.py demo: four salons' stores with everything they need, and a fifth to open; until Ctrl-C."""

import fcntl
import hashlib
import json
import os
import shutil
import signal
import urllib.request
import uuid
from dataclasses import asdict, replace
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.demo import (
    DEMO_DIR,
    LOG_DIR,
    ChildFailed,
    Supervisor,
    demo_children,
    notices,
    prepare_upstreams,
)
from payments.models import PaymentSettings
from store.design import Design
from store.models import Membership, Role, Store
from store.palettes import PALETTES
from store.services import create_store
from store.tenancy import store_scope
from store.theme import DEFAULT_THEME

ADMIN = "admin"
# Its store is for trying out the first steps: it does not know its key yet.
UNOPENED = "fern-row"
CONNECTED, SELF_KEYED = "luna-hair", "stille-spa"
# Plum dusk and copper hair on warm plaster; the others wear what their template brings.
LUNA = replace(DEFAULT_THEME, **asdict(PALETTES["plum"].colours), corners="pill")
LOOKS = {
    "luna-hair": Design.of_template("booking-first", LUNA),
    "sen-nails": Design.of_template("retail-first"),
    "stille-spa": Design.of_template("showcase"),
    "one-chair": Design.of_template("minimal"),
}
LOCALES = {
    "luna-hair": "en-US",
    "sen-nails": "en-US",
    "stille-spa": "de-DE",
    "one-chair": "en-AU",
    "fern-row": "en-GB",
}


WITHOUT_SECOND_FACTOR = [
    "Log-ins here take a password alone (SECOND_FACTOR=false): elsewhere owners and",
    "operators give a code of an app, too. SECOND_FACTOR=true make demo shows it.",
]


def owner_of(slug: str) -> str:
    return f"owner@{slug}.example"


def collect_static_files() -> None:
    """`collectstatic`, unless the sources are as they were the last time: compressing takes seconds."""
    stamp = DEMO_DIR / "static.stamp"
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            digest.update(f"{path} {storage.get_modified_time(path).timestamp()}\n".encode())
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    stamp.write_text(digest.hexdigest())


class Command(BaseCommand):
    help = "Run the demo: four salons, the sandbox, web, worker and beat. --reset clears its data first."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reset", action="store_true", help="clear the demo's data and stop")

    def handle(self, *args: Any, **options: Any) -> None:
        with (DEMO_DIR / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise CommandError(
                    "The demo is already running in this folder; stop it with Ctrl-C."
                ) from error
            if options["reset"]:
                return self._reset()
            self._run()
        return None

    def _reset(self) -> None:
        for entry in DEMO_DIR.iterdir():
            if entry.name == "lock":
                continue
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        self.stdout.write("The demo's data is gone. `make demo` starts afresh.")

    def _run(self) -> None:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # ended politely is ended by Ctrl-C
        supervisor = Supervisor()
        try:
            self.stdout.write("\n".join([*notices, "Preparing the database and the static files..."]))
            call_command("migrate", verbosity=0)
            collect_static_files()
            for child in demo_children():
                self.stdout.write(f"Starting {child.name}...")
                supervisor.start(child)
                if child.name == "sandbox":
                    salons = self._create_stores()
                    if prepare_upstreams():
                        self._set_up_payments(salons)
                    self._create_admin()
                    self._create_owners()
            self._print_addresses(salons)
            supervisor.watch(self.stdout.write)
        except KeyboardInterrupt:
            self.stdout.write("\nStopping...")
        except ChildFailed as error:
            raise CommandError(str(error)) from error
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            supervisor.stop()

    def _create_stores(self) -> list[dict[str, Any]]:
        url = f"{os.environ['DEMO_SANDBOX_URL']}/sandbox/salons.json"
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 (the sandbox, on loopback)
            salons: list[dict[str, Any]] = json.load(answer)
        known = set(Store.objects.values_list("slug", flat=True))
        for salon in salons:
            if salon["slug"] in known:
                continue  # a later start: what was changed in the admin stays
            create_store(
                slug=salon["slug"],
                name=salon["name"],
                tenant_id=uuid.UUID(salon["tenantId"]),
                api_key="" if salon["slug"] == UNOPENED else salon["apiKey"],
                webhook_secrets=[salon["webhookSecret"]],
                locale=LOCALES.get(salon["slug"], "en-US"),
                design=LOOKS.get(salon["slug"]),
                is_published=salon["slug"] != UNOPENED,
            )
        return salons

    def _set_up_payments(self, salons: list[dict[str, Any]]) -> None:
        """One salon is paid on its Connect account, one by keys of its own, the others by the platform's."""
        keys = {salon["slug"]: salon["stripe"] for salon in salons}
        own = keys[SELF_KEYED]
        self._fill_in_settings(CONNECTED, account_id=keys[CONNECTED]["account"])
        self._fill_in_settings(
            SELF_KEYED,
            secret_key=own["secretKey"],
            publishable_key=own["publishableKey"],
            webhook_secret=own["webhookSecret"],
        )
        webhooks = f"{Store.objects.get(slug=SELF_KEYED).as_info().base_url}/webhooks/stripe"
        self._tell_sandbox(f"{SELF_KEYED}/stripe-webhook", webhooks)

    def _fill_in_settings(self, slug: str, **fields: str) -> None:
        with store_scope(Store.objects.get(slug=slug).as_info()):
            if not PaymentSettings.objects.exists():  # else: what was changed in the admin stays
                PaymentSettings.objects.create(**fields)

    def _tell_sandbox(self, path: str, url: str) -> None:
        request = urllib.request.Request(  # noqa: S310 (the sandbox, on loopback)
            f"{os.environ['DEMO_SANDBOX_URL']}/sandbox/{path}",
            json.dumps({"url": url}).encode(),
            {"Content-Type": "application/json"},
            method="PUT",
        )
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310

    def _create_admin(self) -> None:
        users = get_user_model().objects
        if not users.filter(username=ADMIN).exists():
            users.create_superuser(ADMIN, password=os.environ["DEMO_ADMIN_PASSWORD"])

    def _create_owners(self) -> None:
        """One for each salon, so that a merchant's side can be tried; whoever was removed stays so."""
        for store in Store.objects.filter(memberships=None):
            name = owner_of(store.slug)
            if not User.objects.filter(username=name).exists():
                owner = User.objects.create_user(name, name, os.environ["DEMO_ADMIN_PASSWORD"])
                Membership.objects.create(store=store, user=owner, role=Role.OWNER)

    def _print_addresses(self, salons: list[dict[str, Any]]) -> None:
        port = os.environ["PLATFORM_PORT"]
        sandbox = os.environ["DEMO_SANDBOX_URL"]
        password = os.environ["DEMO_ADMIN_PASSWORD"]
        admin = f"http://localhost:{port}/admin/"
        lines = ["", self.style.SUCCESS("Mango Online Store is running."), "", "Stores"]
        lines += [
            f"  {salon['name']:<14} http://{salon['slug']}.localhost:{port}/"
            for salon in salons
            if salon["slug"] != UNOPENED
        ]
        new = next(salon for salon in salons if salon["slug"] == UNOPENED)
        lines += [
            "",
            f"{new['name']} has an empty store, to be opened by its first steps",
            f"  Studio         http://localhost:{port}/admin/stores/{UNOPENED}/start/",
            f"  Key            {new['apiKey']}",
        ]
        lines += [
            "",
            f"Admin            {admin}   {ADMIN} / {password}",
            "Studios          each salon’s owner, with the same password:",
            *(
                f"  {salon['name']:<14} {admin}stores/{salon['slug']}/   {owner_of(salon['slug'])}"
                for salon in salons
            ),
            *(["", *WITHOUT_SECOND_FACTOR, ""] if not settings.SECOND_FACTOR else []),
            f"Sandbox          {sandbox}/   (the salons' back offices, switches for faults)",
            f"Mailbox          {sandbox}/mailbox/",
            f"DNS              {sandbox}/dns/   (records of the salons' own domains)",
            f"Logs             {os.path.relpath(LOG_DIR)}/",
            "",
            "Ctrl-C stops all of it.",
        ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()
