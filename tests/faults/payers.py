"""Clients who pay at the sandbox's Stripe, and Stripe telling the store of it."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import Any

from tests.faults.load import Answer, Clients
from tests.faults.mangobiz import MangoBiz
from tests.faults.processes import wait_until
from tests.faults.stack import SLUGS, Stack

Row = dict[str, Any]
VISA = "4242424242424242"
PLENTY = 1_000_000
SETTLE_SECONDS = 300
STARTED = int(time.time())


@dataclass(frozen=True)
class Payers:
    stack: Stack
    clients: Clients
    biz: MangoBiz

    def stock(self, slug: str, number: int = 0) -> str:
        """A product that there is plenty of: the salon's first one, or the next."""
        rows = [row for row in self.biz.rows(slug, "products") if row["isActive"] and row["price"] >= 1]
        product = rows[number]["id"]
        self.biz.change(slug, "products", product, "Plenty", stockStatus="in_stock", stockQuantity=PLENTY)
        self.stack.inside("expire_copies", slug=slug)
        return str(product)

    def sell_out(self, slug: str, product: str) -> None:
        self.biz.change(slug, "products", product, "None", stockStatus="out_of_stock", stockQuantity=0)

    def place(self, count: int) -> list[Row]:
        """Orders of all salons, ready to be paid."""
        share = -(-count // len(SLUGS))
        placed: list[Row] = []
        for slug in SLUGS:
            here = min(share, count - len(placed))
            placed += self.stack.inside("place_orders", slug=slug, product=self.stock(slug), count=here)
        return placed

    def pay(self, row: Row, method: Row | None = None) -> int:
        path = f"stripe/{row['intent']}/payment"
        body = method or {"number": VISA}
        return self.biz.clients.send_json("POST", "127.0.0.1", f"/sandbox/{path}", body).status

    def tell(self, row: Row) -> Answer:
        """Stripe's event about it, under one id however often it is sent."""
        event = {
            "id": f"evt_{row['intent']}",
            "object": "event",
            "type": "payment_intent.amount_capturable_updated",
            "created": STARTED,
            "livemode": False,
            "data": {"object": {"id": row["intent"], "object": "payment_intent"}},
        }
        body, at = json.dumps(event).encode(), int(time.time())
        secret = self.stack.environment["STRIPE_WEBHOOK_SECRET"].encode()
        signature = hmac.new(secret, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "Stripe-Signature": f"t={at},v1={signature}"}
        return self.clients.ask("POST", "localhost", "/webhooks/stripe", body, headers)

    def come_back(self, row: Row) -> Answer:
        """The browser, where Stripe sends it after paying."""
        return self.clients.ask("GET", f"{row['slug']}.localhost", f"/payments/{row['pay_token']}/return/")

    def look(self, rows: list[Row]) -> list[Row]:
        return list(self.stack.inside("orders", ids=[row["order"] for row in rows]))

    def wait_until_settled(self, rows: list[Row]) -> None:
        """Pauses end only where nothing moves any more: what waits for something would only be in its way."""
        seen: list[Row] = []

        def is_settled() -> bool:
            now = self.look(rows)
            if seen == now:
                self.stack.inside("end_pauses")
            seen[:] = now
            return not any(row["is_open"] or row["state"] in OPEN for row in now)

        wait_until(
            is_settled,
            SETTLE_SECONDS,
            lambda: f"all to be settled: {[row for row in self.look(rows) if row['is_open']][:5]}",
            pause=2.0,
        )

    def at_stripe(self, rows: list[Row]) -> dict[str, Row]:
        """{intent, charges, refunds} by the order's id."""
        wanted = {row["intent"]: row["order"] for row in rows}
        found = self.stack.control("GET", "stripe/payments.json?limit=1000")["data"]
        return {wanted[row["intent"]["id"]]: row for row in found if row["intent"]["id"] in wanted}

    def at_mango_biz(self, rows: list[Row]) -> dict[str, list[Row]]:
        """The orders it has under each order's key."""
        found: dict[str, list[Row]] = {row["order"]: [] for row in rows}
        for slug in SLUGS:
            for order in self.stack.control("GET", f"{slug}/orders")["data"]:
                found.get(order.get("idempotencyKey", ""), []).append(order)
        return found

    def assert_books_agree(self) -> None:
        self.stack.inside("end_pauses")
        for slug in SLUGS:
            assert self.stack.inside("compare", slug=slug) == {}, slug


OPEN = frozenset({"unpaid", "submitting", "pending"})
