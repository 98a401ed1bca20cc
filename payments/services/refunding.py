"""Giving money back: a row first, then Stripe, then until it has ended."""

import time
from datetime import timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from analytics.models import Alert
from analytics.services import raise_alert
from catalog.errors import CredentialsRefused, UpstreamChanged, UpstreamRejected, UpstreamUnavailable
from config.bell import ring
from payments.gateway import RefundFact, Stripe
from payments.models import Payment, Refund
from payments.money import round_money
from payments.queries import find_refundable
from payments.services.accounts import stripe_of
from payments.services.errors import RefundNotPossible
from payments.services.looking import SWEEP, look_soon
from payments.services.timeline import note
from store.durable import back_off, claim
from store.queries import load_store_info
from store.tenancy import store_scope

log = structlog.get_logger(__name__)

BATCH = 10
LEASE = timedelta(seconds=120)
RUN_SECONDS = 60.0
FIRST_PAUSE, LONGEST_PAUSE = 10.0, 900.0
# Bank transfers back take days; nobody waits for them by the minute.
PENDING_PAUSE = 3600.0

ENDS = {"succeeded": Refund.State.SUCCEEDED, "failed": Refund.State.FAILED, "canceled": Refund.State.FAILED}


@transaction.atomic
def refund_payment(*, payment_id: UUID, amount: Decimal, by: str, refund_id: UUID | None = None) -> Refund:
    """Give back a part or all of what was taken, because a person decided so. Raises RefundNotPossible.

    Under the same `refund_id` it is one refund, however often it is asked for: a form sent twice.
    """
    payment = Payment.objects.select_for_update().get(pk=payment_id)
    if refund_id and (known := Refund.objects.filter(pk=refund_id, payment=payment).first()):
        return known
    if not 0 < amount <= find_refundable(payment):
        raise RefundNotPossible
    if amount != round_money(amount, payment.currency):
        raise RefundNotPossible
    return want_refund(payment, amount=amount, reason=Refund.Reason.MERCHANT, by=by, refund_id=refund_id)


def want_refund(
    payment: Payment, *, amount: Decimal, reason: Refund.Reason, by: str = "", refund_id: UUID | None = None
) -> Refund:
    """Write down that this goes back, in the caller's transaction, which holds the payment's lock."""
    refund = Refund(store_id=payment.store_id, payment=payment, amount=amount, reason=reason, by=by)
    refund.pk = refund_id or refund.pk
    refund.save(force_insert=True)
    note(payment, "refund wanted", f"{amount.normalize():f} {payment.currency}", by=by)
    transaction.on_commit(partial(ring, SWEEP))
    return refund


def send_due_refunds(*, seconds: float = RUN_SECONDS) -> int:
    """Send what is to be sent, ask about what is on its way, in every store. Returns how many."""
    deadline = time.monotonic() + seconds
    tried = 0
    while time.monotonic() < deadline and (refunds := claim(Refund, limit=BATCH, lease=LEASE)):
        for refund in refunds:
            tried += 1
            try:
                with store_scope(load_store_info(refund.store_id)):
                    _work_on(refund)
            except Exception:  # one row's bug must not hold up the others; its lease brings it back
                log.exception("refund_not_worked_on", refund_id=str(refund.pk))
    return tried


def _work_on(refund: Refund) -> None:
    payment = refund.payment
    stripe = stripe_of(payment)
    if stripe is None:
        _postpone(refund, "the keys it was made with are gone")
        return
    try:
        fact = _find_or_send(refund, payment, stripe)
    except UpstreamUnavailable as error:
        _postpone(refund, str(error), pause=error.retry_after)
    except (UpstreamChanged, CredentialsRefused) as error:  # the payment's look tells a person
        _postpone(refund, str(error))
    except UpstreamRejected as error:
        _end(refund, Refund.State.FAILED, problem=error.code)
    else:
        _note_fact(refund, fact)


def _find_or_send(refund: Refund, payment: Payment, stripe: Stripe) -> RefundFact:
    if refund.stripe_id:
        return stripe.find_refund(refund.stripe_id)
    if refund.attempts > 1:  # an earlier answer may be lost, and Stripe forgets keys after a day
        for fact in stripe.list_refunds(payment.intent_id):
            if fact.metadata.get("refund") == str(refund.pk):
                return fact
    return stripe.refund(
        payment.intent_id,
        key=f"refund:{refund.pk}",
        amount=refund.amount,
        currency=payment.currency,
        refund_id=refund.pk,
    )


def _note_fact(refund: Refund, fact: RefundFact) -> None:
    if fact.status in ENDS:
        _end(refund, ENDS[fact.status], problem=fact.problem, stripe_id=fact.id)
        return
    with refund.still_mine() as row:
        if row is None:
            return
        if row.state == Refund.State.WANTED:
            note(row.payment, "refund sent", fact.id)
            look_soon(Payment.objects.filter(pk=row.payment_id))  # its sum has changed at Stripe
        row.state, row.stripe_id = Refund.State.PENDING, fact.id
        row.postpone(PENDING_PAUSE, "")


def _end(refund: Refund, state: Refund.State, *, problem: str = "", stripe_id: str = "") -> None:
    with refund.still_mine() as row:
        if row is None:
            return
        row.rest()
        if row.state == state:  # looked at again, and nothing is new
            return
        row.state, row.problem, row.ended_at = state, problem[:60], timezone.now()
        row.stripe_id = stripe_id or row.stripe_id
        look_soon(Payment.objects.filter(pk=row.payment_id))
        note(row.payment, f"refund {state.value}", problem or stripe_id)
        if state == Refund.State.FAILED:
            raise_alert(Alert.Kind.REFUND_FAILED, store_id=row.store_id, subject=str(row.pk), detail=problem)
    log.info("refund_ended", refund_id=str(refund.pk), state=state.value)


def _postpone(refund: Refund, error: str, *, pause: float = 0) -> None:
    with refund.still_mine() as row:
        if row is not None:
            own = back_off(row.attempts, first=FIRST_PAUSE, longest=LONGEST_PAUSE)
            row.postpone(max(own, pause), error)


def look_at_refunds(*, intent_id: str) -> bool:
    """Somebody says that a refund of this PaymentIntent changed; one that had succeeded may fail later."""
    refunds = Refund.objects.filter(payment__intent_id=intent_id).exclude(stripe_id="")
    found = refunds.filter(lease=None).update(due_at=timezone.now(), attempts=0)
    if found:
        transaction.on_commit(partial(ring, SWEEP))
    return bool(found)
