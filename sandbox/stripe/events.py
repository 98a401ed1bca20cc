"""Events to the stores' endpoints, signed by Stripe's scheme.

The platform's endpoint hears of its own account and of the connected ones (these with `account`), a salon's
own endpoint of its account. Source: https://docs.stripe.com/webhooks#verify-manually
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from flask import g, has_request_context

from sandbox.wire import Row

from .accounts import PLATFORM, account_id, webhook_secret
from .objects import new_id, seconds

if TYPE_CHECKING:
    import sqlite3

    from sandbox.faults import Faults
    from sandbox.state import State
    from sandbox.webhooks import Webhooks

API_VERSION = "2026-10-28.endive"
PREFIX = "stripe:"  # of the owner of a delivery; Mango Biz's have the bare slug


class Endpoints:
    """The addresses that are told, by owner; also how a delivery to one is addressed and signed."""

    def __init__(self, state: State, faults: Faults, webhooks: Webhooks) -> None:
        self._state, self._faults, self._webhooks = state, faults, webhooks
        webhooks.recipients[PREFIX] = self

    def set_url(self, owner: str, url: str | None) -> None:
        self._state.run("INSERT OR REPLACE INTO stripe_endpoint VALUES (?, ?)", owner, url)

    def find_url(self, owner: str) -> str | None:
        row = self._state.row("SELECT url FROM stripe_endpoint WHERE owner = ?", owner)
        return row["url"] if row else None

    def tell(self, owner: str, kind: str, doc: Row) -> None:
        """One event for every endpoint that is set; where none is, it is kept but not sent."""
        event = {
            "id": new_id("evt"),
            "object": "event",
            "type": kind,
            "created": seconds(),
            "livemode": False,
            "api_version": API_VERSION,
            "pending_webhooks": 1,
            "data": {"object": doc},
            "request": _request(),
        }
        salon = None if owner == PLATFORM else owner
        readers = [PLATFORM] if salon is None else [PLATFORM, owner]
        for reader in [reader for reader in readers if self.find_url(reader)] or [owner]:
            is_connected = reader == PLATFORM and salon is not None
            body = {**event, "account": account_id(owner)} if is_connected else event
            self._webhooks.put(f"{PREFIX}{reader}", kind, body, upstream="stripe-webhooks", salon=salon)

    def address(self, owner: str, _event: str) -> str | None:
        return self.find_url(owner.removeprefix(PREFIX))

    def headers(self, delivery: sqlite3.Row, at: int) -> dict[str, str]:
        secret = webhook_secret(delivery["slug"].removeprefix(PREFIX))
        content = f"{at}.{delivery['body']}".encode()
        signature = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
        return {"Stripe-Signature": f"t={at},v1={signature}", "User-Agent": "Stripe/1.0 (sandbox)"}


def _request() -> Row:
    known = has_request_context()
    return {
        "id": g.get("stripe_request") if known else None,
        "idempotency_key": g.get("stripe_key") if known else None,
    }
