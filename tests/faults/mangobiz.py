"""The salons' side: changes made in Mango Biz, and the webhooks that tell of them, for a test to send."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from tests.faults.load import Clients, Event
from tests.faults.stack import Stack

Row = dict[str, Any]
TOLD_LISTS = ("services", "products", "staff", "gallery", "reviews")
# A field of each kind that may hold any words.
WORDS = {
    "business": "description",
    "services": "description",
    "products": "description",
    "staff": "bio",
    "gallery": "description",
    "reviews": "comment",
    "bookings": "notes",
}


class MangoBiz:
    def __init__(self, stack: Stack) -> None:
        self.clients = Clients(urlsplit(stack.sandbox.url).port or 0)
        self._keys = {row["slug"]: row["apiKey"] for row in stack.control("GET", "salons.json")}

    def close(self) -> None:
        self.clients.close()

    def rows(self, slug: str, kind: str) -> list[Row]:
        """As the API gives them; the business is a list of one."""
        path = "/business" if kind == "business" else f"/sync/{kind}?limit=100"
        headers = {"Authorization": f"Bearer {self._keys[slug]}"}
        answer = self.clients.ask("GET", "127.0.0.1", f"/biz-api/v1{path}", None, headers)
        assert answer.status == 200, answer.body
        found = answer.json["data"]
        return [found] if kind == "business" else list(found)

    def change(self, slug: str, kind: str, row_id: str, words: str, **fields: Any) -> Event:
        path = f"{slug}/business" if kind == "business" else f"{slug}/{kind}/{row_id}"
        return Event(slug, f"{kind}.updated", self._act("PATCH", path, {WORDS[kind]: words, **fields}))

    def create(self, slug: str, kind: str, fields: Row) -> Event:
        return Event(slug, f"{kind}.updated", self._act("POST", f"{slug}/{kind}", fields))

    def delete(self, slug: str, kind: str, row_id: str) -> Event:
        stone = self._act("DELETE", f"{slug}/{kind}/{row_id}")
        return Event(slug, f"{kind}.deleted", {"id": stone["id"], "version": stone["version"]})

    def finish(self, slug: str, booking_id: str, status: str) -> Event:
        """The salon's word on an appointment: cancelled, completed or no_show."""
        if status == "cancelled":
            doc = self._act("POST", f"{slug}/bookings/{booking_id}/cancel")
            return Event(slug, "bookings.cancelled", doc)
        return Event(
            slug, "bookings.updated", self._act("PATCH", f"{slug}/bookings/{booking_id}", {"status": status})
        )

    def _act(self, method: str, path: str, body: Row | None = None) -> Row:
        answer = self.clients.send_json(method, "127.0.0.1", f"/sandbox/{path}", body or {})
        assert answer.status in {200, 201}, answer.body
        return dict(answer.json)
