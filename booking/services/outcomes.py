"""What came of telling Mango Biz: written under the lease, in one transaction with the e-mail about it.

Every function takes the booking as its worker leased it. A worker whose lease was lost writes nothing: the
row belongs to another one now, who will find the same answer by the same key.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from django.db import transaction
from django.utils import timezone

from analytics.models import Alert
from analytics.services import raise_alert
from booking.models import UNSENT, Booking, BookingAction, BookingState
from booking.services import mails, prepaying, reminders
from booking.services.availability import forget_slots
from booking.services.news import cancel_here, go_on, is_older, ring_deliverers, take_over
from booking.services.schedule import leave_alone_until, next_try, scout_by
from booking.services.slots import OpenSlot, pack_slots
from catalog.schemas import Booking as UpstreamBooking
from store.tenancy import current_store

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
        was = row.state if row else ""
        yield row
        if row is not None:
            row.save()
            if row.state != was:
                prepaying.nudge_payment(row)
    forget_slots()


def settle_confirmed(booking: Booking, upstream: UpstreamBooking) -> None:
    with _mine(booking) as row:
        if row is not None:
            take_over(row, upstream)
    log.info("booking_confirmed", booking_id=str(booking.pk), upstream_id=str(upstream.id))


def settle_moved(booking: Booking, upstream: UpstreamBooking) -> None:
    with _mine(booking) as row:
        if row is None:
            return
        # Where it is older, a webhook was faster: the salon moved it once more.
        if not is_older(row, upstream):
            take_over(row, upstream)
        if row.action == BookingAction.CANCEL:
            go_on(row)
        elif row.state == BookingState.CONFIRMED:
            row.want_nothing()
            row.rest()
    log.info("booking_moved", booking_id=str(booking.pk))


def settle_cancelled(booking: Booking, upstream: UpstreamBooking | None) -> None:
    """`upstream` None: Mango Biz does not have it, or has it no more."""
    with _mine(booking) as row:
        if row is None:
            return
        if upstream is None:
            cancel_here(row)
        elif not is_older(row, upstream):
            take_over(row, upstream)
        else:  # the salon has taken the cancellation back meanwhile; the client still wants it
            row.leased_until, row.due_at = None, next_try(timezone.now(), row.attempts)
    log.info("booking_cancelled", booking_id=str(booking.pk))


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
        is_back_to_cancelled = row.is_being_restored()
        row.state, row.reason = BookingState.REJECTED, reason[:40]
        row.alternatives = pack_slots(alternatives)
        row.want_nothing()
        row.rest()
        if is_back_to_cancelled:
            row.state = BookingState.CANCELLED
            mails.queue_cancelled(row)  # where that was not told yet: it was in doubt
        if is_client_here:
            return
        if is_back_to_cancelled:
            mails.queue_not_restored(row)
        else:
            mails.queue_rejected(row)
    log.info("booking_rejected", booking_id=str(booking.pk), reason=reason)


def settle_unpaid(booking: Booking) -> None:
    """Mango Biz does not have it, and what was paid for it is gone: the hold ended while nobody answered."""
    with _mine(booking) as row:
        if row is None:
            return
        row.state, row.reason = BookingState.FAILED, prepaying.PAYMENT_LOST
        row.want_nothing()
        row.rest()
        mails.queue_failed(row)
    log.info("booking_payment_lost", booking_id=str(booking.pk))


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
        if row.state in UNSENT:  # not cancelled, so it is still to be booked
            withdraw_wish(row)
            return
        row.tries_of_key += 1
        withdraw_wish(row)
        if not is_client_here:
            mails.queue_not_changed(row, action=action)
    log.info("booking_change_refused", booking_id=str(booking.pk), action=booking.action)


def withdraw_wish(row: Booking) -> None:
    """The booking stands as if nobody had asked to move or cancel it; the caller saves."""
    was_to_go = row.action == BookingAction.CANCEL
    row.want_nothing()
    if was_to_go:
        row.cancel_asked_at = None
    if row.state in UNSENT:
        row.due_at, row.leased_until = timezone.now(), None
        ring_deliverers()
        return
    row.rest()
    if was_to_go and row.state == BookingState.CONFIRMED:
        reminders.plan(row)


def postpone(
    booking: Booking, *, error: str, maybe_done: bool | None, retry_after: int = 0, was_asked: bool = True
) -> None:
    """Try again later. `maybe_done` None leaves what was known about the outcome as it is.

    `was_asked` False: Mango Biz failed just now and was left alone, so this was no try.
    """
    now = timezone.now()
    with _mine(booking) as row:
        if row is None:
            return
        if row.state == BookingState.SUBMITTING:
            row.state = BookingState.PENDING
            if row.action != BookingAction.CANCEL:
                mails.queue_pending(row)
        if maybe_done is not None:
            # What was asked of an appointment that is there may be done since an earlier try.
            row.unknown_outcome = maybe_done or (bool(row.action) and booking.unknown_outcome)
        row.last_error = error[:300]
        row.leased_until = None
        if was_asked:
            row.due_at = next_try(now, row.attempts, not_before_seconds=retry_after)
            _be_scout(row, now, retry_after)
        else:
            row.attempts = max(row.attempts - 1, 0)
            row.due_at = leave_alone_until(now)
    log.warning("booking_postponed", booking_id=str(booking.pk), attempts=booking.attempts, error=error)


def _be_scout(row: Booking, now: datetime, retry_after: int) -> None:
    """One row of a store asks every two minutes, so that all the others hear soon that Mango Biz is back."""
    by = scout_by(now, not_before_seconds=retry_after)
    others = Booking.objects.filter(due_at__lte=by, leased_until=None).exclude(pk=row.pk)
    if row.due_at and row.due_at > by and not others.exists():
        row.due_at = by


def give_up(booking: Booking) -> None:
    """72 hours, or the visit's own time, are over."""
    with _mine(booking) as row:
        if row is None:
            return
        action, error = row.action, row.last_error
        if row.state in UNSENT:
            row.state = BookingState.FAILED
            row.want_nothing()
            row.rest()
            mails.queue_failed(row)
        else:
            withdraw_wish(row)
            mails.queue_not_changed(row, action=action)
        row.last_error = error
        raise_alert(
            Alert.Kind.BOOKING_FAILED,
            store_id=current_store().id,
            subject=str(row.pk),
            detail=f"{action or 'create'}: {error}",
        )
    log.error("booking_given_up", booking_id=str(booking.pk), action=str(booking.action or "create"))


def settle_nothing(booking: Booking) -> None:
    with _mine(booking) as row:
        if row is not None:
            row.rest()
