"""Finding payments and orders of the store in scope."""

from decimal import Decimal
from uuid import UUID

from django.db.models import Sum

from payments.models import Order, Payment, PaymentState, Refund, token_hashes


def find_payment_by_token(token: str) -> Payment | None:
    return Payment.objects.filter(token_hash__in=token_hashes(token)).first()


def find_order_by_token(token: str) -> Order | None:
    return Order.objects.filter(token_hash__in=token_hashes(token)).first()


def find_payment(*, purpose: str, subject_id: UUID) -> Payment | None:
    """The one that counts for this subject: where money is, else the newest."""
    payments = list(Payment.objects.filter(purpose=purpose, subject_id=subject_id).order_by("created_at"))
    with_money = [payment for payment in payments if payment.is_authorised]
    found = with_money or payments
    return found[-1] if found else None


def sum_refunds_under_way(payment: Payment) -> Decimal:
    """Wanted or pending: not in `amount_refunded` yet, as far as we know."""
    under_way = Refund.objects.filter(payment=payment, state=Refund.State.WANTED)
    return under_way.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)


def count_open_holds() -> int:
    """Of every store: money held or still to be decided about."""
    return Payment.across_stores.filter(state=PaymentState.HELD).count()
