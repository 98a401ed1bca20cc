"""Finding payments and orders of the store in scope."""

from decimal import Decimal
from uuid import UUID

from payments.models import Order, Payment, PaymentSettings, Refund, token_hashes


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


def find_refundable(payment: Payment) -> Decimal:
    """What of it can still be given back; never more, however old our knowledge of Stripe's sum is.

    That sum counts refunds we sent since it was read, or not, and those made at Stripe: neither our rows nor
    it are enough alone.
    """
    ours = [row for row in Refund.objects.filter(payment=payment) if row.state != Refund.State.FAILED]
    wanted = sum((row.amount for row in ours if row.state == Refund.State.WANTED), Decimal(0))
    return payment.amount_taken - max(
        payment.amount_refunded + wanted, sum((row.amount for row in ours), Decimal(0))
    )


def has_failed_refund(payment: Payment) -> bool:
    return Refund.objects.filter(payment=payment, state=Refund.State.FAILED).exists()


def find_webhook_secret(store_id: UUID) -> str:
    """What signs the events of a store's own Stripe account, in the clear; "" where it has none."""
    own = PaymentSettings.across_stores.filter(store_id=store_id).first()
    return (own.webhook_secret or "") if own else ""


def find_store_of_account(account_id: str) -> UUID | None:
    """Whose Connect account this is."""
    own = PaymentSettings.across_stores.filter(account_id=account_id).first()
    # SQL Server finds text whatever its case.
    return own.store_id if own and own.account_id == account_id else None


def find_store_of_intent(intent_id: str) -> UUID | None:
    """Whose payment this is, among those in the platform's own account."""
    payments = Payment.across_stores.filter(intent_id=intent_id, account_id="", uses_own_keys=False)
    payment = payments.first()
    return payment.store_id if payment and payment.intent_id == intent_id else None
