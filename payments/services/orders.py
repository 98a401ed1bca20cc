"""What orders want of their payment, and what a payment does to its order."""

from datetime import timedelta
from functools import partial
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.models import Alert
from analytics.services import raise_alert
from config.bell import ring
from payments import purposes
from payments.models import ALIVE, UNSENT, Order, OrderState, Payment, PaymentState
from payments.purposes import Bill, BillLine, Decision
from payments.queries import find_payment
from payments.services import mails
from payments.services.looking import SWEEP, nudge
from payments.services.settling import is_hold_ending

log = structlog.get_logger(__name__)

PURPOSE = "order"
# A paid order is worth a long wait; then the client has the money back.
GIVE_UP_AFTER = timedelta(days=7)
REPLACED = "REPLACED"  # an order's reason: another one from the same cart counts


def settle_order(payment: Payment) -> Decision:
    """Called whenever the payment was looked at: moves the order on and says what becomes of the money."""
    order = Order.objects.filter(pk=payment.subject_id).first()
    if order is None or payment != find_payment(purpose=PURPOSE, subject_id=order.pk):
        return Decision.GIVE_BACK  # paid for otherwise, or to be
    if payment.is_authorised and order.state == OrderState.UNPAID:
        order = submit_order(order.pk)
    elif payment.state == PaymentState.RELEASED:
        order = _lose_payment(order.pk, payment)
    elif payment.state == PaymentState.OPEN and is_replaced(order):
        return Decision.GIVE_BACK
    if order.is_lost:
        return Decision.GIVE_BACK
    if order.state == OrderState.PLACED or is_hold_ending(payment, timezone.now()):
        return Decision.TAKE
    return Decision.WAIT


def find_siblings(order: Order) -> QuerySet[Order]:
    """Other orders from the same cart: the client went back, changed something, and pressed "pay" again."""
    return Order.objects.filter(cart_id=order.cart_id, cart_id__isnull=False).exclude(pk=order.pk)


def is_spent(orders: QuerySet[Order]) -> bool:
    """Whether one of these is paid, or its payment is on its way."""
    under_way = Payment.objects.filter(
        purpose=PURPOSE, subject_id__in=orders.values("pk"), state=PaymentState.PROCESSING
    )
    return orders.filter(state__in=ALIVE).exists() or under_way.exists()


def is_replaced(order: Order) -> bool:
    """Whether a sibling counts in its place: one that is paid, or a newer one."""
    if order.state != OrderState.UNPAID:
        return False
    counts = Q(state__in=ALIVE) | Q(state=OrderState.UNPAID, created_at__gt=order.created_at)
    return find_siblings(order).filter(counts).exists()


def submit_order(order_id: UUID) -> Order:
    """It is paid for: from now on Mango Biz has to hear of it. Twice is no error.

    The first one paid is the cart's order; any other one is over, and its money goes back.
    """
    try:
        return _submit(order_id)
    except IntegrityError:
        return _give_way(order_id)


@transaction.atomic
def _submit(order_id: UUID) -> Order:
    order = Order.objects.select_for_update().get(pk=order_id)
    if order.state == OrderState.UNPAID:
        now = timezone.now()
        order.state, order.submitted_at, order.due_at = OrderState.SUBMITTING, now, now
        order.give_up_at = now + GIVE_UP_AFTER
        order.save()
        for sibling in find_siblings(order).filter(state=OrderState.UNPAID):
            nudge(purpose=PURPOSE, subject_id=sibling.pk)  # nobody shall pay that one any more
        transaction.on_commit(partial(ring, SWEEP))
        log.info("order_submitted", order_id=str(order.pk))
    return order


@transaction.atomic
def _give_way(order_id: UUID) -> Order:
    order = Order.objects.select_for_update().get(pk=order_id)
    if order.state == OrderState.UNPAID:
        order.state, order.reason = OrderState.ABANDONED, REPLACED
        order.save()
        mails.queue_failed(order)
        log.info("order_gave_way", order_id=str(order.pk))
    return order


@transaction.atomic
def _lose_payment(order_id: UUID, payment: Payment) -> Order:
    """The payment came to nothing: never made, or its hold ended before the salon had the order."""
    order = Order.objects.select_for_update().get(pk=order_id)
    if order.state == OrderState.UNPAID:
        order.reason = REPLACED if is_replaced(order) else ""
        order.state = OrderState.ABANDONED
        order.save()
    elif order.state in UNSENT and order.lease is None:  # else whoever is sending it decides
        order.state, order.reason = OrderState.FAILED, "PAYMENT_LOST"
        order.rest()
        order.save()
        mails.queue_failed(order)
    elif order.state == OrderState.PLACED and not order.is_lost:
        raise_alert(
            Alert.Kind.ORDER_UNPAID,
            store_id=order.store_id,
            subject=str(order.pk),
            detail=f"{order.order_number}: the payment was released",
        )
    return order


def describe_order(payment: Payment) -> Bill:
    order = Order.objects.get(pk=payment.subject_id)
    lines = [BillLine(line.name, f"× {line.quantity}", line.total) for line in order.lines]
    if order.tax:
        lines.append(BillLine(_("Tax"), "", order.tax))
    if order.method == Order.Method.SHIPPING:
        lines.append(BillLine(_("Shipping"), "", order.shipping))
    return Bill(
        title=_("Your order"),
        lines=tuple(lines),
        button=_("Pay"),
        note=_("Your card is held now and charged when the salon has your order."),
        back_url=reverse("checkout"),
        done_url=reverse("order", args=[order.token]),
    )


purposes.register(purposes.Purpose(PURPOSE, settle_order, describe_order))
