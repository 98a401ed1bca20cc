"""What is not kept: who wanted to buy and never paid."""

from datetime import timedelta

from django.utils import timezone

from payments.models import Order, OrderState, Payment, PaymentState
from payments.services.orders import PURPOSE

KEEP_ABANDONED = timedelta(days=30)
BATCH = 500
GONE = "–"
PERSONAL = ("first_name", "last_name", "email", "phone", "address")


def purge_abandoned() -> int:
    """Empty abandoned orders of their client after 30 days, in every store. Returns how many.

    The rows stay, and so do their payments with their timelines: sums, codes and ids, nobody's name. Their
    links lead nowhere any more.
    """
    old = Order.across_stores.filter(
        state=OrderState.ABANDONED, created_at__lt=timezone.now() - KEEP_ABANDONED
    ).exclude(email_hash="")
    purged = 0
    while orders := list(old[:BATCH]):
        for order in orders:
            _empty(order)
        purged += len(orders)
    return purged


def _empty(order: Order) -> None:
    order.first_name = order.last_name = order.email = GONE
    order.phone = order.address = None
    order.email_hash = ""
    order.set_token()
    order.save(update_fields=[*PERSONAL, "email_hash", "token", "token_hash"])
    payments = Payment.across_stores.filter(store_id=order.store_id, purpose=PURPOSE, subject_id=order.pk)
    for payment in payments.filter(state=PaymentState.RELEASED):
        payment.client_secret = None
        payment.set_token()
        payment.save(update_fields=["client_secret", "token", "token_hash"])
