"""A booking's own page as values: how it stands, how its money stands, what can still be done."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from booking import paywords, words
from booking.models import UNSENT, Booking, BookingAction, BookingState
from booking.notices import Notice
from booking.pages import say_policy
from booking.selection import selection_of
from booking.services import can_cancel, can_change, can_restore, changeable_until, find_payment, is_made
from booking.services import keeps_deposit as would_keep_deposit
from booking.services.calendar import google_calendar_url, outlook_calendar_url
from booking.services.mails import manage_url
from booking.services.places import Place, find_place
from booking.services.prepaying import PAYMENT_LOST
from store import formats


@dataclass(frozen=True, slots=True)
class Step:
    """A line of what happened so far."""

    text: str
    note: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class Money:
    """`paid` is "" where nothing is or was to be paid online; else what, with how it stands."""

    paid: str
    label: str
    status: str
    at_salon: str
    deposit: str  # of what is paid at the salon
    end: str  # what becomes of it where the visit will not be
    if_cancelled: str


def make_money(booking: Booking) -> Money:
    payment = find_payment(booking)
    will_be = booking.state not in paywords.NOT_TO_BE
    total = words.say_total(booking.total_price, booking.currency, is_from=booking.is_from)
    if payment is None or (will_be and not is_made(payment)):
        deposit = words.say_money(booking.deposit_due, booking.currency) if booking.deposit_due else ""
        return Money("", "", "", total, deposit, "", "")
    return Money(
        paid=paywords.say_amount(payment),
        label=paywords.say_label(booking, payment),
        status=paywords.say_status(booking, payment),
        at_salon=paywords.say_rest(booking, payment) if will_be else "",
        deposit="",
        end=paywords.say_end(booking, payment),
        if_cancelled=paywords.say_cancelling(payment, keeps=would_keep_deposit(booking, timezone.now())),
    )


@dataclass(frozen=True, slots=True)
class ManagePage:
    token: str
    state: str
    title: str
    lead: str
    status: str
    number: str
    day: str
    clock: str
    until: str
    zone: str
    who: str
    services: tuple[str, ...]
    place: Place
    money: Money
    policy: str
    wanted: str
    can_move: bool
    can_cancel: bool
    is_too_late: bool  # to move or cancel online; the salon can be called
    undo_until: str  # the time of day, empty where a cancellation cannot be taken back (any more)
    is_waiting: bool
    is_over: bool
    google_url: str
    outlook_url: str
    again_url: str
    notice: Notice | None
    trail: tuple[Step, ...]


def make_manage_page(booking: Booking) -> ManagePage:
    now, place, link = timezone.now(), find_place(), manage_url(booking)
    local = booking.local_start
    title, lead = _say_title(booking)
    money = make_money(booking)
    is_open = booking.is_open()
    return ManagePage(
        token=booking.token,
        state=booking.state,
        title=title,
        lead=f"{lead} {money.end}".strip(),
        status=str(
            booking.get_state_display() if booking.state not in UNSENT else BookingState.PENDING.label
        ),
        number=booking.confirmation_number,
        day=formats.format_day(local.date(), words.locale()),
        clock=words.say_clock(booking.start_at, booking.zone),
        until=words.say_clock(booking.end_at, booking.zone),
        zone=words.say_zone(booking.zone),
        who=booking.staff_name,
        services=tuple(fact.label for fact in words.list_prices(booking.lines, booking.currency)),
        place=place,
        money=money,
        policy=say_policy(booking) if booking.state == BookingState.CONFIRMED else "",
        wanted=words.say_moment(booking.wanted_start_at, booking.zone) if booking.wanted_start_at else "",
        can_move=can_change(booking, now),
        can_cancel=can_cancel(booking, now),
        is_too_late=_is_too_late(booking, now),
        undo_until=_say_undo(booking, now),
        is_waiting=booking.state in UNSENT or bool(booking.action),
        is_over=not is_open,
        google_url=google_calendar_url(booking, place=place.one_line, link=link) if is_open else "",
        outlook_url=outlook_calendar_url(booking, place=place.one_line, link=link) if is_open else "",
        again_url=selection_of(booking, keeps_draft=False).url("book_time", day=None),
        notice=_make_notice(booking),
        trail=tuple(_list_steps(booking)),
    )


def _is_too_late(booking: Booking, now: datetime) -> bool:
    """A visit to come that only the salon can still change."""
    is_settled = booking.state == BookingState.CONFIRMED and not booking.action
    return is_settled and changeable_until(booking) <= now < booking.start_at


def _say_undo(booking: Booking, now: datetime) -> str:
    until = booking.undo_until
    if until is None or booking.reason or not can_restore(booking, now):  # a reason: it was tried already
        return ""
    return words.say_clock(until, booking.zone)


def _say_title(booking: Booking) -> tuple[str, str]:
    weekday = formats.format_weekday(booking.local_start.weekday(), words.locale())
    name = {"day": weekday, "name": booking.first_name, "email": booking.email}
    match booking.state:
        case BookingState.CONFIRMED if booking.start_at > timezone.now():
            title = _("See you %(day)s, %(name)s.") % name
            return title, _("A confirmation is on its way to %(email)s.") % name
        case BookingState.SUBMITTING | BookingState.PENDING:
            title = _("Almost there, %(name)s.") % name
            return title, _("We will write to %(email)s as soon as the salon has it.") % name
        case _:
            return _say_end(booking)


def _say_end(booking: Booking) -> tuple[str, str]:
    """Title and lead of what will not be, or is over."""
    nothing = _("Nothing was booked and nothing was charged.")
    if booking.payment_id:  # what becomes of the money follows
        nothing = _("Nothing was booked.")
    if booking.reason == PAYMENT_LOST:
        return _("Your payment did not come through."), nothing
    if booking.state == BookingState.CANCELLED and booking.cancel_asked_at is None:
        return _("The salon canceled your booking."), _("Please choose another time, or call.")
    return {
        BookingState.REJECTED: (_("That time did not work out."), nothing),
        BookingState.FAILED: (_("We could not reach the salon."), nothing),
        BookingState.CANCELLED: (
            _("Your booking is canceled."),
            _("The time is free for somebody else now."),
        ),
        BookingState.COMPLETED: (_("Thank you for coming."), _("It was good to have you here.")),
        BookingState.NO_SHOW: (_("We missed you."), _("If something went wrong, please call us.")),
    }.get(BookingState(booking.state), (_("Your visit"), ""))


def _make_notice(booking: Booking) -> Notice | None:
    if booking.action == BookingAction.CANCEL:
        return Notice(
            "warn",
            "clock",
            _("Your cancellation is on its way to the salon"),
            _("Their calendar is not answering just now. We keep trying, and write to you when it is done."),
        )
    if booking.action == BookingAction.MOVE:
        return Notice(
            "warn",
            "clock",
            _("Your new time is on its way to the salon"),
            _("Their calendar is not answering just now. Your old time is yours until the new one is sure."),
        )
    if booking.state == BookingState.SUBMITTING and booking.payment_id:
        return Notice(
            "",
            "clock",
            _("Your payment is there; we are booking your visit now"),
            _("This page shows the news by itself."),
        )
    if booking.state in UNSENT:
        return Notice(
            "warn",
            "clock",
            _("Not confirmed yet"),
            _(
                "The salon’s calendar is not answering just now. We have your booking, keep trying, and write"
                " to you either way. This page shows the news by itself; you can also close it."
            ),
        )
    return None


def _list_steps(booking: Booking) -> Iterable[Step]:
    yield Step(_("Requested"), _say(booking.submitted_at, booking), is_done=True)
    if booking.confirmation_number:
        yield Step(_("Confirmed by the salon"), "", is_done=True)
    if booking.is_being_restored():
        yield Step(_("Canceled"), _say(booking.cancelled_at, booking), is_done=True)
    if booking.state in UNSENT:
        yield Step(_("Waiting for the salon"), "", is_done=False)
    if booking.action == BookingAction.MOVE and booking.wanted_start_at:
        when = words.say_moment(booking.wanted_start_at, booking.zone)
        yield Step(_("Move to %(when)s sent") % {"when": when}, _("Waiting for the salon"), is_done=False)
    if booking.action == BookingAction.CANCEL:
        yield Step(_("Cancellation sent"), _("Waiting for the salon"), is_done=False)
    if booking.state == BookingState.CANCELLED:
        yield Step(_("Canceled"), _say(booking.cancelled_at, booking), is_done=True)


def _say(moment: datetime | None, booking: Booking) -> str:
    return words.say_moment(moment, booking.zone) if moment else ""
