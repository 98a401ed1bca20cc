"""Looking at payments until they are settled: what Stripe says is noted, what the subject wants is done.

Webhooks only say that there is something to see; a look asks Stripe, so that it does not matter how often,
in which order or whether they come. Each step may be the last one of a process that dies: the next look
finds things as they are and goes on. Nothing but Stripe is waited for outside transactions.
"""

import time
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from analytics.models import Alert
from analytics.services import clear_alert, raise_alert
from catalog.errors import NotAsked, UpstreamChanged, UpstreamRejected, UpstreamUnavailable
from catalog.queries import catalog_at_hand
from config.bell import ring
from payments.gateway import Intent, Stripe
from payments.models import Payment, PaymentState, Refund
from payments.purposes import Decision, find_purpose
from payments.queries import find_refundable, has_failed_refund
from payments.services.accounts import stripe_of
from payments.services.looking import SWEEP
from payments.services.opening import metadata_of
from payments.services.refunding import want_refund
from payments.services.timeline import note
from store.durable import back_off, claim
from store.queries import load_store_info
from store.tenancy import store_scope

log = structlog.get_logger(__name__)

BATCH = 10
LEASE = timedelta(seconds=120)  # several calls to Stripe
RUN_SECONDS = 60.0
FIRST_PAUSE, LONGEST_PAUSE = 10.0, 300.0
# With the money there it waits for its subject, which nudges it in time: this is for where that got lost.
WAITING_PAUSE = 60.0
STUCK_PAUSE = 3600.0
MOST_STUMBLES = 3  # our own bugs in a row, after which a person hears of it
KEYS_GONE = "the keys it was made with are gone"
USUAL_HOLD = timedelta(days=7)  # of a card that was not there: https://docs.stripe.com/payments/place-a-hold
MOST_STEPS = 4  # note, submit, take: a look that has more to do is continued by the next one

STATES = {
    "requires_payment_method": PaymentState.OPEN,
    "requires_confirmation": PaymentState.OPEN,
    "requires_action": PaymentState.OPEN,
    "processing": PaymentState.PROCESSING,
    "requires_capture": PaymentState.HELD,
    "succeeded": PaymentState.TAKEN,
    "canceled": PaymentState.RELEASED,
}


def settle_due_payments(*, seconds: float = RUN_SECONDS) -> int:
    """Look at what is due, in every store. Returns how many. Safe to run side by side."""
    deadline = time.monotonic() + seconds
    looked = 0
    while time.monotonic() < deadline and (payments := claim(Payment, limit=BATCH, lease=LEASE)):
        for payment in payments:
            looked += 1
            try:
                with store_scope(load_store_info(payment.store_id)):
                    settle(payment)
            except Exception:  # one row's bug must not hold up the others; its lease brings it back
                log.exception("payment_not_looked_at", payment_id=str(payment.pk))
    return looked


def look_now(payment_id: UUID) -> bool:
    """One look at once, at a payment of the store in scope. False where somebody else is looking."""
    now, mine = timezone.now(), uuid4()
    free = Payment.objects.filter(pk=payment_id).filter(Q(lease=None) | Q(due_at__lte=now))
    if not free.update(due_at=now + LEASE, lease=mine, attempts=F("attempts") + 1):
        return False
    settle(Payment.objects.get(pk=payment_id))
    return True


@catalog_at_hand()  # e-mails are written inside the subject's transactions
def settle(payment: Payment) -> None:
    """One look, under a lease that the caller took. Whatever Stripe does, the outcome is in the row."""
    try:
        _look(payment)
    except UpstreamUnavailable as error:
        _postpone(payment, str(error), pause=error.retry_after, was_asked=not isinstance(error, NotAsked))
    except (UpstreamRejected, UpstreamChanged) as error:
        _get_stuck(payment, Alert.Kind.PAYMENT_STUCK, str(error))
    except Exception as error:  # a bug of ours or of the subject's must not be met again every moment
        log.exception("payment_not_looked_at", payment_id=str(payment.pk))
        _stumble(payment, type(error).__name__)


def _look(payment: Payment) -> None:
    seen = payment.asked_at  # what is asked for from here on wants another look
    stripe = stripe_of(payment)
    if payment.intent_id and stripe is None:
        _get_stuck(payment, Alert.Kind.PAYMENT_STUCK, KEYS_GONE)
        return
    intent = stripe.find_intent(payment.intent_id) if payment.intent_id and stripe else None
    decision = Decision.WAIT
    for _step in range(MOST_STEPS):
        if intent is not None and stripe and (doubts := _find_doubts(payment, intent, stripe)):
            _get_stuck(payment, Alert.Kind.PAYMENT_MISMATCH, doubts)
            return
        row = _note_news(payment, intent, decision)
        if row is None:  # the lease was lost: somebody else looks at it
            return
        payment = row
        decision = find_purpose(payment.purpose).settle(payment)
        if _is_unstarted(payment) and _is_over(payment, decision):
            continue  # to be noted, and its subject to be told
        intent = _act(payment, stripe, decision) if stripe else None
        if intent is None:
            break
    _plan_next(payment, decision, seen=seen)


def _is_over(payment: Payment, decision: Decision) -> bool:
    """Whether nobody shall pay it any more."""
    return decision == Decision.GIVE_BACK or payment.is_expired(timezone.now())


def _find_doubts(payment: Payment, intent: Intent, stripe: Stripe) -> str:
    """Why this is not the payment we asked for; empty where it is."""
    wanted = metadata_of(payment)
    facts = {
        "amount": (intent.amount, payment.amount),
        "currency": (intent.currency, payment.currency),
        "mode": (intent.is_live, stripe.account.is_live),
        "metadata": ({name: intent.metadata.get(name) for name in wanted}, wanted),
    }
    return ", ".join(name for name, (said, ours) in facts.items() if said != ours)


def _note_news(payment: Payment, intent: Intent | None, decision: Decision) -> Payment | None:
    """Bring the row to what Stripe says; None where the lease is somebody else's."""
    with payment.still_mine() as row:
        if row is not None and intent is not None:
            _take_over(row, intent)
        elif row is not None and _is_unstarted(row) and _is_over(row, decision):
            _change_state(row, PaymentState.RELEASED, "never made payable")
    return row


def _is_unstarted(row: Payment) -> bool:
    """Whether nobody can have paid it: Stripe was not asked, or its answer was lost and no client saw it."""
    return row.state == PaymentState.OPEN and not row.intent_id


def _take_over(row: Payment, intent: Intent) -> None:
    if intent.problem and intent.problem != row.problem:
        note(row, "declined", intent.problem)
    row.problem = intent.problem[:60]
    row.method = intent.method[:60] or row.method
    row.capture_before = intent.capture_before or row.capture_before
    row.amount_taken = intent.amount_taken
    row.amount_refunded = intent.amount_refunded
    if row.state != STATES[intent.status]:
        _change_state(row, STATES[intent.status], intent.method)


def _change_state(row: Payment, state: PaymentState, detail: str) -> None:
    row.state, row.attempts = state, 1
    row.settled_at = timezone.now() if row.is_settled else None
    note(row, state.value, detail)
    log.info("payment_moved", payment_id=str(row.pk), state=state.value)


def _act(payment: Payment, stripe: Stripe, decision: Decision) -> Intent | None:
    """Do what is to be done; the PaymentIntent as it is then, None where there was nothing to do."""
    try:
        match payment.state:
            case PaymentState.HELD if decision == Decision.TAKE:
                return stripe.take(payment.intent_id, key=f"{payment.pk}:take")
            case PaymentState.HELD if decision == Decision.GIVE_BACK:
                return stripe.release(payment.intent_id, key=f"{payment.pk}:release")
            case PaymentState.OPEN if payment.intent_id and _is_over(payment, decision):
                return stripe.release(payment.intent_id, key=f"{payment.pk}:release")
            case PaymentState.TAKEN if decision == Decision.GIVE_BACK:
                _refund_rest(payment)
    except UpstreamRejected as error:
        if error.code != "payment_intent_unexpected_state":
            raise
        return stripe.find_intent(payment.intent_id)  # it was moved by somebody else at this moment
    return None


def _refund_rest(payment: Payment) -> None:
    """What was taken goes back, as far as it is not on its way. What failed once is for a person."""
    with payment.still_mine() as row:
        if row is None or has_failed_refund(row):
            return
        left = find_refundable(row)
        if left > 0:
            want_refund(row, amount=left, reason=Refund.Reason.SUBJECT)


def _is_done(row: Payment, decision: Decision) -> bool:
    """Nothing is left to see to: for money that goes back, when Stripe says that all of it did."""
    if decision == Decision.GIVE_BACK and row.state == PaymentState.TAKEN:
        return row.amount_left <= 0 or has_failed_refund(row)
    return row.is_settled and decision != Decision.WAIT


def _plan_next(payment: Payment, decision: Decision, *, seen: datetime) -> None:
    """`seen`: when a look had been asked for last, as this one began."""
    with payment.still_mine() as row:
        if row is None:
            return
        asked_meanwhile = row.asked_at != seen
        had_trouble = bool(row.last_error)
        if _is_done(row, decision):
            row.rest()
            row.attempts = 0
        else:
            first = WAITING_PAUSE if row.is_authorised else FIRST_PAUSE
            row.postpone(back_off(row.attempts, first=first, longest=LONGEST_PAUSE), "")
            if row.state == PaymentState.OPEN and row.due_at:
                row.due_at = min(row.due_at, max(row.expires_at, timezone.now()))
        if asked_meanwhile:
            row.due_at, row.attempts = timezone.now(), 0
            transaction.on_commit(partial(ring, SWEEP))
    if had_trouble:
        for kind in (Alert.Kind.PAYMENT_STUCK, Alert.Kind.PAYMENT_MISMATCH):
            clear_alert(kind, store_id=payment.store_id, subject=str(payment.pk))


def _postpone(payment: Payment, error: str, *, pause: float, was_asked: bool) -> None:
    with payment.still_mine() as row:
        if row is None:
            return
        own = back_off(row.attempts, first=FIRST_PAUSE, longest=LONGEST_PAUSE)
        row.postpone(max(own, pause), error)
        if not was_asked:
            row.attempts = max(row.attempts - 1, 0)


def _get_stuck(payment: Payment, kind: Alert.Kind, reason: str) -> None:
    """For a person to look at; now and then we look ourselves."""
    with payment.still_mine() as row:
        if row is None:
            return
        row.postpone(STUCK_PAUSE, reason)
        raise_alert(kind, store_id=row.store_id, subject=str(row.pk), detail=reason)


def _stumble(payment: Payment, error: str) -> None:
    """Later again, less and less often; a person hears of it where that does not help."""
    with payment.still_mine() as row:
        if row is None:
            return
        row.postpone(back_off(row.attempts, first=FIRST_PAUSE, longest=STUCK_PAUSE), f"a bug: {error}")
        if row.attempts >= MOST_STUMBLES:
            detail = f"looking at it ends in an error of our own: {error}"
            raise_alert(Alert.Kind.PAYMENT_STUCK, store_id=row.store_id, subject=str(row.pk), detail=detail)


def is_hold_ending(payment: Payment, now: datetime) -> bool:
    """Whether what is held has to be taken now, or it lapses: a day is left, as far as anybody says."""
    lapses_at = payment.capture_before or payment.created_at + USUAL_HOLD
    return payment.state == PaymentState.HELD and lapses_at - timedelta(days=1) <= now
