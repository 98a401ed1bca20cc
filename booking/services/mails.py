"""The e-mails of a booking: queued in the transaction of what they tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from booking import paywords
from booking.models import Booking, BookingAction
from booking.services import prepaying
from booking.services.calendar import build_calendar
from booking.services.places import Place, find_place
from booking.services.slots import OpenSlot, unpack_slots
from booking.words import (
    list_prices,
    say_long_moment,
    say_moment,
    say_zone,
)
from catalog.presenters.parts import Fact
from store.letters import Letter, Way, in_its_language, write_letter
from store.services import queue_email
from store.tenancy import current_store


@dataclass(frozen=True, slots=True)
class BookingLetter(Letter):
    """`method` is the calendar entry's, empty for none."""

    method: str = ""


def manage_url(booking: Booking) -> str:
    return _absolute(_path("booking", booking.token))


@in_its_language
def queue_confirmed(booking: Booking) -> None:
    when = say_long_moment(booking.start_at, booking.zone)
    text = _("We look forward to seeing you, %(name)s.") % {"name": booking.first_name}
    send(
        booking,
        BookingLetter(
            kind="confirmed",
            subject=_("Booked: %(when)s") % {"when": when},
            title=_("You’re booked"),
            paragraphs=(text, *_say_paid(booking), _("The attached entry puts it into your calendar.")),
            method="REQUEST",
            action=_manage(booking, _("Look, move or cancel")),
        ),
    )


@in_its_language
def queue_pending(booking: Booking) -> None:
    when = say_long_moment(booking.start_at, booking.zone)
    send(
        booking,
        BookingLetter(
            kind="pending",
            subject=_("Your request for %(when)s") % {"when": when},
            title=_("Your booking is on its way"),
            paragraphs=(
                _("We have your request. The salon’s calendar is not answering just now; we keep trying."),
                _("It is not confirmed yet. You get another e-mail as soon as it is, or if it cannot be."),
            ),
            action=_manage(booking, _("See how it stands")),
        ),
    )


@in_its_language
def queue_rejected(booking: Booking) -> None:
    options = list_options(booking)
    closing = _("These are free:") if options else _("Please choose another time.")
    if booking.reason == "PRICE_CHANGED":
        reason = _("The price changed before the salon could confirm it, so we did not book it without you.")
        options, closing = (), _("You can book it again at today’s price.")
    elif booking.reason == "SLOT_UNAVAILABLE":
        reason = _("Somebody else was given that time before the salon could confirm yours.")
    else:
        reason = _("The salon could not take this booking.")
    send(
        booking,
        BookingLetter(
            kind="rejected",
            subject=_("Not booked: %(when)s") % {"when": say_moment(booking.start_at, booking.zone)},
            title=_("That time did not work out"),
            paragraphs=(reason, _say_end(booking) or _("Nothing was charged."), closing),
            options=options,
            action=Way(_("Choose another time"), time_url(booking)),
        ),
    )


@in_its_language
def queue_failed(booking: Booking) -> None:
    title = _("We could not reach the salon")
    reason = _("We tried again and again, but the salon’s calendar did not answer.")
    if booking.reason == prepaying.PAYMENT_LOST:
        title = _("Your payment did not come through")
        reason = _("The hold on your card ended before the salon could confirm your visit.")
    send(
        booking,
        BookingLetter(
            kind="failed",
            subject=_("We could not confirm %(when)s") % {"when": say_moment(booking.start_at, booking.zone)},
            title=title,
            paragraphs=(
                reason,
                _say_end(booking) or _("Nothing was charged."),
                _("Please call, or book again: that also tells you at once whether the time is free."),
            ),
            action=Way(_("Choose a time"), time_url(booking)),
        ),
    )


@in_its_language
def queue_restored(booking: Booking) -> None:
    when = say_long_moment(booking.start_at, booking.zone)
    send(
        booking,
        BookingLetter(
            kind="restored",
            subject=_("Booked again: %(when)s") % {"when": when},
            title=_("Your booking is back"),
            paragraphs=(
                _("You took the cancellation back, and the time is yours again."),
                _("The attached entry puts it back into your calendar."),
            ),
            method="REQUEST",
            action=_manage(booking, _("Look, move or cancel")),
        ),
    )


@in_its_language
def queue_not_restored(booking: Booking) -> None:
    options = list_options(booking)
    closing = _("These are free:") if options else _("Please choose another time.")
    reason = (
        _("Somebody else was given that time meanwhile.")
        if booking.reason == "SLOT_UNAVAILABLE"
        else _("The salon could not take this booking.")
    )
    send(
        booking,
        BookingLetter(
            kind="not-restored",
            subject=_("Still canceled: %(when)s") % {"when": say_moment(booking.start_at, booking.zone)},
            title=_("Your booking stays canceled"),
            paragraphs=(reason, closing),
            options=options,
            action=Way(_("Choose another time"), time_url(booking)),
        ),
    )


@in_its_language
def queue_cancelled(booking: Booking) -> None:
    """By the client, or by the salon where nobody asked for it here."""
    if booking.cancel_asked_at:
        title = _("Your booking is canceled")
        text = _("We are sorry you cannot come. Another day, perhaps?")
    else:
        title = _("The salon canceled your booking")
        text = _("We are sorry about that. Please choose another time, or call us.")
    send(
        booking,
        BookingLetter(
            kind="cancelled",
            subject=_("Canceled: %(when)s") % {"when": say_moment(booking.start_at, booking.zone)},
            title=title,
            paragraphs=(text, *filter(None, [_say_end(booking)])),
            # Only what once was in somebody's calendar can be taken out of it.
            method="CANCEL" if booking.confirmation_number else "",
            action=Way(_("Choose another time"), time_url(booking)),
        ),
    )


@in_its_language
def queue_moved(booking: Booking, *, by_salon: bool, has_new_start: bool) -> None:
    """`has_new_start` False: as long as another visit, or with somebody else."""
    when = say_long_moment(booking.start_at, booking.zone)
    title, text = _("Your booking has moved"), _("The entry in your calendar changes with it.")
    if by_salon:
        title = _("The salon moved your booking") if has_new_start else _("The salon changed your booking")
        text = _(
            "This is how it stands now. If it does not suit you, move or cancel it with the link below,"
            " or call us."
        )
    send(
        booking,
        BookingLetter(
            kind="moved",
            subject=(_("Moved to %(when)s") if has_new_start else _("Changed: %(when)s")) % {"when": when},
            title=title,
            paragraphs=(text,),
            method="REQUEST",
            action=_manage(booking, _("Look, move or cancel")),
        ),
    )


@in_its_language
def queue_completed(booking: Booking) -> None:
    send(
        booking,
        BookingLetter(
            kind="completed",
            subject=_("Thank you for coming"),
            title=_("Thank you for coming"),
            paragraphs=(_("It was good to have you here. See you again soon?"),),
            action=Way(_("Book again"), time_url(booking)),
        ),
    )


@in_its_language
def queue_missed(booking: Booking) -> None:
    send(
        booking,
        BookingLetter(
            kind="no-show",
            subject=_("We missed you: %(when)s") % {"when": say_moment(booking.start_at, booking.zone)},
            title=_("We missed you"),
            paragraphs=(
                _("You had a visit with us and could not come. If something went wrong, please call us."),
            ),
            action=Way(_("Book again"), time_url(booking)),
        ),
    )


@in_its_language
def queue_reminder(booking: Booking, *, kind: str) -> None:
    """`kind` is "day" or "hours". Told once for each start, whatever happens to the booking in between."""
    when = say_long_moment(booking.start_at, booking.zone)
    place = find_place()
    name = {"name": booking.first_name}
    text = (
        _("Your visit is coming up, %(name)s. We look forward to seeing you.") % name
        if kind == "day"
        else _("It is almost time, %(name)s. See you soon!") % name
    )
    send(
        booking,
        BookingLetter(
            kind=f"reminder-{kind}",
            subject=_("Reminder: %(when)s") % {"when": when},
            title=_("See you soon"),
            paragraphs=(text,),
            options=(Way(_("Directions"), place.map_url),) if place.map_url else (),
            action=_manage(booking, _("Look, move or cancel")),
        ),
        number=f"{booking.start_at:%Y%m%dT%H%M%SZ}",
        useful_until=booking.start_at,
    )


@in_its_language
def queue_not_changed(booking: Booking, *, action: str) -> None:
    options = list_options(booking) if action == BookingAction.MOVE else ()
    title = _("Your booking stays as it was")
    reason = (
        _("The new time was not free any more, so your old one is still yours.")
        if action == BookingAction.MOVE
        else _("The salon could not cancel it. Please call, and they will sort it out.")
    )
    send(
        booking,
        BookingLetter(
            # The same fact cannot be told twice, and a booking may fail to move more than once.
            kind=f"not-changed-{booking.tries_of_key}",
            subject=_("Not changed: %(when)s") % {"when": say_moment(booking.start_at, booking.zone)},
            title=title,
            paragraphs=(reason, _("These are free:")) if options else (reason,),
            options=options,
            action=_manage(booking, _("See your booking")),
        ),
    )


def list_options(booking: Booking) -> tuple[Way, ...]:
    """Alternatives as links to the day's times: following a link books nothing."""
    return tuple(_option(booking, slot) for slot in unpack_slots(booking.alternatives))


def _option(booking: Booking, slot: OpenSlot) -> Way:
    day = slot.start.astimezone(booking.zone).date()
    return Way(say_moment(slot.start, booking.zone), time_url(booking, day=day.isoformat()))


def time_url(booking: Booking, *, day: str = "") -> str:
    """The page with free times for the same services."""
    query = [("service", str(line.service_id)) for line in booking.lines]
    query += [("add", str(add_on.id)) for line in booking.lines for add_on in line.add_ons]
    query += [("staff", str(booking.staff_id))] if booking.staff_id else []
    query += [("day", day)] if day else []
    return _absolute(f"{_path('book_time')}?{urlencode(query)}")


def fact_prefix(booking: Booking) -> str:
    return f"booking/{booking.pk}/"


def send(
    booking: Booking, letter: BookingLetter, *, number: str = "", useful_until: datetime | None = None
) -> None:
    """Queue it, once for each `number`: unless said the calendar entry's sequence, so once a change."""
    place = find_place()
    text, html = write_letter(letter, facts=list_facts(booking, place), place=place)
    calendar = None
    if letter.method:
        calendar = build_calendar(
            booking=booking,
            method=letter.method,
            place=place.one_line,
            salon_email=place.email or settings.DEFAULT_FROM_EMAIL,
            link=manage_url(booking),
        )
    queue_email(
        fact=f"{fact_prefix(booking)}{letter.kind}/{number or booking.calendar_sequence}",
        recipient=booking.email,
        subject=f"{letter.subject}, {current_store().name}",
        text=text,
        html=html,
        calendar=calendar,
        reply_to=place.email or None,
        useful_until=useful_until,
    )


def list_facts(booking: Booking, place: Place) -> Sequence[Fact]:
    when = _("%(when)s, %(zone)s") % {
        "when": say_long_moment(booking.start_at, booking.zone),
        "zone": say_zone(booking.zone),
    }
    facts = [Fact(_("When"), when), *list_prices(booking.lines, booking.currency)]
    if booking.staff_name:
        facts.append(Fact(_("With"), booking.staff_name))
    facts += paywords.list_facts(booking, prepaying.find_payment(booking))
    if place.one_line:
        facts.append(Fact(_("Where"), place.one_line))
    if booking.confirmation_number:
        facts.append(Fact(_("Number"), booking.confirmation_number))
    return facts


def _say_paid(booking: Booking) -> tuple[str, ...]:
    payment = prepaying.find_payment(booking)
    return (paywords.say_paid(booking, payment),) if payment and payment.is_authorised else ()


def _say_end(booking: Booking) -> str:
    return paywords.say_end(booking, prepaying.find_payment(booking))


def _manage(booking: Booking, text: str) -> Way:
    return Way(text, manage_url(booking))


def _path(name: str, *args: str) -> str:
    return reverse(name, args=args, urlconf=settings.STORE_URLCONF)  # a worker is on no store's host


def _absolute(path: str) -> str:
    return current_store().base_url + path
