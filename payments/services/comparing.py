"""The daily compare: our payments with Stripe, their subjects' wishes and our orders with Mango Biz.

What a look can repair is looked at here and now, what Mango Biz says anew is taken over; what stays different
is told to a person by an alert for each payment, cleared by the first compare that finds it right again.
Differences are named by codes and sums, never by personal data.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from analytics.models import Alert
from analytics.services import clear_alert, raise_alert
from catalog.client import MangoBizClient, UpstreamRejected
from catalog.errors import UpstreamError
from catalog.queries import catalog_at_hand
from catalog.schemas import Order as UpstreamOrder
from catalog.services import mango_biz
from payments.gateway import Intent, Stripe
from payments.models import Order, OrderState, Payment, PaymentState, Refund
from payments.purposes import Decision, find_purpose
from payments.queries import find_payment, find_refundable, has_failed_refund
from payments.services.accounts import find_account, stripe_of
from payments.services.delivering import take_in
from payments.services.orders import PURPOSE
from payments.services.settling import STATES, look_now
from store.tenancy import current_store

log = structlog.get_logger(__name__)

WINDOW = timedelta(days=8)
# What moved so recently may still be under way.
UNDER_WAY = timedelta(minutes=15)
LONGEST_HOLD = timedelta(days=7)
LONGEST_WAIT = timedelta(days=1)
LONGEST_REFUND = timedelta(days=14)
CHUNK = 500
HAS_MONEY = frozenset({"processing", "requires_capture", "succeeded"})


@dataclass
class Report:
    """What differs, by payment (or by what else there is to name); what could not be asked."""

    differences: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    unanswered: list[str] = field(default_factory=list)
    under_way: set[str] = field(default_factory=set)  # somebody else was looking at these
    compared: int = 0

    def note(self, subject: object, difference: str) -> None:
        if difference not in self.differences[str(subject)]:
            self.differences[str(subject)].append(difference)


@catalog_at_hand()  # e-mails are written where Mango Biz has news of an order
def compare_books() -> Report:
    """The store in scope, alerts raised and cleared. Waits for Stripe and Mango Biz."""
    report, now = Report(), timezone.now()
    payments = list(_payments_to_compare(now))
    report.compared = len(payments)
    _compare_with_stripe(report, payments, now)
    for payment in payments:
        _compare_with_subject(report, payment, now)
    _compare_orders(report, now)
    _find_slow_refunds(report, now)
    _tell(report)
    return report


def _payments_to_compare(now: datetime) -> Iterator[Payment]:
    """Those of the last days, those that still hold something, those that differed last time."""
    settled = [PaymentState.TAKEN, PaymentState.RELEASED]
    wanted = Q(created_at__gte=now - WINDOW) | ~Q(state__in=settled)
    keys = set(Payment.objects.filter(wanted).values_list("pk", flat=True))
    keys |= {key for alert in _open_alerts() if (key := _read_key(alert.subject))}
    ordered = sorted(keys)
    for start in range(0, len(ordered), CHUNK):
        yield from Payment.objects.filter(pk__in=ordered[start : start + CHUNK])


def _ask(report: Report, what: str, work: Callable[[], None]) -> None:
    """Let one look fail for want of an answer, without ending the others."""
    try:
        work()
    except UpstreamError as error:
        report.unanswered.append(f"{what}: {error}")


# --- Stripe ---------------------------------------------------------------------------------------------


def _compare_with_stripe(report: Report, payments: list[Payment], now: datetime) -> None:
    by_account: dict[tuple[bool, str], list[Payment]] = defaultdict(list)
    account = find_account()
    if account is not None:
        by_account[account.is_own, account.account_id] = []
    for payment in payments:
        by_account[payment.uses_own_keys, payment.account_id].append(payment)
    for (is_own, account_id), its_payments in by_account.items():
        stripe = stripe_of(Payment(store_id=current_store().id, uses_own_keys=is_own, account_id=account_id))
        if stripe is None:
            report.unanswered.append("Stripe: the keys are gone")
        else:
            _ask(report, "Stripe", partial(_compare_account, report, stripe, its_payments, now))


def _compare_account(report: Report, stripe: Stripe, payments: list[Payment], now: datetime) -> None:
    mine = str(current_store().id)
    listed = {
        intent.id: intent
        for intent in stripe.list_intents(since=now - WINDOW - timedelta(hours=1), until=now)
        if intent.metadata.get("store") == mine
    }
    for payment in payments:
        intent = listed.pop(payment.intent_id, None)
        if payment.intent_id and (intent is None or _find_gaps(payment, intent)):
            _look_closely(report, stripe, payment)
    for intent in listed.values():
        if intent.status in HAS_MONEY and intent.created_at < now - UNDER_WAY:
            _note_stranger(report, intent)


def _look_closely(report: Report, stripe: Stripe, payment: Payment) -> None:
    if not look_now(payment.pk):
        report.under_way.add(str(payment.pk))
        return
    payment.refresh_from_db()
    try:
        gaps = _find_gaps(payment, stripe.find_intent(payment.intent_id))
    except UpstreamRejected as error:
        if error.code != "resource_missing":
            raise
        gaps = ["it knows no such payment"]
    if gaps:
        report.note(payment.pk, "Stripe says otherwise: " + ", ".join(gaps))


def _find_gaps(payment: Payment, intent: Intent) -> list[str]:
    pairs = {
        "state": (payment.state, STATES[intent.status]),
        "amount": (payment.amount, intent.amount),
        "currency": (payment.currency, intent.currency),
        "taken": (payment.amount_taken, intent.amount_taken),
        "given back": (payment.amount_refunded, intent.amount_refunded),
    }
    return [f"{name} {ours} is {said}" for name, (ours, said) in pairs.items() if ours != said]


def _note_stranger(report: Report, intent: Intent) -> None:
    """Money at Stripe in this store's name: a payment we do not have, or a second one for one we have."""
    key = _read_key(intent.metadata.get("payment", ""))
    ours = Payment.objects.filter(pk=key).first() if key else None
    if ours is None:
        report.note(intent.id, f"no payment here for it: {intent.status} {intent.amount} {intent.currency}")
    elif ours.intent_id != intent.id:
        report.note(ours.pk, f"paid a second time at Stripe: {intent.id} {intent.status}")


# --- what it is for -------------------------------------------------------------------------------------


def _compare_with_subject(report: Report, payment: Payment, now: datetime) -> None:
    if payment.state == PaymentState.HELD and payment.created_at < now - LONGEST_HOLD:
        report.note(payment.pk, "held for more than seven days")
    try:
        purpose = find_purpose(payment.purpose)
    except KeyError:
        report.note(payment.pk, f"nobody owns payments for {payment.purpose}")
        return
    if not _find_contradiction(payment, purpose.settle(payment), now):
        return
    if not look_now(payment.pk):
        report.under_way.add(str(payment.pk))
        return
    payment.refresh_from_db()
    if wrong := _find_contradiction(payment, purpose.settle(payment), now):
        report.note(payment.pk, wrong)


def _find_contradiction(payment: Payment, decision: Decision, now: datetime) -> str:
    match payment.state, decision:
        case PaymentState.TAKEN, Decision.GIVE_BACK if find_refundable(payment) > 0:
            failed = ", a refund failed" if has_failed_refund(payment) else ""
            return f"taken and nothing came of it: {payment.amount_left} {payment.currency} kept{failed}"
        case PaymentState.HELD, Decision.GIVE_BACK:
            return "held and nothing came of it"
        case PaymentState.HELD, Decision.TAKE:
            return "held and not taken"
        case PaymentState.RELEASED, Decision.TAKE:
            return "released, though it was to be taken"
        case PaymentState.TAKEN, Decision.WAIT if payment.created_at < now - LONGEST_WAIT:
            return "taken more than a day ago, and what it is for is not settled"
    return ""


# --- Mango Biz ------------------------------------------------------------------------------------------


def _compare_orders(report: Report, now: datetime) -> None:
    recent = Order.objects.filter(created_at__gte=now - WINDOW).exclude(submitted_at=None)
    keys = list(recent.order_by("pk").values_list("pk", flat=True))
    client = mango_biz()
    for key in keys:
        before = len(report.unanswered)
        _ask(report, "Mango Biz", partial(_compare_order, report, client, key, now))
        if len(report.unanswered) > before:
            return  # it does not answer: not once more for each order


def _compare_order(report: Report, client: MangoBizClient, key: UUID, now: datetime) -> None:
    order = Order.objects.get(pk=key)
    payment = find_payment(purpose=PURPOSE, subject_id=key)
    subject = payment.pk if payment else key
    if order.submitted_at is None or order.submitted_at > now - UNDER_WAY:
        return
    if payment is None:
        report.note(subject, "an order without a payment")
    upstream = client.find_order_by_key(str(key))
    if upstream is None:
        if order.state == OrderState.PLACED:
            report.note(subject, "Mango Biz does not have the order")
        return
    if order.state == OrderState.PLACED and upstream.version > order.version:
        with transaction.atomic():
            take_in(upstream)
        order.refresh_from_db()
    for difference in _find_order_gaps(order, upstream, payment):
        report.note(subject, difference)


def _find_order_gaps(order: Order, upstream: UpstreamOrder, payment: Payment | None) -> Iterator[str]:
    if upstream.total != order.total:
        yield f"the order’s total {order.total} is {upstream.total} in Mango Biz"
    is_alive = upstream.status not in {"cancelled", "refunded"}
    if is_alive and order.state in {OrderState.REJECTED, OrderState.FAILED, OrderState.ABANDONED}:
        yield "given up here, and Mango Biz has the order"
    if payment is None or payment.state != PaymentState.TAKEN:
        return
    if payment.amount != order.total or payment.currency != order.currency:
        yield f"paid {payment.amount} {payment.currency} for {order.total} {order.currency}"
    if upstream.status == "refunded" and find_refundable(payment) > 0:
        yield f"refunded in Mango Biz: {payment.amount_left} {payment.currency} kept"


# --- refunds, and telling -------------------------------------------------------------------------------


def _find_slow_refunds(report: Report, now: datetime) -> None:
    under_way = [Refund.State.WANTED, Refund.State.PENDING]
    for refund in Refund.objects.filter(state__in=under_way, created_at__lt=now - LONGEST_REFUND):
        report.note(refund.payment_id, f"a refund has not ended in two weeks: {refund}")


def _tell(report: Report) -> None:
    store_id = current_store().id
    for subject, details in report.differences.items():
        raise_alert(Alert.Kind.BOOKS_DIFFER, store_id=store_id, subject=subject, detail="; ".join(details))
    if report.unanswered:  # whoever did not answer cannot say that it is right again
        log.warning("books_not_compared", store_id=str(store_id), first=report.unanswered[0])
        return
    for alert in _open_alerts():
        if alert.subject not in report.differences and alert.subject not in report.under_way:
            clear_alert(Alert.Kind.BOOKS_DIFFER, store_id=store_id, subject=alert.subject)


def _open_alerts() -> list[Alert]:
    kind = Alert.Kind.BOOKS_DIFFER
    return list(Alert.objects.filter(kind=kind, store_id=current_store().id, cleared_at=None))


def _read_key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
