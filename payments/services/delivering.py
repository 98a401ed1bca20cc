"""Telling Mango Biz of paid orders: the outbox, and what Mango Biz says of an order later.

Money is held or taken before an order is sent, and taken or given back by what comes of it; both are the
payment's own business, which is nudged with each change here (payments.services.settling).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import structlog
from django.utils import timezone

from analytics.models import Alert
from analytics.services import raise_alert
from catalog.client import MangoBizClient, UpstreamChanged, UpstreamRejected, UpstreamUnavailable
from catalog.errors import NotAsked, UpstreamError
from catalog.queries import catalog_at_hand
from catalog.schemas import Order as UpstreamOrder
from catalog.services import mango_biz
from payments.models import UNSENT, Order, OrderState, Payment, PaymentState
from payments.queries import find_payment
from payments.services import mails
from payments.services.looking import nudge
from payments.services.orders import PURPOSE
from payments.services.settling import look_now
from store.durable import back_off, claim
from store.queries import load_store_info
from store.tenancy import store_scope

log = structlog.get_logger(__name__)

BATCH = 10
LEASE = timedelta(seconds=60)
RUN_SECONDS = 60.0
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
# While the breaker leaves Mango Biz alone.
ALONE_SECONDS = 30.0
# Refusals that stay refusals whatever we do. Any other one (a key that was revoked, a code that is new) is
# for a person to repair, and the order waits as if Mango Biz were away.
FINAL_REFUSALS = frozenset(
    {"OUT_OF_STOCK", "PRICE_CHANGED", "VALIDATION_ERROR", "INVALID_REQUEST", "NOT_FOUND"}
)


def deliver_due_orders(*, seconds: float = RUN_SECONDS) -> int:
    """Send what is due, in every store. Returns how many were tried. Safe to run side by side."""
    deadline = time.monotonic() + seconds
    tried = 0
    while time.monotonic() < deadline and (orders := claim(Order, limit=BATCH, lease=LEASE)):
        for order in orders:
            tried += 1
            try:
                with store_scope(load_store_info(order.store_id)):
                    deliver(order)
            except Exception:  # one row's bug must not hold up the others; its lease brings it back
                log.exception("order_not_delivered", order_id=str(order.pk))
    return tried


@catalog_at_hand()  # e-mails are written inside the transaction that settles
def deliver(order: Order) -> None:
    """One try, under a lease that the caller took. Whatever Mango Biz does, the outcome is in the row."""
    payment = find_payment(purpose=PURPOSE, subject_id=order.pk)
    if order.state == OrderState.PENDING and payment is not None and payment.state == PaymentState.HELD:
        look_now(payment.pk)  # while it waited, its hold may have ended
        payment.refresh_from_db()
    if order.state not in UNSENT:
        with _mine(order):
            pass
    elif order.give_up_at and order.give_up_at <= timezone.now():
        _give_up(order, "GIVEN_UP")
    elif payment is None or not payment.is_authorised:
        _give_up(order, "PAYMENT_LOST")
    else:
        _try(order, payment)


def _give_up(order: Order, reason: str) -> None:
    """Unless Mango Biz has it after all: an answer that was lost is looked up, a week long if need be."""
    made = None
    try:
        if order.unknown_outcome:
            made = mango_biz().find_order_by_key(str(order.pk))
    except UpstreamError as error:
        if reason != "GIVEN_UP":
            _postpone(order, error)
            return
    if made is not None:
        _place(order, made)
    else:
        _fail(order, reason)


def _try(order: Order, payment: Payment) -> None:
    try:
        client = mango_biz()
        made = client.find_order_by_key(str(order.pk)) if order.unknown_outcome else None
        if made is None:
            _note_in_doubt(order)
            made = _send(order, payment, client)
    except (UpstreamUnavailable, UpstreamChanged) as error:
        _postpone(order, error)
    except UpstreamRejected as error:
        if error.code in FINAL_REFUSALS:
            _reject(order, error)
        else:
            log.error("order_refused_oddly", order_id=str(order.pk), code=error.code)
            _postpone(order, error)
    else:
        _place(order, made)


def _note_in_doubt(order: Order) -> None:
    """From here on, until an answer, it may be done, even if this process dies."""
    Order.objects.filter(pk=order.pk, lease=order.lease).update(unknown_outcome=True)


def _send(order: Order, payment: Payment, client: MangoBizClient) -> UpstreamOrder:
    return client.create_order(
        idempotency_key=str(order.pk),
        items=[(line.product_id, line.quantity, line.unit_price) for line in order.lines],
        first_name=order.first_name,
        last_name=order.last_name,
        email=order.email,
        phone=order.phone or "",
        language=order.language,
        method="shipping" if order.method == Order.Method.SHIPPING else "pickup",
        address=order.get_address(),
        subtotal=order.subtotal,
        tax=order.tax,
        shipping=order.shipping,
        total=order.total,
        currency=order.currency,
        payment_reference=payment.intent_id,
    )


@contextmanager
def _mine(order: Order) -> Iterator[Order | None]:
    """The row under lock, at rest unless told otherwise; afterwards its payment is looked at."""
    with order.still_mine() as row:
        if row is not None:
            row.rest()
        yield row
        if row is not None:
            nudge(purpose=PURPOSE, subject_id=row.pk)


def _place(order: Order, upstream: UpstreamOrder) -> None:
    with _mine(order) as row:
        if row is not None:
            _take_over(row, upstream)
    log.info("order_placed", order_id=str(order.pk), upstream_id=str(upstream.id))


def _reject(order: Order, error: UpstreamRejected) -> None:
    with _mine(order) as row:
        if row is None:
            return
        row.state, row.reason, row.unknown_outcome = OrderState.REJECTED, error.code[:40], False
        row.missing = _read_missing(error) if error.code == "OUT_OF_STOCK" else []
        mails.queue_rejected(row)
    log.info("order_rejected", order_id=str(order.pk), reason=error.code)


def _fail(order: Order, reason: str) -> None:
    with _mine(order) as row:
        if row is None:
            return
        row.state, row.reason = OrderState.FAILED, reason
        row.last_error = order.last_error
        mails.queue_failed(row)
        raise_alert(
            Alert.Kind.ORDER_FAILED,
            store_id=row.store_id,
            subject=str(row.pk),
            detail=f"{reason}: {order.last_error}",
        )
    log.error("order_failed", order_id=str(order.pk), reason=reason)


def _postpone(order: Order, error: Exception) -> None:
    with order.still_mine() as row:
        if row is None:
            return
        if row.state == OrderState.SUBMITTING:
            row.state = OrderState.PENDING
            mails.queue_pending(row)
        if isinstance(error, NotAsked):
            row.attempts = max(row.attempts - 1, 0)
            row.postpone(ALONE_SECONDS, str(error))
            return
        own = back_off(row.attempts, first=FIRST_PAUSE, longest=LONGEST_PAUSE)
        row.postpone(max(own, getattr(error, "retry_after", 0)), str(error))


def _read_missing(error: UpstreamRejected) -> list[str]:
    """Of which products there are too few, as far as it can be read: no schema says what details hold."""
    missing = []
    for item in error.details.get("items") or ():
        try:
            missing.append(str(UUID(item["productId"])))
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
    return missing


# --- what Mango Biz says later --------------------------------------------------------------------------


def take_in(upstream: UpstreamOrder) -> bool:
    """Apply what a webhook says, in its transaction. Twice and out of order do no harm; True: it was news."""
    order = _find_ours(upstream)
    if order is None or (order.upstream_id and upstream.version <= order.version):
        return False
    _take_over(order, upstream)
    order.rest()
    order.save()
    # In the transaction: a payment at rest is woken by this alone, where the salon cancels what was paid.
    nudge(purpose=PURPOSE, subject_id=order.pk)
    return True


def _find_ours(upstream: UpstreamOrder) -> Order | None:
    """By its id, or by our key where the webhook overtook the answer."""
    rows = Order.objects.select_for_update()
    order = rows.filter(upstream_id=upstream.id).first()
    if order is not None or not upstream.idempotency_key:
        return order
    try:
        key = UUID(upstream.idempotency_key)
    except ValueError:
        return None
    return rows.filter(pk=key, state__in=UNSENT).first()


def _take_over(row: Order, upstream: UpstreamOrder) -> None:
    """Bring the row to what Mango Biz says and tell the client what is news; the caller saves."""
    is_first = row.state != OrderState.PLACED
    was = row.status
    if not is_first and upstream.version <= row.version:
        return
    row.state, row.status, row.version = OrderState.PLACED, upstream.status, upstream.version
    row.upstream_id, row.order_number = upstream.id, upstream.order_number[:60]
    row.tracking_url = upstream.tracking_url[:500]
    row.unknown_outcome = False
    if is_first:
        row.placed_at = timezone.now()
    if is_first and upstream.status != "cancelled":
        mails.queue_placed(row)
    elif row.status != was:
        mails.queue_status(row)
