"""An order as its page shows it: what was bought, how it stands and what becomes of the money."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.places import find_place
from catalog.queries import get_catalog
from payments import words
from payments.addresses import write_address
from payments.models import UNSENT, Order, OrderState, Payment, PaymentState, Refund
from payments.notices import Notice
from payments.problems import say_why
from payments.queries import find_payment
from payments.services.orders import PURPOSE, REPLACED
from store import formats


@dataclass(frozen=True, slots=True)
class OrderPage:
    """`lines` are (name, quantity, unit price, sum); `pay_url` is empty where there is nothing to pay."""

    title: str
    lead: str
    status: str
    number: str
    placed_on: str
    lines: tuple[tuple[str, int, str, str], ...]
    rows: tuple[tuple[str, str], ...]
    total: str
    method: str
    place_label: str
    place: tuple[str, ...]
    client: str
    email: str
    notices: tuple[Notice, ...]
    pay_url: str
    pay_text: str
    tracking_url: str
    paid_with: str
    is_open: bool  # something is to come, soon
    is_over: bool
    missing: tuple[str, ...]


def make_order_page(order: Order, payment: Payment | None, *, has_returned: bool) -> OrderPage:
    title, lead = _say_title(order, payment, has_returned=has_returned)
    place_label, place = _say_place(order)
    pay_url, pay_text = _say_way_to_pay(order, payment, has_returned=has_returned)
    return OrderPage(
        title=title,
        lead=lead,
        status=str(order.get_status_display() or _say_state(order)),
        number=order.order_number,
        placed_on=_say_day(order.placed_at or order.created_at),
        lines=tuple(
            (
                line.name,
                line.quantity,
                words.say_money(line.unit_price, order.currency),
                words.say_money(line.total, order.currency),
            )
            for line in order.lines
        ),
        rows=words.list_sums(words.totals_of(order), order.method),
        total=words.say_money(order.total, order.currency),
        method=order.method,
        place_label=place_label,
        place=place,
        client=f"{order.first_name} {order.last_name}",
        email=order.email,
        notices=tuple(_list_notices(order, payment, has_returned=has_returned)),
        pay_url=pay_url,
        pay_text=pay_text,
        tracking_url=words.find_tracking(order),
        paid_with=words.say_method(payment.method) if payment and payment.is_authorised else "",
        is_open=_is_open(order, payment),
        is_over=order.is_lost,
        missing=tuple(line.name for line in order.lines if str(line.product_id) in order.missing),
    )


def _say_title(order: Order, payment: Payment | None, *, has_returned: bool) -> tuple[str, str]:
    """Title and lead."""
    if order.status == Order.Status.CANCELLED:
        return _("The salon canceled your order."), _("If you have questions, please call.")
    if order.status == Order.Status.REFUNDED:
        return _("Your order was refunded."), ""
    if order.state == OrderState.UNPAID:
        is_under_way = payment is not None and payment.state != PaymentState.OPEN
        if has_returned and not is_under_way and payment and not payment.problem:
            return _("One moment, please."), ""
        return (_("Your payment is on its way.") if is_under_way else _("Not paid yet.")), ""
    if order.reason == REPLACED:
        return _("Another order took the place of this one."), _(
            "You went on from the same cart. Only the other one counts."
        )
    return _say_state_at_length(order)


def _say_state_at_length(order: Order) -> tuple[str, str]:
    name = {"name": order.first_name, "email": order.email}
    nothing = _("You do not pay anything for it.")
    waiting = (
        _("Almost there, %(name)s.") % name,
        _("We will write to %(email)s as soon as the salon has your order.") % name,
    )
    return {
        OrderState.SUBMITTING: waiting,
        OrderState.PENDING: waiting,
        OrderState.PLACED: (
            _("Thank you, %(name)s.") % name,
            _("The receipt is on its way to %(email)s.") % name,
        ),
        OrderState.REJECTED: (_("The salon could not take your order."), nothing),
        OrderState.FAILED: (_("Your order did not reach the salon."), nothing),
        OrderState.ABANDONED: (
            _("This order was never paid."),
            _("Nothing was charged. What you chose can be ordered again."),
        ),
    }.get(OrderState(order.state), ("", ""))


def _say_state(order: Order) -> str:
    if order.state in UNSENT:
        return str(OrderState.PENDING.label)
    return str(order.get_state_display())


def _say_place(order: Order) -> tuple[str, tuple[str, ...]]:
    address = order.get_address()
    if order.method == Order.Method.SHIPPING and address:
        name = f"{order.first_name} {order.last_name}"
        home = get_catalog().business.address.country
        return _("Shipped to"), write_address(address, name=name, home=home, locale=words.locale())
    return _("Pick up at"), find_place().lines


def _say_way_to_pay(order: Order, payment: Payment | None, *, has_returned: bool) -> tuple[str, str]:
    if order.state != OrderState.UNPAID or payment is None or payment.state != PaymentState.OPEN:
        return "", ""
    if has_returned and not payment.problem:  # it may be paid by now, and nobody should pay twice
        return "", ""
    text = _("Try again") if payment.problem else _("Pay %(sum)s")
    return reverse("payment", args=[payment.token]), text % {
        "sum": words.say_money(payment.amount, payment.currency)
    }


def _say_day(moment: datetime) -> str:
    return formats.format_date_with_year(moment.astimezone(get_catalog().zone).date(), words.locale())


def _is_open(order: Order, payment: Payment | None) -> bool:
    """Whether the page may soon say something else."""
    if order.state in UNSENT:
        return True
    return order.state == OrderState.UNPAID and payment is not None and payment.state != PaymentState.RELEASED


def _list_notices(order: Order, payment: Payment | None, *, has_returned: bool) -> list[Notice]:
    notices = [_say_progress(order, payment, has_returned=has_returned)]
    notices += _say_money_back(order, payment)
    return [notice for notice in notices if notice]


def _say_progress(order: Order, payment: Payment | None, *, has_returned: bool) -> Notice | None:
    if order.state == OrderState.UNPAID and payment is not None:
        return _say_payment(payment, has_returned=has_returned)
    if order.state == OrderState.SUBMITTING:
        return Notice("", "clock", _("Paid, and being sent to the salon"))
    if order.state == OrderState.PENDING:
        return Notice(
            "warn",
            "clock",
            _("Paid, but the salon is not answering just now"),
            _(
                "We have your order, keep trying, and write to you either way. This page shows the news by"
                " itself; you can also close it."
            ),
        )
    if order.state == OrderState.REJECTED:
        return _say_refusal(order)
    if order.state == OrderState.FAILED:
        return Notice(
            "bad", "alert", _("We could not reach the salon"), _("Please call, or order again another day.")
        )
    return _say_status(order)


def _say_payment(payment: Payment, *, has_returned: bool) -> Notice:
    if payment.state == PaymentState.PROCESSING:
        return Notice(
            "",
            "clock",
            _("Your bank is working on it"),
            _("Some ways to pay take a few days. We write to you when it is through, or if it fails."),
        )
    if payment.problem:
        return Notice("bad", "alert", _("The payment did not work"), say_why(payment.problem))
    if payment.is_authorised or has_returned:
        return Notice(
            "",
            "clock",
            _("We are checking your payment"),
            _("It takes a few seconds. Please do not pay again."),
        )
    return Notice("warn", "card", _("Waiting for your payment"), _("Nothing is ordered before it is paid."))


def _say_refusal(order: Order) -> Notice:
    if order.reason == "OUT_OF_STOCK":
        return Notice(
            "bad",
            "alert",
            _("There was not enough left"),
            _("Somebody else was a moment faster. We are sorry."),
        )
    if order.reason == "PRICE_CHANGED":
        return Notice(
            "bad",
            "alert",
            _("A price changed before the salon had your order"),
            _("So we did not order it without asking you. You can order again at today’s price."),
        )
    return Notice("bad", "alert", _("The salon could not take it"), _("Please call, they will find a way."))


def _say_status(order: Order) -> Notice | None:
    return {
        Order.Status.READY.value: Notice(
            "good", "bag", _("Ready for you"), _("Come by whenever the salon is open.")
        ),
        Order.Status.SHIPPED.value: Notice("good", "bag", _("On its way to you")),
        Order.Status.COMPLETED.value: Notice("good", "check", _("Completed"), _("We hope you enjoy it.")),
    }.get(order.status)


def _say_money_back(order: Order, payment: Payment | None) -> list[Notice]:
    if payment is None:
        return []
    notices = [_say_refund(refund, payment) for refund in Refund.objects.filter(payment=payment)]
    if order.is_lost and not notices:
        notices = [_say_release(payment)] if payment.state != PaymentState.OPEN else []
    return notices


def _say_refund(refund: Refund, payment: Payment) -> Notice:
    amount = {"sum": words.say_money(refund.amount, payment.currency)}
    if refund.state == Refund.State.SUCCEEDED:
        return Notice(
            "good",
            "check",
            _("%(sum)s paid back") % amount,
            _("Banks take up to ten days to show it on your statement."),
        )
    if refund.state == Refund.State.FAILED:
        return Notice(
            "bad",
            "alert",
            _("%(sum)s could not be paid back yet") % amount,
            _("Your bank sent it back. Please call the salon; they will find another way."),
        )
    return Notice("", "clock", _("%(sum)s is on its way back to you") % amount)


def _say_release(payment: Payment) -> Notice:
    amount = {"sum": words.say_money(payment.amount, payment.currency)}
    if payment.state == PaymentState.RELEASED:
        return Notice(
            "good",
            "check",
            _("Nothing was charged"),
            _("If your bank shows %(sum)s as reserved, it is free again within a few days.") % amount,
        )
    return Notice("", "clock", _("%(sum)s is on its way back to you") % amount)


def find_order_payment(order: Order) -> Payment | None:
    return find_payment(purpose=PURPOSE, subject_id=order.pk)
