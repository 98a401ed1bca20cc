"""What clients are told about their orders, as queued e-mails: one fact each."""

from django.utils.translation import gettext as _

from catalog.places import find_place
from catalog.presenters.parts import Fact
from catalog.queries import CatalogUnavailable, get_catalog
from payments import words
from payments.addresses import write_address
from payments.models import Order
from store.letters import Letter, Way, in_its_language, store_url, write_letter
from store.services import queue_email
from store.tenancy import current_store


@in_its_language
def queue_placed(order: Order) -> None:
    """The salon has it."""
    arrival = (
        _("We write to you again when it is ready to be picked up.")
        if order.method == Order.Method.PICKUP
        else _("We write to you again when it is on its way.")
    )
    _send(
        order,
        Letter(
            kind="placed",
            subject=_("Your order %(number)s") % {"number": order.order_number},
            title=_("Thank you for your order"),
            paragraphs=(_("We have it, %(name)s.") % {"name": order.first_name}, arrival),
            action=_look(order),
        ),
    )


@in_its_language
def queue_pending(order: Order) -> None:
    """Paid, and waiting for the salon."""
    _send(
        order,
        Letter(
            kind="pending",
            subject=_("Your order is on its way to the salon"),
            title=_("Your order is on its way to the salon"),
            paragraphs=(
                _("We have your order and your payment. The salon does not answer just now; we keep trying."),
                _("You get another e-mail as soon as they have it. If they cannot take it, you pay nothing."),
            ),
            action=_look(order),
        ),
    )


@in_its_language
def queue_rejected(order: Order) -> None:
    """The salon cannot fulfil it: the money goes back."""
    reason = {
        "OUT_OF_STOCK": _("There was not enough left when your order came."),
        "PRICE_CHANGED": _("A price changed before the salon had your order."),
    }.get(order.reason, _("The salon could not take your order."))
    missing = ", ".join(line.name for line in order.lines if str(line.product_id) in order.missing)
    lacking = (_("Not enough of: %(names)s") % {"names": missing},) if missing else ()
    _send(
        order,
        Letter(
            kind="rejected",
            subject=_("Your order could not be taken"),
            title=_("We are sorry, that did not work out"),
            paragraphs=(reason, *lacking, _say_money_back()),
            action=Way(_("Back to the shop"), store_url("shop")),
        ),
    )


@in_its_language
def queue_failed(order: Order) -> None:
    """It never reached the salon: the money goes back."""
    reason = {
        "PAYMENT_LOST": _("The payment for it did not come through in the end."),
        "REPLACED": _("You paid for another order from the same cart a moment before. That one counts."),
    }.get(order.reason, _("We tried for days, but the salon did not answer."))
    _send(
        order,
        Letter(
            kind="failed",
            subject=_("Your order could not be placed"),
            title=_("Your order did not reach the salon"),
            paragraphs=(reason, _say_money_back(), _("Please call, or order again.")),
            action=Way(_("Back to the shop"), store_url("shop")),
        ),
    )


@in_its_language
def queue_status(order: Order) -> None:
    """Ready, shipped with its link, completed, canceled, refunded; that it is prepared is no news."""
    letter = _write_status(order)
    if letter is not None:
        _send(order, letter)


def _write_status(order: Order) -> Letter | None:
    number = {"number": order.order_number}
    parcel = words.find_tracking(order)
    tracking = (Way(_("Follow the parcel"), parcel),) if parcel else ()
    said: dict[str, tuple[str, str, str]] = {
        Order.Status.READY: (
            _("Ready for you: %(number)s"),
            _("Your order is ready"),
            _("Come by whenever the salon is open."),
        ),
        Order.Status.SHIPPED: (
            _("On its way: %(number)s"),
            _("Your order is on its way"),
            _("It left the salon."),
        ),
        Order.Status.COMPLETED: (
            _("Completed: %(number)s"),
            _("Your order is complete"),
            _("We hope you enjoy it. See you again soon?"),
        ),
        Order.Status.CANCELLED: (
            _("Canceled: %(number)s"),
            _("The salon canceled your order"),
            _say_money_back(),
        ),
        Order.Status.REFUNDED: (
            _("Refunded: %(number)s"),
            _("Your order was refunded"),
            _("Banks take up to ten days to show it on your statement."),
        ),
    }
    if order.status not in said:
        return None
    subject, title, text = said[order.status]
    options = tracking if order.status == Order.Status.SHIPPED else ()
    return Letter(
        kind=order.status,
        subject=subject % number,
        title=title,
        paragraphs=(text,),
        action=_look(order),
        options=options,
    )


def _say_money_back() -> str:
    return _("You pay nothing for it: what was reserved or charged goes back to you.")


def _look(order: Order) -> Way:
    return Way(_("See your order"), store_url("order", order.token))


def _send(order: Order, letter: Letter) -> None:
    place = find_place()
    rows, facts = _list_rows(order), _list_facts(order)
    text, html = write_letter(letter, template="order", rows=rows, facts=facts, place=place)
    queue_email(
        fact=f"order/{order.pk}/{letter.kind}",
        recipient=order.email,
        subject=f"{letter.subject}, {current_store().name}",
        text=text,
        html=html,
        reply_to=place.email or None,
    )


def _list_rows(order: Order) -> list[Fact]:
    """The receipt: lines, sums, the total last."""
    rows = [
        Fact(f"{line.quantity} × {line.name}", words.say_money(line.total, order.currency))
        for line in order.lines
    ]
    rows += [Fact(*row) for row in words.list_sums(words.totals_of(order), order.method)]
    return [*rows, Fact(_("Total"), words.say_money(order.total, order.currency))]


def _list_facts(order: Order) -> list[Fact]:
    facts = [Fact(_("Number"), order.order_number)] if order.order_number else []
    address = order.get_address()
    if order.method == Order.Method.SHIPPING and address:
        name = f"{order.first_name} {order.last_name}"
        lines = write_address(address, name=name, home=_find_home(), locale=order.language)
        return [*facts, Fact(_("Shipped to"), ", ".join(lines))]
    place = find_place().one_line
    return [*facts, Fact(_("Pick up at"), place)] if place else facts


def _find_home() -> str:
    try:
        return get_catalog().business.address.country
    except CatalogUnavailable:
        return ""
