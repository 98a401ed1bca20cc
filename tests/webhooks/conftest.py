"""Mango Biz as a sender: webhooks signed as it signs them, to the front door of the store."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from django.test import Client

from catalog import memory
from catalog.queries import get_catalog
from config import bell
from sandbox.webhooks import sign
from store.tenancy import StoreInfo, store_scope
from tests.catalog.upstream import Upstream, serve
from tests.conftest import Salon
from tests.sandbox_process import SandboxProcess
from webhooks import tasks
from webhooks.models import InboxEvent
from webhooks.services import receiving, replaying

OCCURRED = "2026-05-04T10:00:00Z"


@pytest.fixture(autouse=True)
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks a worker was rung for; the bell's own thread, which speaks with the broker, stays away."""
    said: list[str] = []
    for user in (receiving, replaying):
        monkeypatch.setattr(user, "ring", said.append)
    monkeypatch.setattr(bell, "_start_thread", lambda: None)
    monkeypatch.setattr(bell, "_send", lambda _task: True)
    return said


@dataclass
class Sender:
    """Mango Biz, telling one salon's store of things. Each part of a request can be made wrong."""

    tenant: str
    secrets: list[str]
    host: str = "luna-hair.localhost"
    client: Client = field(default_factory=Client)

    def body(self, kind: str, data: dict[str, Any] | None = None, **changes: Any) -> bytes:
        whole = {"type": kind, "tenantId": self.tenant, "timestamp": OCCURRED, "data": data or entity()}
        return json.dumps(whole | changes, ensure_ascii=False).encode()

    def headers(self, raw: bytes, *, event_id: str = "", at: float | None = None) -> dict[str, str]:
        event_id = event_id or f"msg_{uuid.uuid4().hex[:24]}"
        signed = sign(event_id, raw, int(time.time() if at is None else at), self.secrets)
        return {"host": self.host, "Mango-Tenant": self.tenant, **signed}

    def post(self, path: str, raw: bytes, headers: dict[str, str | None]) -> Any:
        kept = {name: value for name, value in headers.items() if value is not None}
        return self.client.post(path, raw, content_type="application/json", headers=kept)

    def send(
        self,
        kind: str,
        data: dict[str, Any] | None = None,
        *,
        event_id: str = "",
        at: float | None = None,
        slash: str = "",
        **headers: str | None,
    ) -> Any:
        """One webhook; `headers` replace those it has, None leaves one out."""
        raw = self.body(kind, data)
        mine = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {**self.headers(raw, event_id=event_id, at=at), **mine}
        return self.post(f"/webhooks/{kind.replace('.', '/')}{slash}", raw, sent)


def entity(version: int = 1, **more: Any) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "version": version, **more}


def make_sender(store: StoreInfo, salon: Salon) -> Sender:
    return Sender(str(store.tenant_id), [salon.webhook_secret], host=f"{store.slug}.localhost")


@pytest.fixture
def mango(luna: StoreInfo, salons: dict[str, Salon]) -> Sender:
    """Mango Biz, as Luna Hair's."""
    return make_sender(luna, salons["luna-hair"])


@pytest.fixture
def neighbour(barber: StoreInfo, salons: dict[str, Salon]) -> Sender:
    """Mango Biz, as the neighbour's."""
    return make_sender(barber, salons["one-chair"])


@pytest.fixture
def only_event() -> Callable[[], InboxEvent]:
    """The one row there is in the inbox."""
    return InboxEvent.across_stores.get


@dataclass
class Office:
    """Luna Hair's back office in the sandbox, and what the sandbox sent out about it."""

    base: str

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{self.base}{path}", json=body, timeout=20)
        answer.raise_for_status()
        return answer.json() if answer.content else None


@pytest.fixture
def office(reset_sandbox: SandboxProcess) -> Office:
    return Office(f"{reset_sandbox.url}/sandbox/luna-hair")


@pytest.fixture
def upstream(luna: StoreInfo, barber: StoreInfo, settings: Any) -> Iterator[Upstream]:
    """A Mango Biz for both salons that counts what it is asked, and fails as told. It is asked once."""
    with serve() as running:
        settings.MANGO_BIZ_URL = running.url
        memory.forget_all()
        for store in (luna, barber):
            with store_scope(store):
                get_catalog()
        running.asked.clear()
        yield running
    memory.forget_all()


@dataclass
class Inbox:
    """The rows, and a worker that looks at them."""

    def work(self) -> None:
        tasks.process_inbox()

    def event(self, event_id: str) -> InboxEvent:
        return InboxEvent.across_stores.get(event_id=event_id)

    def states(self) -> dict[str, str]:
        rows = InboxEvent.across_stores.order_by("event_id")
        return {row.event_id: f"{row.state}: {row.outcome or row.last_error}" for row in rows}


@pytest.fixture
def inbox(db: None) -> Inbox:
    return Inbox()
