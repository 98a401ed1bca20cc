"""Telling Mango Biz: the outbox of new bookings, moves and cancellations.

Whoever delivers holds the row's lease. Nothing but the call to Mango Biz happens outside a transaction, and
nothing inside one waits for Mango Biz. Which rows are due, and when, is `sweeping`'s.
"""

from collections.abc import Callable
from datetime import datetime
from enum import Enum, auto
from uuid import UUID

import structlog
from django.utils import timezone

from booking.models import UNSENT, Booking, BookingAction
from booking.services import outcomes, prepaying
from booking.services.availability import find_alternatives, free_alternatives
from booking.services.errors import BookingProblem, BookingRefused, ServiceNotBookable, SlotTaken
from booking.services.menu import choice_of
from booking.services.money import read_money
from booking.services.slots import OpenSlot, unpack_slots
from catalog.client import MangoBizClient, UpstreamChanged, UpstreamRejected, UpstreamUnavailable
from catalog.errors import NotAsked
from catalog.queries import catalog_at_hand
from catalog.schemas import Booking as UpstreamBooking
from catalog.services import mango_biz

log = structlog.get_logger(__name__)

SLOT_UNAVAILABLE = "SLOT_UNAVAILABLE"
SERVICE_NOT_BOOKABLE = "SERVICE_NOT_BOOKABLE"
NOT_FOUND = "NOT_FOUND"
PRICE_CHANGED = "PRICE_CHANGED"
# Refusals that stay refusals whatever we do. Any other one (a key that was revoked, a code that is new) is
# for a person to repair, and the booking waits as if Mango Biz were away.
FINAL_REFUSALS = frozenset(
    {SLOT_UNAVAILABLE, SERVICE_NOT_BOOKABLE, "VALIDATION_ERROR", "INVALID_REQUEST", NOT_FOUND}
)


class Try(Enum):
    """What came of one try, as far as the other rows of the store are concerned."""

    ANSWERED = auto()  # whatever the answer was
    SILENT = auto()
    NOT_ASKED = auto()  # Mango Biz failed just now and is left alone
    NOT_NEEDED = auto()


@catalog_at_hand()  # e-mails are written inside the transaction that settles
def deliver(booking: Booking, *, is_client_here: bool) -> Try:
    """One try, under a lease that the caller took. Whatever Mango Biz does, the outcome is in the row.

    `is_client_here`: the first try, inside the client's own request; what is wrong is shown, not mailed.
    """
    if not is_client_here and booking.give_up_at and booking.give_up_at <= timezone.now():
        outcomes.give_up(booking)
    elif booking.action == BookingAction.CANCEL:
        return _attempt(booking, _cancel, is_client_here=is_client_here)
    elif booking.state in UNSENT:
        return _attempt(booking, _create, is_client_here=is_client_here)
    elif booking.action == BookingAction.MOVE:
        return _attempt(booking, _move, is_client_here=is_client_here)
    else:  # settled by somebody else since it became due
        outcomes.settle_nothing(booking)
    return Try.NOT_NEEDED


def _attempt(booking: Booking, send: Callable[..., None], *, is_client_here: bool) -> Try:
    try:
        send(booking, mango_biz(), is_client_here=is_client_here)
    except _LookUpFailed as failure:
        # The outcome of looking a booking up says nothing about whether it was made.
        return _postpone(booking, failure.cause, maybe_done=None)
    except (UpstreamUnavailable, UpstreamChanged) as error:
        return _postpone(booking, error, maybe_done=getattr(error, "maybe_done", True))
    except UpstreamRejected as error:
        _refused(booking, error, is_client_here=is_client_here)
    return Try.ANSWERED


def _postpone(
    booking: Booking, error: UpstreamUnavailable | UpstreamChanged, *, maybe_done: bool | None
) -> Try:
    was_asked = not isinstance(error, NotAsked)
    if isinstance(error, UpstreamChanged):  # it answered, in words we do not know: it may be done
        log.error("booking_answer_not_understood", booking_id=str(booking.pk), error=str(error))
    outcomes.postpone(
        booking,
        error=str(error),
        maybe_done=maybe_done,
        retry_after=int(getattr(error, "retry_after", 0) or 0),
        was_asked=was_asked,
    )
    return Try.SILENT if was_asked else Try.NOT_ASKED


class _LookUpFailed(Exception):
    def __init__(self, cause: UpstreamUnavailable | UpstreamChanged) -> None:
        super().__init__(str(cause))
        self.cause = cause


def _create(booking: Booking, client: MangoBizClient, *, is_client_here: bool) -> None:
    made = _find_kept(booking, client)
    if made is None and booking.unknown_outcome and not is_client_here:
        made = _look_up(booking, client)
    if made is None:
        if prepaying.has_lost_payment(booking):
            outcomes.settle_unpaid(booking)
            return
        _note_in_doubt(booking)
        made = _send(booking, client)
    outcomes.settle_confirmed(booking, made)


def _note_in_doubt(booking: Booking) -> None:
    """From here on, until an answer, it may be done, even if this process dies."""
    Booking.objects.filter(pk=booking.pk, leased_until=booking.leased_until).update(unknown_outcome=True)


def _find_kept(booking: Booking, client: MangoBizClient) -> UpstreamBooking | None:
    """The appointment a booking on its way back had before, where its cancellation never was carried out."""
    if not booking.is_being_restored() or booking.upstream_id is None:
        return None
    try:
        kept = client.get_booking(booking.upstream_id)
    except (UpstreamUnavailable, UpstreamChanged) as error:
        raise _LookUpFailed(error) from error
    except UpstreamRejected as error:
        if error.code != NOT_FOUND:
            raise
        return None
    return None if kept.status == "cancelled" else kept


def _send(booking: Booking, client: MangoBizClient) -> UpstreamBooking:
    payment = prepaying.find_payment(booking)
    is_paid = payment is not None and payment.is_authorised
    return client.create_booking(
        idempotency_key=booking.upstream_key,
        start=booking.start_at,
        staff_id=booking.held_staff_id,
        items=[(line.service_id, [add_on.id for add_on in line.add_ons]) for line in booking.lines],
        first_name=booking.first_name,
        last_name=booking.last_name,
        email=booking.email,
        phone=booking.phone or "",
        language=booking.language,
        notes=booking.notes or "",
        expected_total=booking.total_price,
        deposit_paid=payment.amount if payment and is_paid else None,
        payment_reference=payment.intent_id if payment and is_paid else "",
    )


def _look_up(booking: Booking, client: MangoBizClient) -> UpstreamBooking | None:
    try:
        return client.find_booking_by_key(booking.upstream_key)
    except (UpstreamUnavailable, UpstreamChanged) as error:
        raise _LookUpFailed(error) from error


def _move(booking: Booking, client: MangoBizClient, *, is_client_here: bool) -> None:
    assert booking.upstream_id is not None and booking.wanted_start_at is not None  # noqa: S101, PT018
    moved = client.move_booking(
        booking.upstream_id,
        start=booking.wanted_start_at,
        staff_id=booking.wanted_staff_id,
        idempotency_key=booking.move_key,
    )
    outcomes.settle_moved(booking, moved)


def _cancel(booking: Booking, client: MangoBizClient, *, is_client_here: bool) -> None:
    ids = [booking.upstream_id] if booking.upstream_id else []
    if booking.state in UNSENT and (made := _look_up(booking, client)):  # sent once, never answered
        ids.append(made.id)
    answer = None
    _note_in_doubt(booking)
    for upstream_id in ids:
        try:
            answer = client.cancel_booking(upstream_id)
        except UpstreamRejected as error:
            if error.code != NOT_FOUND:
                raise
    outcomes.settle_cancelled(booking, answer)


def _refused(booking: Booking, error: UpstreamRejected, *, is_client_here: bool) -> None:
    is_new = booking.state in UNSENT and booking.action != BookingAction.CANCEL
    if (
        is_new
        and error.code == PRICE_CHANGED
        and is_client_here
        and not booking.is_being_restored()  # that is no draft which could ask
        and booking.payment_id is None  # nor is what was paid for
        and (total := read_money(error.details.get("totalPrice"))) is not None
    ):
        outcomes.settle_price(booking, total)
    elif is_new and error.code in FINAL_REFUSALS | {PRICE_CHANGED}:
        outcomes.settle_rejected(
            booking,
            reason=error.code,
            alternatives=find_others(booking, error),
            is_client_here=is_client_here,
        )
    elif error.code in FINAL_REFUSALS:
        outcomes.settle_not_changed(
            booking, alternatives=find_others(booking, error), is_client_here=is_client_here
        )
    else:
        log.error("booking_refused_oddly", booking_id=str(booking.pk), code=error.code)
        outcomes.postpone(booking, error=error.code, maybe_done=None, retry_after=0)


def problem_of(booking: Booking) -> BookingProblem:
    """Why a rejected booking came to nothing, for whoever asks again."""
    if booking.reason == SLOT_UNAVAILABLE:
        return SlotTaken(free_alternatives(unpack_slots(booking.alternatives)))
    if booking.reason == SERVICE_NOT_BOOKABLE:
        return ServiceNotBookable(booking.reason)
    return BookingRefused(booking.reason)


def find_others(booking: Booking, error: UpstreamRejected) -> tuple[OpenSlot, ...]:
    """What to offer instead. Mango Biz was asked for one person; whoever would take anybody gets more."""
    if error.code == SLOT_UNAVAILABLE and booking.staff_id is None:
        around = booking.wanted_start_at or booking.start_at
        ignore = booking.pk if booking.action else None
        found = find_alternatives(choice=choice_of(booking), around=around, ignore=ignore, is_fresh=True)
        if found:
            return found
    return read_alternatives(error)


def read_alternatives(error: UpstreamRejected) -> tuple[OpenSlot, ...]:
    """Mango Biz's `details.alternatives`, as far as they are slots: no schema says what details hold."""
    slots = []
    for row in error.details.get("alternatives") or ():
        try:
            slots.append(
                OpenSlot(
                    datetime.fromisoformat(row["startTime"]),
                    datetime.fromisoformat(row["endTime"]),
                    tuple(UUID(staff_id) for staff_id in row["staffIds"]),
                )
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
    return tuple(slots)
