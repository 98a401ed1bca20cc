"""What was paid, in words: pages and e-mails say alike how the money of a booking stands."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from booking import words
from booking.models import Booking, BookingState
from booking.services import prepaying
from catalog.presenters.parts import Fact
from payments.models import Payment, PaymentState, Refund

NOT_MADE = frozenset({BookingState.REJECTED, BookingState.FAILED})
NOT_TO_BE = NOT_MADE | {BookingState.CANCELLED}


@dataclass(frozen=True, slots=True)
class Due:
    """What is paid online when booking."""

    amount: str
    rest: str  # paid at the salon; "" where nothing is left


def make_due(*, total: Decimal, deposit: Decimal, currency: str, is_from: bool) -> Due | None:
    amount = prepaying.find_amount(total=total, deposit=deposit, currency=currency)
    if not amount:
        return None
    rest = total - amount
    said = words.say_total(rest, currency, is_from=is_from) if rest > 0 else ""
    return Due(words.say_money(amount, currency), said)


def say_amount(payment: Payment) -> str:
    return words.say_money(payment.amount, payment.currency)


def say_rest(booking: Booking, payment: Payment) -> str:
    """What is left to be paid at the salon; "" for nothing."""
    rest = booking.total_price - payment.amount
    if rest <= 0:
        return ""
    return words.say_total(rest, booking.currency, is_from=booking.is_from)


def is_deposit(booking: Booking, payment: Payment) -> bool:
    return payment.amount < booking.total_price


def say_label(booking: Booking, payment: Payment) -> str:
    return _("Deposit") if is_deposit(booking, payment) else _("Paid online")


def goes_back(booking: Booking) -> bool:
    """Whether what was paid for it is given back, as it stands now."""
    if booking.state == BookingState.CANCELLED:
        return booking.cancel_asked_at is None or not booking.keeps_deposit
    return booking.state in NOT_MADE


def say_paid(booking: Booking, payment: Payment) -> str:
    """A sentence for whoever has a booking."""
    said = {"amount": say_amount(payment), "rest": say_rest(booking, payment)}
    if said["rest"]:
        return _("Your deposit of %(amount)s is paid. The rest, %(rest)s, is due at the salon.") % said
    return _("Your visit is paid: %(amount)s.") % said


def say_end(booking: Booking, payment: Payment | None) -> str:
    """What becomes of the money where the visit will not be; "" where that is nothing to speak of."""
    if payment is None or payment.state == PaymentState.OPEN or booking.state not in NOT_TO_BE:
        return ""
    said = {"amount": say_amount(payment)}
    if payment.state == PaymentState.RELEASED:
        return _("Nothing was charged.")
    if not goes_back(booking):
        return _("The salon keeps the %(amount)s you paid, as its rules say.") % said
    if payment.state == PaymentState.TAKEN:
        return (
            _("The %(amount)s you paid goes back to you the same way. It can take five to ten days.") % said
        )
    return _("The %(amount)s held on your card is not charged; your bank frees it within a few days.") % said


def say_status(booking: Booking, payment: Payment) -> str:
    """How the money stands, in a few words."""
    if payment.is_authorised:
        if returned := _say_returned(payment):
            return returned
        if goes_back(booking):
            return _("goes back to you")
    return {
        PaymentState.TAKEN: _("paid"),
        PaymentState.HELD: _("held on your card until the salon has confirmed your visit"),
        PaymentState.PROCESSING: _("on its way"),
    }.get(PaymentState(payment.state), _("not charged"))


def _say_returned(payment: Payment) -> str:
    """What was given back of it, or is about to be; "" for nothing."""
    if payment.amount_taken and payment.amount_left <= 0:
        return _("given back")
    refunds = {refund.state for refund in Refund.objects.filter(payment=payment)}
    if refunds & {Refund.State.WANTED, Refund.State.PENDING}:
        return _("on its way back to you")
    if Refund.State.FAILED in refunds:
        return _("giving it back failed; please call the salon")
    if payment.amount_refunded:
        amount = words.say_money(payment.amount_refunded, payment.currency)
        return _("paid; %(amount)s of it given back") % {"amount": amount}
    return ""


def list_facts(booking: Booking, payment: Payment | None) -> list[Fact]:
    """The sums of a booking, for its e-mails."""
    total = words.say_total(booking.total_price, booking.currency, is_from=booking.is_from)
    if payment is None or not payment.is_authorised:
        facts = [Fact(_("Total, paid at the salon"), total)]
        if booking.deposit_due:
            deposit = words.say_money(booking.deposit_due, booking.currency)
            facts.append(Fact(_("Of it a deposit, paid at the salon"), deposit))
        return facts
    facts = [Fact(_("Total"), total)]
    if goes_back(booking):
        return facts
    facts.append(Fact(_("Paid online"), say_amount(payment)))
    if rest := say_rest(booking, payment):
        facts.append(Fact(_("The rest, paid at the salon"), rest))
    return facts


def say_rule(*, until: datetime, booking: Booking, gives_back: bool, now: datetime) -> str:
    """What becomes of the money if the client cancels, before there is any."""
    if not gives_back:
        return _("If you cancel, the salon keeps what you paid. If the salon cancels, it comes back to you.")
    if until <= now:
        return _(
            "It is too late to get back what you paid by canceling. If the salon cancels, it comes back."
        )
    return _(
        "Cancel until %(when)s, and what you paid comes back to you. After that, the salon keeps it."
    ) % {"when": words.say_moment(until, booking.zone)}


def say_cancelling(payment: Payment, *, keeps: bool) -> str:
    """The same, for whoever is about to cancel."""
    said = {"amount": say_amount(payment)}
    if keeps:
        return _("The salon keeps the %(amount)s you paid.") % said
    if payment.state == PaymentState.TAKEN:
        return _("The %(amount)s you paid comes back to you. It can take five to ten days.") % said
    return _("The %(amount)s held on your card is not charged.") % said
