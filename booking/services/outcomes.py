"""What came of telling Mango Biz: written under the lease, in one transaction with the e-mail about it.

Every function takes the booking as its worker leased it. A worker whose lease was lost writes nothing: the
row belongs to another one now, who will find the same answer by the same key.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import structlog
from django.db import transaction
from django.utils import timezone

from booking.models import UNSENT, Booking, BookingAction, BookingState
from booking.services import mails
from booking.services.availability import forget_slots
from booking.services.schedule import give_up_at, next_try
from booking.services.slots import OpenSlot, pack_slots
from catalog.schemas import Booking as UpstreamBooking

log = structlog.get_logger(__name__)

# After another price was named: time to decide, although sending used up some of the ten minutes.
TIME_TO_DECIDE = timedelta(minutes=5)


@contextmanager
def _mine(booking: Booking) -> Iterator[Booking | None]:
    """The row under lock, saved at the end; None where the lease is somebody else's."""
    with transaction.atomic():
        leased = Booking.objects.select_for_update().filter(pk=booking.pk, leased_until=booking.leased_until)
        row = leased.first()
        if row is None:
            log.info("booking_lease_lost", booking_id=str(booking.pk))
        yield row
        if row is not None:
            row.save()
    forget_slots()


def settle_confirmed(booking: Booking, upstream: UpstreamBooking) -> None:
    with _mine(booking) as row:
        if row is None:
            return
        record_upstream(row, upstream)
        row.state = BookingState(upstream.status)
        if row.state == BookingState.CANCELLED:  # the salon was faster than our look-up
            cancel_here(row)
        elif row.action == BookingAction.CANCEL:  # asked for while this was on its way
            _go_on(row)
        else:
            row.rest()
            mails.queue_confirmed(row)
    log.info("booking_confirmed", booking_id=str(booking.pk), upstream_id=str(upstream.id))


def settle_moved(booking: Booking, upstream: UpstreamBooking) -> None:
    with _mine(booking) as row:
        if row is None:
            return
        record_upstream(row, upstream)
        row.calendar_sequence += 1
        row.tries_of_key = 0
        if row.action == BookingAction.CANCEL:
            _go_on(row)
        else:
            row.want_nothing()
            row.rest()
            mails.queue_moved(row)
    log.info("booking_moved", booking_id=str(booking.pk))


def settle_cancelled(booking: Booking) -> None:
    with _mine(booking) as row:
        if row is not None:
            cancel_here(row)
    log.info("booking_cancelled", booking_id=str(booking.pk))


def cancel_here(row: Booking) -> None:
    """Cancelled, and told; the caller saves."""
    row.state, row.cancelled_at = BookingState.CANCELLED, timezone.now()
    row.calendar_sequence += 1
    row.want_nothing()
    row.rest()
    mails.queue_cancelled(row)


def settle_rejected(
    booking: Booking, *, reason: str, alternatives: tuple[OpenSlot, ...], is_client_here: bool
) -> None:
    """Mango Biz will not make it. The time is free again; whoever is not looking at the page gets a mail."""
    with _mine(booking) as row:
        if row is None:
            return
        if row.action == BookingAction.CANCEL:  # nobody wants it any more
            cancel_here(row)
            return
        row.state, row.reason = BookingState.REJECTED, reason[:40]
        row.alternatives = pack_slots(alternatives)
        row.want_nothing()
        row.rest()
        if not is_client_here:
            mails.queue_rejected(row)
    log.info("booking_rejected", booking_id=str(booking.pk), reason=reason)


def settle_price(booking: Booking, total: Decimal) -> None:
    """Back to a draft that asks whether the new total is all right, under a key not used before."""
    with _mine(booking) as row:
        if row is None:
            return
        row.state = BookingState.DRAFT
        row.total_price = row.quoted_total = total
        row.tries_of_key += 1
        row.expires_at = max(row.expires_at, timezone.now() + TIME_TO_DECIDE)
        row.rest()


def settle_not_changed(booking: Booking, *, alternatives: tuple[OpenSlot, ...], is_client_here: bool) -> None:
    """A move or cancellation was refused: the booking stays as it was."""
    with _mine(booking) as row:
        if row is None:
            return
        action = row.action
        row.alternatives = pack_slots(alternatives)
        row.want_nothing()
        if row.state in UNSENT:  # not cancelled, so it is still to be booked
            row.due_at, row.leased_until = timezone.now(), None
            return
        row.tries_of_key += 1
        row.rest()
        if not is_client_here:
            mails.queue_not_changed(row, action=action)
    log.info("booking_change_refused", booking_id=str(booking.pk), action=booking.action)


def postpone(booking: Booking, *, error: str, maybe_done: bool | None, retry_after: int) -> None:
    """Try again later. `maybe_done` None leaves what was known about the outcome as it is."""
    now = timezone.now()
    with _mine(booking) as row:
        if row is None:
            return
        if row.state == BookingState.SUBMITTING:
            row.state = BookingState.PENDING
            if row.action != BookingAction.CANCEL:
                mails.queue_pending(row)
        if maybe_done is not None:
            row.unknown_outcome = maybe_done
        row.last_error = error[:300]
        row.leased_until = None
        row.due_at = next_try(now, row.attempts, not_before_seconds=retry_after)
    log.warning("booking_postponed", booking_id=str(booking.pk), attempts=booking.attempts, error=error)


def give_up(booking: Booking) -> None:
    """72 hours, or the visit's own time, are over."""
    with _mine(booking) as row:
        if row is None:
            return
        action, error = row.action, row.last_error
        if row.state in UNSENT:
            row.state = BookingState.FAILED
            mails.queue_failed(row)
        else:
            mails.queue_not_changed(row, action=action)
        row.want_nothing()
        row.rest()
        row.last_error = error
    log.error("booking_given_up", booking_id=str(booking.pk), action=str(booking.action or "create"))


def settle_nothing(booking: Booking) -> None:
    with _mine(booking) as row:
        if row is not None:
            row.rest()


def record_upstream(row: Booking, upstream: UpstreamBooking) -> None:
    """Take over what Mango Biz has stored; the caller sets the state and saves."""
    row.upstream_id, row.version = upstream.id, upstream.version
    row.confirmation_number = upstream.confirmation_number
    row.set_time(upstream.start_time, upstream.end_time)
    if upstream.staff_id is not None:
        row.held_staff_id = upstream.staff_id
        row.staff_name = upstream.staff_name or row.staff_name
    row.total_price = upstream.total_price
    row.settled_at = timezone.now()


def _go_on(row: Booking) -> None:
    """This is done, and something else is wanted meanwhile: due at once."""
    now = timezone.now()
    action = row.action
    row.want_nothing()
    row.rest()
    row.action = action
    row.due_at, row.give_up_at = now, give_up_at(now, visit=row.start_at)
