"""A client who books what takes a deposit and pays at the sandbox's Stripe, and the sweeps behind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import requests
import time_machine
from django.core.cache import cache
from django.utils import timezone

from booking.models import Booking
from booking.tasks import sweep_bookings
from payments.models import Payment, PaymentSettings, Refund
from payments.tasks import sweep as sweep_payments
from store.models import Email
from store.tenancy import StoreInfo, store_scope
from tests.booking.helpers import ZOE, Api, Control

VISA = "4242424242424242"
DECLINED = "4000000000000002"


@dataclass
class Desk:
    """`service` costs $175 and takes a deposit of $40."""

    api: Api
    control: Control
    store: StoreInfo
    service: str

    # --- the client ---

    def draft(self, slot: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        answer = self.api.draft(self.service, slot or self.api.slots(self.service)[0], client=ZOE, **more)
        assert answer.status_code == 201, answer.content
        return dict(answer.json()["data"])

    def asked(self, draft: dict[str, Any] | None = None) -> Booking:
        """A draft that waits for its payment."""
        draft = draft or self.draft()
        answer = self.api.post(f"draft/{draft['id']}/confirm")
        assert answer.status_code == 402, answer.content
        return self.row(draft["id"])

    def paid(self) -> Booking:
        """A draft whose client has paid, though nobody here has heard of it."""
        booking = self.asked()
        assert self.pay(self.payment(booking)) == 200
        return booking

    def booked(self) -> Booking:
        """Paid, confirmed and taken."""
        booking = self.paid()
        self.work()
        assert self.states(booking) == ("confirmed", "taken")
        return self.row(booking.pk)

    def pay(self, payment: Payment, number: str = VISA) -> int:
        url = f"{self.control.sandbox.url}/sandbox/stripe/{payment.intent_id}/payment"
        return requests.post(url, json={"number": number}, timeout=20).status_code

    def cancel(self, booking: Booking) -> None:
        answer = self.api.post(f"{booking.token}/cancellation")
        assert answer.status_code in {200, 202}, answer.content

    # --- what the rows and Stripe say ---

    def row(self, pk: Any) -> Booking:
        return Booking.across_stores.get(pk=pk)

    def payment(self, booking: Booking) -> Payment:
        """The one that counts."""
        return Payment.across_stores.get(pk=self.row(booking.pk).payment_id)

    def states(self, booking: Booking) -> tuple[str, str]:
        return self.row(booking.pk).state, self.payment(booking).state

    def refunds(self) -> list[str]:
        return [refund.state for refund in Refund.across_stores.order_by("created_at")]

    def mail(self, kind: str) -> str:
        with store_scope(self.store):
            return str(Email.objects.filter(fact__contains=f"/{kind}/").latest("created_at").text)

    # --- the salon, the bank and the workers ---

    def rules(self, **fields: Any) -> None:
        with store_scope(self.store):
            settings = PaymentSettings.objects.first() or PaymentSettings(store_id=self.store.id)
            for name, value in fields.items():
                setattr(settings, name, value)
            settings.save()

    def lapse(self, payment: Payment) -> None:
        """Seven days later: the hold ends at Stripe."""
        url = f"{self.control.sandbox.url}/sandbox/stripe/{payment.intent_id}/expiry"
        requests.post(url, timeout=20).raise_for_status()

    def stripe_faults(self, **faults: Any) -> None:
        body = {"upstream": "stripe", "faults": faults}
        requests.put(f"{self.control.sandbox.url}/sandbox/faults", json=body, timeout=10).raise_for_status()

    def look(self) -> None:
        """The sweep of payments, as if their pauses were over."""
        for model in (Payment, Refund):
            model.across_stores.filter(due_at__isnull=False, lease=None).update(due_at=timezone.now())
        sweep_payments()

    def work(self, *, minutes: float = 0) -> None:
        """All sweeps until nothing moves, so many minutes from now."""
        if minutes:
            cache.clear()  # the breakers' pauses
        with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
            for _round in range(3):
                self.look()
                sweep_bookings()
