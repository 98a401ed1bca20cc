"""Hands in a process of its own, with its own database: `python -m tests.store.elsewhere` (places.py).

Prints "ready", then takes lines `["what", {values}]` and answers each with a line of JSON.
"""

import json
import os
import sys
import time
import uuid
from datetime import timedelta
from typing import Any

import django


def queue_emails(count: int, recipient: str = "zoe@example.com") -> list[str]:
    from store.models import Store
    from store.services import create_store, queue_email
    from store.tenancy import store_scope

    store = Store.objects.first() or create_store(
        slug="luna", name="Luna", tenant_id=uuid.uuid4(), api_key="key", webhook_secrets=["whsec_eA=="]
    )
    with store_scope(store.as_info()):
        made = [
            queue_email(fact=f"visit/{n}/told", recipient=recipient, subject=f"{n}", text="t", html="h")
            for n in range(count)
        ]
    return [str(email.pk) for email in made if email]


def send_emails() -> int:
    from store.services import send_due_emails

    return send_due_emails(seconds=300)


def list_emails() -> list[dict[str, Any]]:
    from store.models import Email

    names = ["state", "may_be_sent", "attempts", "provider_id", "last_error", "lease", "delivered_at"]
    rows = Email.across_stores.order_by("created_at").values("pk", *names)
    return [{name: value and str(value) for name, value in row.items()} for row in rows]


def make_due() -> int:
    """As if every lease and pause were over."""
    from django.utils import timezone

    from store.models import Email

    return Email.across_stores.exclude(due_at=None).update(due_at=timezone.now())


def claim_emails(limit: int, *, hang: bool = False) -> list[str]:
    """Claim until nothing is due; the ids. `hang` tells after the first claim and never returns."""
    from store.durable import claim, is_anything_due
    from store.models import Email

    ids: list[str] = []
    while is_anything_due(Email):
        ids += [str(email.pk) for email in claim(Email, limit=limit, lease=timedelta(seconds=60))]
        if hang:
            print(json.dumps(ids), flush=True)
            time.sleep(3600)
    return ids


def _open_luna() -> Any:
    from store.models import Store
    from store.services import create_store

    store = Store.objects.first() or create_store(
        slug="luna", name="Luna", tenant_id=uuid.uuid4(), api_key="key", webhook_secrets=["whsec_eA=="]
    )
    return store.as_info()


def publish_looks(count: int, *, in_hours: float = 0.0) -> list[int]:
    """So many versions one after the other, now or in so many hours; their numbers."""
    from django.utils import timezone

    from store.design import Design
    from store.services import publish_design
    from store.tenancy import store_scope

    at = timezone.now() + timedelta(hours=in_hours) if in_hours else None
    with store_scope(_open_luna()):
        return [publish_design(design=Design(), by="a test", at=at).number for _ in range(count)]


def publish_due(*, hang: bool = False) -> int:
    """How many went live. `hang` tells when the first is about to, inside its transaction, and never ends."""
    from store.services import designs

    if hang:
        go_live = designs._go_live

        def hang_after(*args: Any, **values: Any) -> None:
            go_live(*args, **values)
            print(json.dumps("live, not committed"), flush=True)
            time.sleep(3600)

        designs._go_live = hang_after
    return designs.publish_due_versions()


def list_versions() -> list[dict[str, Any]]:
    from store.models import DesignVersion, Store

    live = Store.objects.get().live_version_id
    rows = DesignVersion.across_stores.order_by("number")
    return [{"number": row.number, "state": row.state, "is_live": row.pk == live} for row in rows]


def make_versions_due() -> int:
    """As if their hour had come and every lease were over."""
    from django.utils import timezone

    from store.models import DesignVersion

    return DesignVersion.across_stores.exclude(due_at=None).update(due_at=timezone.now())


def take_slots(names: list[str], slot: int) -> list[str]:
    from store.services import take_slot

    return [name for name in names if take_slot(name=name, slot=slot)]


def tick(names: list[str], at: int) -> int:
    """A beat's scheduler whose entries of ten seconds are all due at this moment. How many it sent."""
    import time_machine
    from celery.schedules import schedule

    from config.celery import app
    from store.beat import OncePerSlotScheduler

    app.conf.beat_schedule_filename = f"{os.environ['ELSEWHERE']}/beat-{os.getpid()}"
    scheduler = OncePerSlotScheduler(app=app, lazy=True)
    entries = [scheduler.Entry(name=name, task=name, schedule=schedule(10.0), app=app) for name in names]
    with time_machine.travel(at, tick=False):
        return sum(scheduler.apply_async(entry, advance=False) is not None for entry in entries)


def ring_bell(tasks: list[str], times: int = 1) -> str:
    from config.bell import ring

    for _ in range(times):
        for task in tasks:
            ring(task)
    return "rung"


def ring_after_fork(first: str, second: str) -> str:
    """The parent has rung, so its thread is there; the child has a copy of all but the thread."""
    from config import bell

    bell.ring(first)
    with bell._rung:  # a fork may happen while the lock is held
        pid = os.fork()
    if not pid:
        bell.ring(second)
        print(json.dumps("rung"), flush=True)
        time.sleep(3600)  # for the bell's thread; whoever started this ends it
    return "forked"


def claim_domain(host: str, slugs: list[str], verified: str) -> dict[str, dict[str, Any]]:
    """A claim of each of these stores to the host; one of them has it."""
    from django.utils import timezone

    from store.models import Domain, Store
    from store.services import create_store

    claims = {}
    for slug in slugs:
        store = Store.objects.filter(slug=slug).first() or create_store(
            slug=slug, name=slug, tenant_id=uuid.uuid4(), api_key="key", webhook_secrets=["whsec_eA=="]
        )
        verified_at = timezone.now() if slug == verified else None
        domain = Domain.objects.create(store=store, host=host, verified_at=verified_at)
        claims[slug] = {"pk": domain.pk, "token": domain.token}
    return claims


def check_domain(slug: str, pk: int) -> bool:
    from store.domains import services
    from store.models import Store
    from store.tenancy import store_scope

    with store_scope(Store.objects.get(slug=slug).as_info()):
        return services.check_domain(domain_id=pk) is not None


def list_domains(host: str) -> dict[str, dict[str, Any]]:
    from store.models import AuditEntry, Domain

    return {
        domain.store.slug: {
            "verified": domain.is_verified,
            "findings": [finding["key"] for finding in domain.findings],
            "actions": list(AuditEntry.objects.filter(store=domain.store).values_list("action", flat=True)),
        }
        for domain in Domain.objects.filter(host=host).select_related("store")
    }


def start_over() -> None:
    from store.models import Domain, Email, Store, TimeSlot

    for model in (Domain, Email, Store, TimeSlot):
        model._base_manager.all().delete()


def main() -> None:
    django.setup()
    print("ready", flush=True)
    for line in sys.stdin:
        what, values = json.loads(line)
        print(json.dumps(globals()[what](**values)), flush=True)


if __name__ == "__main__":
    main()
