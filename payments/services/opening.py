"""Asking for money: a row first, then Stripe."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from catalog.errors import UpstreamError
from payments.gateway import Account, Intent, Stripe
from payments.models import Payment, PaymentState
from payments.money import is_payable
from payments.services.accounts import account_of, find_account
from payments.services.errors import AmountTooSmall, PaymentUnavailable
from payments.services.timeline import note
from store.tenancy import current_store

log = structlog.get_logger(__name__)

# Nobody has paid within this time, so nobody need look before.
FIRST_LOOK = timedelta(seconds=15)


def open_payment(
    *, purpose: str, subject_id: UUID, amount: Decimal, currency: str, expires_at: datetime, language: str
) -> Payment:
    """A payment to be made, in the caller's transaction; `start_payment` after it makes it payable.

    Raises PaymentUnavailable, AmountTooSmall.
    """
    account = find_account()
    if account is None:
        raise PaymentUnavailable
    if not is_payable(amount, currency):
        raise AmountTooSmall
    payment = Payment(
        store_id=current_store().id,
        purpose=purpose,
        subject_id=subject_id,
        amount=amount,
        currency=currency.upper(),
        language=language,
        expires_at=expires_at,
        uses_own_keys=account.is_own,
        account_id=account.account_id,
        due_at=timezone.now() + FIRST_LOOK,
    )
    payment.set_token()
    payment.save(force_insert=True)
    note(payment, "opened", f"{amount.normalize():f} {payment.currency}")
    return payment


def start_payment(*, payment_id: UUID) -> Payment:
    """Have Stripe make it payable; twice is no error, and one that is over stays as it is.

    Raises PaymentUnavailable: ask again later.

    The key is the payment's id: however many ask, however often an answer is lost, it is one PaymentIntent.
    """
    payment = Payment.objects.get(pk=payment_id)
    if payment.intent_id or payment.state != PaymentState.OPEN or payment.is_expired(timezone.now()):
        return payment
    account = account_of(payment)
    if account is None:
        raise PaymentUnavailable
    try:
        intent = _ask(payment, account)
    except UpstreamError as error:
        log.warning("payment_not_started", payment_id=str(payment.pk), error=str(error))
        raise PaymentUnavailable from error
    with transaction.atomic():
        payment = Payment.objects.select_for_update().get(pk=payment_id)
        if not payment.intent_id:
            payment.intent_id, payment.client_secret = intent.id, intent.client_secret
            if payment.state != PaymentState.OPEN:  # given up while Stripe was asked: to be ended there, too
                payment.due_at, payment.asked_at = timezone.now(), timezone.now()
            payment.save()
    return payment


def _ask(payment: Payment, account: Account) -> Intent:
    return Stripe(account).open_intent(
        key=str(payment.pk),
        amount=payment.amount,
        currency=payment.currency,
        metadata=metadata_of(payment),
        description=f"{current_store().name}: {payment.purpose} {str(payment.subject_id)[:8]}",
    )


def metadata_of(payment: Payment) -> dict[str, str]:
    """By which a PaymentIntent is recognised as ours; nothing about the client."""
    return {
        "store": str(payment.store_id),
        "payment": str(payment.pk),
        "purpose": payment.purpose,
        "subject": str(payment.subject_id),
    }
