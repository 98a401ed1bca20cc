"""A booking made and cancelled again, to see that the whole way works before a client takes it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.models import Booking, BookingState
from booking.services import (
    AvailabilityUnknown,
    BookingProblem,
    Choice,
    PaymentNotPossible,
    PaymentRequired,
    Wish,
    cancel_booking,
    choose,
    confirm_booking,
    find_availability,
    open_draft,
)
from catalog.errors import CatalogUnavailable
from catalog.queries import get_catalog
from store import formats
from store.tenancy import current_store

log = structlog.get_logger(__name__)

LOOK_AHEAD_DAYS = 30


@dataclass(frozen=True, slots=True)
class Outcome:
    """Sentences of what went well, and the one that says what did not; empty when all did."""

    went_well: tuple[str, ...]
    problem: str = ""


class TrialFailed(Exception):
    """The way ends here. Its text is for the merchant."""


def make_trial_booking(*, email: str) -> Outcome:
    """Book a service that costs nothing in advance, far enough ahead to be cancelled, and cancel it.

    The e-mails go to `email`, to the salon's own address where that is empty.
    """
    went_well: list[str] = []
    try:
        _go(email, went_well)
    except TrialFailed as error:
        return Outcome(tuple(went_well), str(error))
    except CatalogUnavailable:
        return Outcome((), _("Connect Mango Biz first."))
    except AvailabilityUnknown:
        return Outcome(
            tuple(went_well), _("Mango Biz does not answer right now. Please try again in a minute.")
        )
    except (PaymentRequired, PaymentNotPossible):
        return Outcome(tuple(went_well), _("Every service asks for a deposit: a test would have to be paid."))
    except BookingProblem as error:
        log.warning("trial_booking_failed", store=current_store().slug, error=type(error).__name__)
        return Outcome(tuple(went_well), _("Mango Biz refused the booking. Please tell our support."))
    return Outcome(tuple(went_well))


def _go(email: str, went_well: list[str]) -> None:
    choice = _choose_service()
    start = _find_time(choice)
    went_well.append(_("Free times come from your calendar: %(when)s is one.") % {"when": _say(start)})
    booking = _book(choice, start, email)
    if booking.state != BookingState.CONFIRMED:
        cancel_booking(booking_id=booking.pk)
        raise TrialFailed(_("Mango Biz did not answer. The booking was called off; try again in a minute."))
    went_well.append(_("The booking stands in Mango Biz."))
    cancel_booking(booking_id=booking.pk)
    went_well.append(_("It was canceled again, and both e-mails are on their way to you."))


def _choose_service() -> Choice:
    bookable = [service for service in get_catalog().services if service.is_bookable_online]
    if not bookable:
        raise TrialFailed(_("No service can be booked online yet. Switch one on in Mango Biz."))
    service = min(bookable, key=lambda one: (one.deposit_amount > 0, one.duration))
    return choose(wishes=[Wish(service.id)], staff_id=None)


def _find_time(choice: Choice) -> datetime:
    """The first that can still be cancelled by the salon's own policy."""
    window = timedelta(hours=get_catalog().business.policies.cancellation_window_hours)
    earliest = timezone.now() + window + timedelta(hours=1)
    first = earliest.astimezone(choice.zone).date()
    found = find_availability(
        choice=choice, first=first, last=first + timedelta(days=LOOK_AHEAD_DAYS), search_ahead=False
    )
    start = next((slot.start for slot in found.slots if slot.start > earliest), None)
    if start is None:
        raise TrialFailed(_("No free time was found in the next weeks. Check opening hours and staff."))
    return start


def _book(choice: Choice, start: datetime, email: str) -> Booking:
    client = {
        "first_name": _("Test"),
        "last_name": _("Booking"),
        "email": email or get_catalog().business.contact.email,
        "phone": "",
        "notes": _("A test by the salon itself; it is canceled at once."),
    }
    draft = open_draft(choice=choice, start=start, client=client)
    return confirm_booking(draft_id=draft.pk)


def _say(moment: datetime) -> str:
    return formats.format_moment(moment.astimezone(get_catalog().zone), current_store().locale)
