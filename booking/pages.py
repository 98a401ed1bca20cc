"""The other pages of booking as values: choosing, reviewing, managing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from booking import words
from booking.models import UNSENT, Booking, BookingAction, BookingState
from booking.notices import Notice
from booking.selection import Selection, selection_of
from booking.services import can_cancel, can_change, can_restore, changeable_until
from booking.services.calendar import google_calendar_url, outlook_calendar_url
from booking.services.mails import manage_url
from booking.services.menu import find_services, staff_for
from booking.services.places import Place, find_place
from booking.timepage import Summary
from catalog.presenters.parts import Picture, make_picture, to_text
from catalog.queries import get_catalog
from catalog.schemas import Service
from store import formats
from store.names import short_name


@dataclass(frozen=True, slots=True)
class AddOnChoice:
    id: UUID
    name: str
    price: str
    note: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class ServiceChoice:
    id: UUID
    name: str
    price: str
    note: str
    is_chosen: bool
    add_ons: tuple[AddOnChoice, ...]


@dataclass(frozen=True, slots=True)
class ServiceGroup:
    name: str
    services: tuple[ServiceChoice, ...]


@dataclass(frozen=True, slots=True)
class PersonChoice:
    id: UUID
    name: str
    title: str
    picture: Picture | None
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Hold:
    until: str
    until_iso: str
    can_extend: bool


@dataclass(frozen=True, slots=True)
class DraftPage:
    """A draft's details and review."""

    id: UUID
    start_iso: str
    when: str
    until: str
    zone: str
    day: str
    clock: str
    who: str
    first_name: str
    summary: Summary
    total_value: str  # what the form sends back as the total that was seen
    hold: Hold
    change_url: str
    again_url: str
    policy: str
    name: str
    email: str
    phone: str
    notes: str


def list_groups(selection: Selection) -> tuple[ServiceGroup, ...]:
    """What can be booked online, by category; with a person chosen, what that person does."""
    catalog = get_catalog()
    groups: dict[str, list[ServiceChoice]] = {}
    for service in catalog.services:
        people = {person.id for person in catalog.staff_for(service)}
        if service.is_bookable_online and (selection.staff_id is None or selection.staff_id in people):
            row = _make_service(service, catalog.business.currency, selection)
            groups.setdefault(to_text(service.category), []).append(row)
    return tuple(ServiceGroup(name, tuple(rows)) for name, rows in groups.items())


def _make_service(service: Service, currency: str, selection: Selection) -> ServiceChoice:
    price = words.say_money(service.price, currency)
    return ServiceChoice(
        id=service.id,
        name=to_text(service.name),
        price=_("from %(price)s") % {"price": price} if service.price_from else price,
        note=formats.format_minutes(service.duration),
        is_chosen=service.id in selection.service_ids,
        add_ons=tuple(
            AddOnChoice(
                add_on.id,
                to_text(add_on.name),
                words.say_money(add_on.price, currency),
                _("%(length)s more") % {"length": formats.format_minutes(add_on.duration)}
                if add_on.duration
                else "",
                add_on.id in selection.add_on_ids,
            )
            for add_on in service.add_ons
        ),
    )


def list_people(selection: Selection) -> tuple[PersonChoice, ...]:
    return tuple(
        PersonChoice(
            person.id,
            to_text(person.name),
            to_text(person.title),
            make_picture(person.photo, width=96, shape=(960, 1200)),
            person.id == selection.staff_id,
        )
        for person in staff_for(find_services(selection.service_ids))
    )


def make_draft_page(draft: Booking) -> DraftPage:
    local, now = draft.local_start, timezone.now()
    return DraftPage(
        id=draft.pk,
        start_iso=draft.start_at.isoformat(),
        when=words.say_moment(draft.start_at, draft.zone),
        until=words.say_clock(draft.end_at, draft.zone),
        zone=words.say_zone(draft.zone),
        day=formats.format_weekday(local.weekday(), words.locale()),
        clock=words.say_clock(draft.start_at, draft.zone),
        who=draft.staff_name,
        first_name=short_name(draft.staff_name),
        summary=summarize(draft),
        total_value=str(draft.total_price),
        hold=Hold(
            words.say_clock(draft.expires_at, draft.zone), draft.expires_at.isoformat(), draft.can_extend(now)
        ),
        change_url=selection_of(draft, keeps_draft=True).url("book_time"),
        again_url=selection_of(draft, keeps_draft=True).url("book_time", day=None),
        policy=say_policy(draft),
        name=f"{draft.first_name or ''} {draft.last_name or ''}".strip(),
        email=draft.email or "",
        phone=formats.format_phone(draft.phone, get_catalog().business.address.country)
        if draft.phone
        else "",
        notes=draft.notes or "",
    )


def summarize(booking: Booking) -> Summary:
    minutes = int((booking.end_at - booking.start_at).total_seconds() // 60)
    return Summary(
        rows=words.list_prices(booking.lines, booking.currency),
        length=formats.format_minutes(minutes),
        total=words.say_money(booking.total_price, booking.currency),
        is_from=booking.is_from,
        deposit=words.say_money(booking.deposit_due, booking.currency) if booking.deposit_due else "",
    )


def say_policy(booking: Booking) -> str:
    """What the salon's window means for this visit, as a sentence."""
    until = changeable_until(booking)
    if until <= timezone.now():
        return _("It is too late to move or cancel this visit online. Please call if you must.")
    return _("You can move or cancel online until %(when)s.") % {
        "when": words.say_moment(until, booking.zone)
    }


@dataclass(frozen=True, slots=True)
class Step:
    """A line of what happened so far."""

    text: str
    note: str
    is_done: bool


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
    total: str
    deposit: str
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
    is_open = booking.is_open()
    return ManagePage(
        token=booking.token,
        state=booking.state,
        title=title,
        lead=lead,
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
        total=words.say_total(booking.total_price, booking.currency, is_from=booking.is_from),
        deposit=words.say_money(booking.deposit_due, booking.currency) if booking.deposit_due else "",
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
