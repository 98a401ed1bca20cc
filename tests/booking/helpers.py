"""Walking the booking from outside: the salon's menu by name, free times through the API."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import requests
import time_machine
import yaml
from django.core.cache import cache as django_cache
from django.db import transaction
from django.test import Client
from django.utils import timezone
from icalendar import Calendar, Event
from openapi_schema_validator import OAS31Validator

from booking.services import take_in
from booking.tasks import sweep_bookings
from catalog.queries import catalog_at_hand
from catalog.reading import convert
from catalog.schemas import Booking
from store.models import Email
from store.tenancy import StoreInfo, store_scope
from tests.sandbox_process import SandboxProcess

CONTRACT = Path(__file__).parents[2] / "booking/openapi/store.openapi.yaml"
ZOE = {
    "firstName": "Zoë",
    "lastName": "Okonkwo-Müller",
    "email": "zoe@example.com",
    "phone": "(213) 555-0107",
}


@cache
def contract() -> dict[str, Any]:
    return yaml.safe_load(CONTRACT.read_text())


def check_shape(name: str, value: Any) -> None:
    """Against components/schemas/<name> of the store's contract."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": contract()["components"]}
    errors = list(OAS31Validator(schema, format_checker=OAS31Validator.FORMAT_CHECKER).iter_errors(value))
    assert not errors, errors


@dataclass
class Control:
    """The sandbox's switches for one salon."""

    sandbox: SandboxProcess
    slug: str

    def faults(self, **faults: Any) -> None:
        body = {"upstream": "mangobiz", "salon": self.slug, "faults": faults}
        requests.put(f"{self.sandbox.url}/sandbox/faults", json=body, timeout=10).raise_for_status()

    def patch(self, kind: str, row_id: str, fields: dict[str, Any]) -> dict[str, Any]:
        url = f"{self.sandbox.url}/sandbox/{self.slug}/{kind}/{row_id}"
        answer = requests.patch(url, json=fields, timeout=10)
        answer.raise_for_status()
        return dict(answer.json())

    def cancel(self, booking_id: str) -> dict[str, Any]:
        """By the salon."""
        url = f"{self.sandbox.url}/sandbox/{self.slug}/bookings/{booking_id}/cancel"
        answer = requests.post(url, timeout=10)
        answer.raise_for_status()
        return dict(answer.json())

    def put(self, booking_id: str, start: str, *, api_key: str) -> dict[str, Any]:
        """Moved by the salon, under a key of its own."""
        url = f"{self.sandbox.url}/biz-api/v1/bookings/{booking_id}"
        headers = {"Authorization": f"Bearer {api_key}", "Idempotency-Key": str(uuid.uuid4())}
        answer = requests.put(url, json={"startTime": start}, headers=headers, timeout=10)
        answer.raise_for_status()
        return dict(answer.json()["data"])

    def bookings(self) -> list[dict[str, Any]]:
        url = f"{self.sandbox.url}/sandbox/{self.slug}/bookings?origin=store"
        return list(requests.get(url, timeout=10).json()["data"])

    def close(self, start: str, end: str, staff_id: str | None = None) -> None:
        body = {"startTime": start, "endTime": end, "staffId": staff_id}
        requests.post(
            f"{self.sandbox.url}/sandbox/{self.slug}/blackouts", json=body, timeout=10
        ).raise_for_status()


@dataclass
class Api:
    """The JSON API as a script sees it."""

    client: Client

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1/booking/{path}", query)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return self.client.generic(
            method,
            f"/api/v1/booking/{path}",
            data=b"" if body is None else body if isinstance(body, bytes) else _dump(body),
            content_type="application/json",
            headers=headers,
        )

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", path, {} if body is None else body, **headers)

    def slots(
        self, service: str, *, days: int = 14, start: date | None = None, **query: Any
    ) -> list[dict[str, Any]]:
        # Not from today: by the evening the first free time may be within the salon's cancellation window.
        first = start or date.today() + timedelta(days=2)
        answer = self.get(
            "availability", serviceId=service, **{"from": first, "to": first + timedelta(days=days)}, **query
        )
        assert answer.status_code == 200, answer.content
        return list(answer.json()["data"])

    def draft(self, service: str, slot: dict[str, Any], **more: Any) -> Any:
        body = {"items": [{"serviceId": service}], "startTime": slot["startTime"], **more}
        return self.post("draft", body)

    def booked(self, service: str, slot: dict[str, Any], **more: Any) -> dict[str, Any]:
        """A confirmed booking."""
        draft = self.draft(service, slot, client=ZOE, **more).json()["data"]
        answer = self.post(f"draft/{draft['id']}/confirm")
        assert answer.status_code == 201, answer.content
        return dict(answer.json()["data"])


def _dump(body: Any) -> bytes:
    import json

    return json.dumps(body, default=str).encode()


def hear(store: StoreInfo, said: dict[str, Any], **changes: Any) -> bool:
    """Take in what a bookings webhook of Mango Biz says, as the inbox does."""
    with store_scope(store), catalog_at_hand(), transaction.atomic():
        return take_in(convert(said | changes, Booking))


def mails(store: StoreInfo) -> list[str]:
    """The kinds of the store's e-mails, the oldest first."""
    with store_scope(store):
        return [mail.fact.split("/")[2] for mail in Email.objects.order_by("created_at")]


def last_entry(store: StoreInfo, kind: str) -> tuple[str, Event]:
    """(method, event) of the calendar entry in the newest e-mail of a kind."""
    with store_scope(store):
        mail = Email.objects.filter(fact__contains=f"/{kind}/").latest("created_at")
    calendar = Calendar.from_ical(mail.calendar or "")
    [event] = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), event  # type: ignore[return-value]


def sweep_later(minutes: float = 30) -> None:
    """The sweeper, after every pause and the breaker's are over."""
    django_cache.clear()
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        sweep_bookings.delay()


def key() -> str:
    return f"test-{uuid.uuid4()}"
