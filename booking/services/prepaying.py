"""What is paid when booking: how much, the payment that is asked for, and who is told when things change.

A booking has one payment that counts. Any other one is given back (booking.services.settling).
"""

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from booking.models import Booking
from payments.models import Payment, PaymentSettings, PaymentState, Refund
from payments.money import is_payable, round_money
from payments.services import can_be_paid, find_settings, nudge, open_payment

PURPOSE = "booking"
PAYMENT_LOST = "PAYMENT_LOST"  # a booking's reason
# From pressing the button on; the time is held as long.
PAY_TIME = timedelta(minutes=15)
NOTHING = Decimal(0)


def amount_due(booking: Booking) -> Decimal:
    """What has to be paid for it to be booked; 0 for nothing."""
    return find_amount(total=booking.total_price, deposit=booking.deposit_due, currency=booking.currency)


def find_amount(*, total: Decimal, deposit: Decimal, currency: str) -> Decimal:
    """As `amount_due`, of what is still being chosen."""
    prepayment = find_settings().prepayment
    if prepayment == PaymentSettings.Prepayment.NONE:
        return NOTHING
    wanted = total if prepayment == PaymentSettings.Prepayment.FULL else min(deposit, total)
    amount = round_money(wanted, currency)
    return amount if is_payable(amount, currency) and can_be_paid() else NOTHING


def find_payment(booking: Booking) -> Payment | None:
    """The one that counts."""
    return Payment.objects.filter(pk=booking.payment_id).first() if booking.payment_id else None


def is_made(payment: Payment | None) -> bool:
    """Whether the client has done their part: the money is there or on its way."""
    return payment is not None and (payment.is_authorised or payment.state == PaymentState.PROCESSING)


def is_paying(booking: Booking) -> bool:
    """Whether it is a draft whose client has paid already."""
    return is_made(find_payment(booking))


def has_lost_payment(booking: Booking) -> bool:
    payment = find_payment(booking)
    return payment is not None and payment.state == PaymentState.RELEASED


def is_given_back(booking: Booking) -> bool:
    """Whether it was paid for, and the money is gone again or on its way back."""
    payment = find_payment(booking)
    return payment is not None and (
        payment.state == PaymentState.RELEASED
        or payment.amount_refunded > 0
        or Refund.objects.filter(payment=payment).exclude(state=Refund.State.FAILED).exists()
    )


def ask_for_payment(draft: Booking) -> Payment | None:
    """The payment that books this draft, whose row the caller has locked; None where nothing is due.

    Asked again it is the same one, unless another sum is due. Raises payments' PaymentUnavailable.
    """
    payment, amount, now = find_payment(draft), amount_due(draft), timezone.now()
    if is_made(payment) or (payment and _still_fits(payment, amount, draft.currency, now)):
        return payment
    if payment:
        give_up_payment(draft)
    if not amount:
        return None
    payment = open_payment(
        purpose=PURPOSE,
        subject_id=draft.pk,
        amount=amount,
        currency=draft.currency,
        expires_at=now + PAY_TIME,
        language=draft.language,
    )
    draft.payment_id, draft.expires_at = payment.pk, max(draft.expires_at, payment.expires_at)
    draft.save(update_fields=["payment_id", "expires_at", "updated_at"])
    return payment


def _still_fits(payment: Payment, amount: Decimal, currency: str, now: datetime) -> bool:
    is_same = (payment.amount, payment.currency) == (amount, currency.upper())
    return is_same and payment.state == PaymentState.OPEN and not payment.is_expired(now)


def give_up_payment(draft: Booking) -> None:
    """Its payment counts no more: whatever is paid by it goes back. In the caller's transaction."""
    if draft.payment_id is None:
        return
    draft.payment_id = None
    draft.save(update_fields=["payment_id", "updated_at"])
    nudge(purpose=PURPOSE, subject_id=draft.pk)


def nudge_payment(booking: Booking) -> None:
    """Its payment is looked at once more; in the transaction of what changed, so that none is forgotten.

    A payment that is at rest is only woken by this: were it done after the commit, a process that dies in
    between would leave a canceled booking with its money.
    """
    if booking.payment_id is not None:
        nudge(purpose=PURPOSE, subject_id=booking.pk)
