"""One sandbox process for all these tests, set back to its first day before each of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from tests.sandbox_process import SandboxProcess, start_sandbox

from .receiver import Receiver, open_receiver
from .stripe_desk import StripeDesk, open_desk

WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


@dataclass(frozen=True)
class Salon:
    """One tenant's door to the sandbox: the API with its key, and the back office's JSON."""

    base: str
    slug: str
    tenant_id: str
    key: str
    secret: str

    def call(self, method: str, path: str, *, key: str | None = None, **options: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.key}", **options.pop("headers", {})}
        if key is not None:
            headers["Idempotency-Key"] = key
        return requests.request(
            method, f"{self.base}/biz-api/v1{path}", headers=headers, timeout=20, **options
        )

    def get(self, path: str, **params: Any) -> requests.Response:
        return self.call("GET", path, params=params)

    def office(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{self.base}/sandbox/{self.slug}{path}", json=body, timeout=20)
        answer.raise_for_status()
        return answer.json()

    def rows(self, kind: str) -> list[dict[str, Any]]:
        return self.get(f"/sync/{kind}").json()["data"]

    def open_daily(self, *spans: tuple[str, str], **policies: Any) -> None:
        """The same hours every day, no special ones, and by default no notice and a long horizon."""
        business = self.get("/business").json()["data"]
        hours = [{"day": day, "spans": [{"open": a, "close": b} for a, b in spans]} for day in WEEKDAYS]
        rules = {**business["policies"], "bookingLeadMinutes": 0, "bookingHorizonDays": 450, **policies}
        self.office("PATCH", "/business", {"hours": hours, "specialHours": [], "policies": rules})

    def slots(
        self, services: str, first: date, last: date | None = None, **params: Any
    ) -> list[dict[str, Any]]:
        days = {"from": first.isoformat(), "to": (last or first).isoformat()}
        answer = self.get("/availability/slots", serviceId=services, **days, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def a_service(self) -> dict[str, Any]:
        return next(row for row in self.rows("services") if row["isActive"] and row["isBookableOnline"])

    def a_booking(self, slot: dict[str, Any], service: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """A BookingRequest for the first member of staff who could take the slot."""
        client = {"firstName": "Ada", "lastName": "Moss", "email": "ada.moss@example.com"}
        return {
            "startTime": slot["startTime"],
            "staffId": slot["staffIds"][0],
            "items": [{"serviceId": service["id"]}],
            "client": client,
            "source": "online_store",
            **fields,
        }

    def book(self, body: dict[str, Any], key: str | None = None) -> requests.Response:
        return self.call("POST", "/bookings", key=key or new_key(), json=body)


def new_key() -> str:
    return str(uuid.uuid4())


def in_days(days: int) -> date:
    return (datetime.now(UTC) + timedelta(days=days)).date()


def wall(moment: str, zone: str) -> str:
    return datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)).strftime("%H:%M")


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    process = start_sandbox(
        tmp_path_factory.mktemp("sandbox"), appointments=False, rate_limits=False, retry_scale=0.05
    )
    yield process
    process.stop()


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess) -> SandboxProcess:
    requests.post(f"{sandbox_process.url}/sandbox/reset", timeout=20).raise_for_status()
    return sandbox_process


@pytest.fixture
def salons(sandbox: SandboxProcess) -> dict[str, Salon]:
    rows = requests.get(f"{sandbox.url}/sandbox/salons.json", timeout=20).json()
    return {
        row["slug"]: Salon(sandbox.url, row["slug"], row["tenantId"], row["apiKey"], row["webhookSecret"])
        for row in rows
    }


@pytest.fixture
def luna(salons: dict[str, Salon]) -> Salon:
    return salons["luna-hair"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with open_receiver() as opened:
        yield opened


@pytest.fixture
def stripe_desk(sandbox: SandboxProcess) -> StripeDesk:
    return open_desk(sandbox.url)


@pytest.fixture
def faults(sandbox: SandboxProcess) -> Any:
    def switch(upstream: str, salon: str | None = None, seed: Any = "fixed", **switches: Any) -> None:
        body = {"upstream": upstream, "salon": salon, "faults": switches, "seed": seed}
        requests.put(f"{sandbox.url}/sandbox/faults", json=body, timeout=20).raise_for_status()

    return switch
