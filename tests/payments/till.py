"""A salon's till: orders as the shop leaves them, clients who pay at the sandbox's Stripe, and the sweeps."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import requests
from django.db import transaction
from django.utils import timezone

from catalog.client import MangoBizClient
from catalog.queries import get_catalog
from catalog.schemas import Product
from catalog.services import mango_biz
from payments import tasks
from payments.models import Order, OrderLine, Payment, PaymentEvent, Refund, pack_lines
from payments.services import open_payment, start_payment
from store.tenancy import StoreInfo, store_scope
from tests.sandbox_process import SandboxProcess

VISA = "4242424242424242"
DECLINED = "4000000000000002"
NEEDS_3DS = "4000002500003155"
REFUND_PENDING = "4000000000007726"
REFUND_FAILS = "4000000000005126"


@dataclass
class Till:
    sandbox: SandboxProcess
    store: StoreInfo
    paid_for: list[uuid.UUID] = field(default_factory=list)

    # --- orders ---

    def product(self) -> Product:
        """One that there is enough of."""
        with store_scope(self.store):
            found = [p for p in get_catalog().products if p.is_available and (p.stock_quantity or 99) > 20]
        return found[0]

    def order(self, *, quantity: int = 1, start: bool = True, email: str = "zoe@example.com") -> Order:
        """Placed as the checkout places it: pick-up, tax as the catalogue says it."""
        product = self.product()
        with store_scope(self.store):
            catalog = get_catalog()
            line = OrderLine(product.id, product.name, quantity, product.price)
            order = Order(
                store_id=self.store.id,
                items=pack_lines((line,)),
                subtotal=line.total,
                tax=Decimal(0),
                shipping=Decimal(0),
                total=line.total,
                currency=catalog.business.currency,
                method=Order.Method.PICKUP,
                first_name="Zoë",
                last_name="Okonkwo",
            )
            order.set_email(email)
            order.set_token()
            with transaction.atomic():
                order.save(force_insert=True)
                payment = self.open(order)
            if start:
                start_payment(payment_id=payment.pk)
        return order

    def open(self, order: Order, *, hours: float = 2) -> Payment:
        with store_scope(self.store):
            return open_payment(
                purpose="order",
                subject_id=order.pk,
                amount=order.total,
                currency=order.currency,
                expires_at=timezone.now() + timedelta(hours=hours),
                language="en-US",
            )

    def start(self, payment: Payment) -> Payment:
        with store_scope(self.store):
            return start_payment(payment_id=payment.pk)

    # --- what the rows say ---

    def payment(self, order: Order) -> Payment:
        """The newest of the order's."""
        found: Payment = Payment.across_stores.filter(subject_id=order.pk).latest("created_at")
        return found

    def state(self, order: Order) -> tuple[str, str]:
        """Of the payment and of the order."""
        order.refresh_from_db()
        return self.payment(order).state, order.state

    def timeline(self, order: Order) -> list[str]:
        events = PaymentEvent.across_stores.filter(payment=self.payment(order))
        return [event.kind for event in events.order_by("id")]

    def refunds(self, order: Order) -> list[Refund]:
        return list(Refund.across_stores.filter(payment__subject_id=order.pk).order_by("created_at"))

    # --- what the client, the bank and Stripe do ---

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{self.sandbox.url}/sandbox/{path}", json=body, timeout=20)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def pay(self, order: Order, number: str = VISA) -> int:
        """The client's card at Stripe: 200, or 402 where it is declined."""
        intent = self.payment(order).intent_id
        path = f"{self.sandbox.url}/sandbox/stripe/{intent}/payment"
        status = requests.post(path, json={"number": number}, timeout=20).status_code
        assert status in {200, 402}, status
        return status

    def act(self, order: Order, what: str, body: Any = None) -> None:
        """expiry, authentication, settlement of the order's payment."""
        self.control("POST", f"stripe/{self.payment(order).intent_id}/{what}", body)

    def at_stripe(self, order: Order) -> dict[str, Any]:
        """{intent, charges, refunds} as Stripe has them."""
        intent = self.payment(order).intent_id
        rows = self.control("GET", "stripe/payments.json?limit=1000")["data"]
        return next(row for row in rows if row["intent"]["id"] == intent)

    def faults(self, upstream: str = "mangobiz", **faults: Any) -> None:
        self.control("PUT", "faults", {"upstream": upstream, "faults": faults})

    # --- Mango Biz ---

    @property
    def mango(self) -> MangoBizClient:
        with store_scope(self.store):
            return mango_biz()

    def orders_upstream(self, order: Order) -> list[dict[str, Any]]:
        """Those made under the order's key."""
        rows = self.control("GET", f"{self.store.slug}/orders")["data"]
        return [row for row in rows if row.get("idempotencyKey") == str(order.pk)]

    # --- time ---

    def work(self, rounds: int = 6) -> None:
        """The sweeps, as if every pause were over each time."""
        for _round in range(rounds):
            self.end_pauses()
            tasks.sweep()

    def end_pauses(self) -> None:
        now = timezone.now()
        for model in (Payment, Order, Refund):
            model.across_stores.filter(due_at__gt=now, lease=None).update(due_at=now)

    def settled(self, *, quantity: int = 1) -> Order:
        """An order that is paid, placed and captured."""
        order = self.order(quantity=quantity)
        assert self.pay(order) == 200
        self.work(3)
        assert self.state(order) == ("taken", "placed")
        return order
