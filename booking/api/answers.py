"""Bookings as the contract's JSON, and what went wrong as its errors."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.models import UNSENT, AddOnLine, Booking, BookingState, Line
from booking.services import (
    AvailabilityUnknown,
    BookingNotChangeable,
    BookingProblem,
    BookingRefused,
    ClientMissing,
    DraftExpired,
    ExtensionsUsedUp,
    OpenSlot,
    PaymentNotPossible,
    PaymentRequired,
    PriceChanged,
    ServiceNotBookable,
    SlotTaken,
    UnknownService,
    amount_due,
    can_cancel,
    changeable_until,
    unpack_slots,
)
from booking.services.billing import payment_url
from booking.services.mails import manage_url
from booking.services.slots import free_of_past
from catalog.queries import CatalogUnavailable
from config.jsonapi import ApiError, validation_error

RETRY_AFTER_SECONDS = 10


def describe_draft(draft: Booking) -> dict[str, Any]:
    return {
        "id": draft.pk,
        "expiresAt": draft.expires_at,
        "startTime": draft.start_at,
        "endTime": draft.end_at,
        "staffId": draft.held_staff_id,
        "items": [describe_line(line) for line in draft.lines],
        "totalPrice": draft.total_price,
        # What has to be paid online, else what the salon asks for when one comes.
        "depositDue": amount_due(draft) or draft.deposit_due,
        "currency": draft.currency,
        "timezone": draft.timezone,
    }


def describe_booking(booking: Booking) -> dict[str, Any]:
    status = BookingState.PENDING if booking.state in UNSENT else booking.state
    until = changeable_until(booking) if can_cancel(booking, timezone.now()) else None
    described = {
        "token": booking.token,
        "status": status,
        "confirmationNumber": booking.confirmation_number or None,
        "startTime": booking.start_at,
        "endTime": booking.end_at,
        "staffId": booking.held_staff_id,
        "staffName": booking.staff_name or None,
        "items": [describe_line(line) for line in booking.lines],
        "totalPrice": booking.total_price,
        "currency": booking.currency,
        "timezone": booking.timezone,
        "manageUrl": manage_url(booking),
        "cancellableUntil": until,
    }
    if booking.state == BookingState.REJECTED:
        described["alternatives"] = describe_slots(free_of_past(unpack_slots(booking.alternatives)))
    return described


def describe_line(line: Line) -> dict[str, Any]:
    return {
        "serviceId": line.service_id,
        "name": line.name,
        "price": line.price,
        "duration": line.minutes,
        "addOns": [describe_add_on(add_on) for add_on in line.add_ons],
    }


def describe_add_on(add_on: AddOnLine) -> dict[str, Any]:
    return {"id": add_on.id, "name": add_on.name, "price": add_on.price, "duration": add_on.minutes}


def describe_slots(slots: Iterable[OpenSlot]) -> list[dict[str, Any]]:
    return [{"startTime": slot.start, "endTime": slot.end, "staffIds": slot.staff_ids} for slot in slots]


def answers_problems(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Turns this app's errors into the contract's. Goes inside `api_view` and `idempotent`."""

    @wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(*args, **kwargs)
        except (BookingProblem, CatalogUnavailable) as problem:
            raise to_api_error(problem) from problem

    return wrapped


def to_api_error(problem: Exception) -> ApiError:  # noqa: C901, PLR0911, PLR0912 (a table of cases)
    match problem:
        case SlotTaken():
            details = {"alternatives": describe_slots(problem.alternatives)}
            return ApiError(409, "SLOT_UNAVAILABLE", _("That time was just taken."), details=details)
        case PriceChanged():
            sums = {"totalPrice": problem.new, "previousTotal": problem.old}
            return ApiError(409, "PRICE_CHANGED", _("The price has changed."), details=sums)
        case PaymentRequired():
            address = {"checkoutUrl": payment_url(problem.payment)}
            return ApiError(402, "PAYMENT_REQUIRED", _("This has to be paid first."), details=address)
        case PaymentNotPossible():
            return ApiError(
                503,
                "UPSTREAM_UNAVAILABLE",
                _("Payments cannot be taken just now. Please try again in a moment."),
                retry_after=RETRY_AFTER_SECONDS,
            )
        case DraftExpired():
            return ApiError(
                410, "DRAFT_EXPIRED", _("We could not hold the time any longer. Please choose again.")
            )
        case ClientMissing():
            return validation_error({"client": _("Please say who is coming.")})
        case ExtensionsUsedUp():
            return validation_error({"extend": _("This time cannot be held any longer.")})
        case UnknownService():
            return validation_error({problem.field: _("The salon does not offer this any more.")})
        case ServiceNotBookable():
            return ApiError(422, "SERVICE_NOT_BOOKABLE", _("This cannot be booked online."))
        case BookingRefused():
            return ApiError(422, "VALIDATION_ERROR", _("The salon could not take this booking."))
        case BookingNotChangeable():
            return ApiError(
                409, "NOT_CHANGEABLE", _("This booking cannot be changed online any more. Please call.")
            )
        case AvailabilityUnknown():
            wait = problem.retry_after or RETRY_AFTER_SECONDS
            return _unavailable(wait)
        case _:
            return _unavailable(RETRY_AFTER_SECONDS)


def _unavailable(retry_after: int) -> ApiError:
    message = _("The salon’s calendar is not answering. Please try again in a moment.")
    return ApiError(503, "UPSTREAM_UNAVAILABLE", message, retry_after=retry_after)
