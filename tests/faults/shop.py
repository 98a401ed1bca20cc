"""A salon's clients: they find a time, hold it and confirm it, through the JSON API of a running stack."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tests.faults.load import Answer, Clients
from tests.faults.stack import SLUGS, Stack

Row = dict[str, Any]
FIRST_DAY, DAYS = 5, 50


@dataclass(frozen=True)
class Slot:
    """A time one person has free for one service."""

    slug: str
    service: str
    staff: str
    start: str


@dataclass(frozen=True)
class Shop:
    stack: Stack
    clients: Clients

    def get(self, slug: str, path: str) -> Answer:
        return self.clients.ask("GET", f"{slug}.localhost", path)

    def post(self, slug: str, path: str, body: Any = None, **headers: str) -> Answer:
        return self.clients.send_json(
            "POST", f"{slug}.localhost", f"/api/v1/booking/{path}", body or {}, **headers
        )

    def find_slots(self, count: int) -> list[Slot]:
        """Times that do not overlap, shared out over all salons as they have them."""
        found: list[Slot] = []
        for slug in SLUGS:
            found += list(self._find_slots_of(slug, count - len(found)))
            if len(found) >= count:
                return found
        raise AssertionError(f"{len(found)} slots only")

    def _find_slots_of(self, slug: str, count: int) -> Iterator[Slot]:
        free_from: dict[str, datetime] = {}
        service = self.stack.inside("choose_service", slug=slug)
        first = date.today() + timedelta(days=FIRST_DAY)
        last = first + timedelta(days=DAYS)
        answer = self.get(slug, f"/api/v1/booking/availability?serviceId={service}&from={first}&to={last}")
        assert answer.status == 200, answer.body
        for row in answer.json["data"]:
            start, end = (datetime.fromisoformat(row[name]) for name in ("startTime", "endTime"))
            for staff in row["staffIds"]:
                if count and free_from.get(staff, start) <= start:
                    free_from[staff] = end
                    count -= 1
                    yield Slot(slug, service, staff, row["startTime"])

    def draft(self, slot: Slot, client: Row) -> Answer:
        body = {"items": [{"serviceId": slot.service}], "startTime": slot.start, "staffId": slot.staff}
        return self.post(slot.slug, "draft", {**body, "client": client})

    def hold(self, slot: Slot, client: Row) -> str:
        """The draft's id."""
        answer = self.draft(slot, client)
        assert answer.status == 201, answer.body
        return str(answer.json["data"]["id"])

    def confirm(self, slug: str, draft: str) -> Answer:
        return self.post(slug, f"draft/{draft}/confirm")

    def book(self, slot: Slot, client: Row) -> Row:
        """A confirmed booking as the API describes it, with its draft's id."""
        draft = self.hold(slot, client)
        answer = self.confirm(slot.slug, draft)
        assert answer.status == 201, answer.body
        return {**answer.json["data"], "draft": draft}

    def mails_to(self, address: str) -> list[Row]:
        return list(self.stack.control("GET", f"mailbox.json?to={address}")["data"])

    def upstream(self, slug: str) -> list[Row]:
        """The store's appointments as Mango Biz has them."""
        return list(self.stack.control("GET", f"{slug}/bookings?origin=store")["data"])


def make_client(name: str) -> Row:
    """`name` makes the address, so that a test finds its own mails."""
    return {
        "firstName": "Test",
        "lastName": "Client",
        "email": f"{name}@example.com",
        "phone": "+12135550107",
    }


def invitations(mails: list[Row]) -> int:
    """How many mails bring an appointment for the calendar."""
    files = [attachment for mail in mails for attachment in mail["attachments"]]
    return sum("METHOD:REQUEST" in (attachment["text"] or "") for attachment in files)


def find_links(answer: Answer, prefix: str) -> list[str]:
    return sorted(set(re.findall(rf'href="({re.escape(prefix)}[^"?#]*)"', answer.body.decode())))
