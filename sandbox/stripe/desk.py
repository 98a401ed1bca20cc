"""What the parts share: the state, the endpoints that are told, and a clock for what takes time."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.wire import Row

from . import objects
from .accounts import OWNERS, PLATFORM
from .events import Endpoints

if TYPE_CHECKING:
    from sandbox.faults import Faults
    from sandbox.state import State
    from sandbox.webhooks import Webhooks

SETTLE_SECONDS = 2.0
LOOK_SECONDS = 0.1

log = logging.getLogger("sandbox")


class Stripe:
    """One per process."""

    def __init__(self, state: State, faults: Faults, webhooks: Webhooks, base_url: str) -> None:
        self.state, self.base_url = state, base_url
        self.endpoints = Endpoints(state, faults, webhooks)
        # How long a direct debit is processed and a refund is pending; a restart or a reset forgets a change.
        self.settle_seconds = SETTLE_SECONDS
        self._lock = threading.Lock()
        self._at_work: set[tuple[str, str]] = set()

    def start(self) -> None:
        threading.Thread(target=self._run, name="stripe-clock", daemon=True).start()

    def reset(self, platform_url: str | None) -> None:
        self.settle_seconds = SETTLE_SECONDS
        self.endpoints.set_url(PLATFORM, platform_url)

    def desk(self, owner: str) -> Desk:
        return Desk(self, self.state, owner)

    def take_up(self, owner: str, key: str) -> bool:
        """False while another request with this Idempotency-Key is at work."""
        with self._lock:
            if (owner, key) in self._at_work:
                return False
            self._at_work.add((owner, key))
            return True

    def put_down(self, owner: str, key: str) -> None:
        with self._lock:
            self._at_work.discard((owner, key))

    def settle(self, identifier: str) -> bool:
        """Bring what is on its way to its end; False where nothing is."""
        from . import intents, refunds  # they write to a desk

        settlers = {"pi": intents.settle, "re": refunds.settle}
        with self.state.transaction():
            found = self.state.run("DELETE FROM stripe_settling WHERE id = ?", identifier)
            owner = objects.find_owner(self.state, identifier)
            if found and owner in OWNERS:
                settlers[identifier[:2]](self.desk(owner), identifier)
            return bool(found)

    def _run(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            try:
                for row in self.state.rows("SELECT id FROM stripe_settling WHERE due <= ?", time.time()):
                    self.settle(row["id"])
            except Exception:
                log.exception("stripe-clock")


@dataclass(frozen=True)
class Desk:
    """Work on one account's objects; `owner` is a salon's slug or "platform"."""

    stripe: Stripe
    state: State
    owner: str

    def save(self, doc: Row, *, parent: str = "") -> None:
        objects.save(self.state, self.owner, doc, parent=parent)

    def get(self, kind: str, identifier: str, param: str = "id") -> Row:
        return objects.get(self.state, self.owner, kind, identifier, param)

    def tell(self, event: str, doc: Row) -> None:
        self.stripe.endpoints.tell(self.owner, event, objects.show(doc))

    def settle_later(self, identifier: str) -> None:
        due = time.time() + self.stripe.settle_seconds
        self.state.run("INSERT OR REPLACE INTO stripe_settling VALUES (?, ?)", identifier, due)
