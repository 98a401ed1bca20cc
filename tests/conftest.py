"""The cast: two salons, so that every test has a neighbour who must see nothing.

`luna` (Luna Hair, Los Angeles) is the salon a test is about, `barber` (One Chair, Lord Howe Island) the
neighbour. Both live in a real sandbox, one process per test worker.
"""

import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hypothesis
import pytest
import requests
from django.core.cache import cache
from django.test import Client

import config.redis
from store import ratelimit
from store.queries import forget_hosts
from store.services import create_store
from store.tenancy import StoreInfo, store_scope
from tests.dns_desk import DnsDesk
from tests.faults.database import find_postgres
from tests.sandbox_process import SandboxProcess, start_sandbox

# How long an example takes depends on what else the machine does: no test asserts seconds.
hypothesis.settings.register_profile("ours", deadline=None)
hypothesis.settings.load_profile("ours")

LOCALES = {"luna-hair": "en-US", "sen-nails": "en-US", "stille-spa": "de-DE", "one-chair": "en-AU"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """CI has fifteen minutes: what is marked thorough is left to `make thorough`."""
    if os.environ.get("TESTS") == "long":
        return
    left = [item for item in items if item.get_closest_marker("thorough")]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """CI must not skip: a missing browser or library fails there, and is skipped with a reason elsewhere."""
    missing = _missing_for(item)
    if missing and os.environ.get("CI"):
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)


def _missing_for(item: pytest.Item) -> str:
    if item.get_closest_marker("browser") and not Path("/usr/bin/chromium").exists():
        return "Chromium is not installed: as root, apt-get install chromium."
    # Elsewhere they run on SQLite.
    if item.get_closest_marker("faults") and os.environ.get("CI") and not find_postgres():
        return "PostgreSQL is not installed: as root, apt-get install postgresql."
    return ""


@pytest.fixture(autouse=True)
def _clean_process() -> Iterator[None]:
    """Nothing remembered by this process outlives a test, and no store is in scope at its start."""
    cache.clear()
    forget_hosts()
    with store_scope(None):
        yield
    cache.clear()
    for outage in config.redis._outages.values():
        outage._rest_until = None  # else its thread looks after a server that ended with the test


@pytest.fixture
def one_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """For limits no minute ends while the test runs: their windows are the clock's own."""
    monkeypatch.setattr(ratelimit, "time", SimpleNamespace(time=lambda: 1_800_000_001.0))


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """A Mango Biz of this worker's own, with the four demo salons.

    Their calendars are empty: the demo's appointments depend on the date, so that who is free would, too.
    """
    process = start_sandbox(tmp_path_factory.mktemp("sandbox"), appointments=False)
    yield process
    process.stop()


@dataclass(frozen=True)
class Salon:
    """One salon as its sandbox describes it."""

    slug: str
    name: str
    tenant_id: uuid.UUID
    api_key: str
    webhook_secret: str


@pytest.fixture(scope="session")
def salons(sandbox: SandboxProcess) -> dict[str, Salon]:
    rows: list[dict[str, Any]] = requests.get(f"{sandbox.url}/sandbox/salons.json", timeout=10).json()
    return {
        row["slug"]: Salon(
            row["slug"], row["name"], uuid.UUID(row["tenantId"]), row["apiKey"], row["webhookSecret"]
        )
        for row in rows
    }


@pytest.fixture
def reset_sandbox(sandbox: SandboxProcess) -> Iterator[SandboxProcess]:
    """For tests that change the sandbox: everything back to the demo's data, all faults off, afterwards."""
    yield sandbox
    requests.post(f"{sandbox.url}/sandbox/reset", timeout=30).raise_for_status()


@pytest.fixture
def stripe_keys(sandbox: SandboxProcess, settings: Any) -> dict[str, str]:
    """Stores are paid into the platform's account at the sandbox's Stripe; its addresses and keys."""
    found: dict[str, str] = requests.get(f"{sandbox.url}/sandbox/settings.json", timeout=10).json()
    settings.STRIPE_API_BASE = found["stripeApiBase"]
    settings.STRIPE_JS_URL = found["stripeJsUrl"]
    settings.STRIPE_SECRET_KEY = found["stripeSecretKey"]
    settings.STRIPE_PUBLISHABLE_KEY = found["stripePublishableKey"]
    settings.STRIPE_WEBHOOK_SECRET = found["stripeWebhookSecret"]
    return found


@pytest.fixture
def ai(sandbox: SandboxProcess, settings: Any) -> dict[str, str]:
    """Stores opened after it have an assistant, which asks the sandbox's AI Service."""
    found: dict[str, str] = requests.get(f"{sandbox.url}/sandbox/settings.json", timeout=10).json()
    settings.AI_SERVICE_URL = found["aiServiceUrl"]
    settings.AI_SERVICE_KEY = found["aiServiceKey"]
    return found


@pytest.fixture
def dns(sandbox: SandboxProcess, settings: Any) -> Iterator[DnsDesk]:
    """The store asks the sandbox's DNS, which knows only where we are ourselves."""
    desk = DnsDesk(sandbox.url)
    desk.serve()
    settings.DNS_SERVERS = [("127.0.0.1", int(desk.server().rpartition(":")[2]))]
    yield desk
    desk.faults()
    desk.serve()


@pytest.fixture
def open_store(
    db: None, sandbox: SandboxProcess, salons: dict[str, Salon], settings: Any
) -> Callable[[str], StoreInfo]:
    """open_store("luna-hair") creates that salon's published store, its Mango Biz being the sandbox."""
    settings.MANGO_BIZ_URL = f"{sandbox.url}/biz-api/v1"

    def create(slug: str) -> StoreInfo:
        salon = salons[slug]
        return create_store(
            slug=slug,
            name=salon.name,
            tenant_id=salon.tenant_id,
            api_key=salon.api_key,
            webhook_secrets=[salon.webhook_secret],
            locale=LOCALES[slug],
        ).as_info()

    return create


@pytest.fixture
def luna(open_store: Callable[[str], StoreInfo]) -> StoreInfo:
    return open_store("luna-hair")


@pytest.fixture
def barber(open_store: Callable[[str], StoreInfo]) -> StoreInfo:
    return open_store("one-chair")


@pytest.fixture
def visit() -> Callable[[StoreInfo], Client]:
    """visit(luna) is a browser without JavaScript on that store's host."""

    def open_browser(store: StoreInfo) -> Client:
        return Client(headers={"host": f"{store.slug}.localhost"}, enforce_csrf_checks=False)

    return open_browser
