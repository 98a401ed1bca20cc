"""What Mango Biz says about a booking, whoever brought the word: the answer to a call of ours, or a webhook.

Either may come first, and either may never come, so both end here: the same row, the same e-mail, told once.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from analytics.models import Alert
from analytics.services import clear_alert
from booking.models import FINAL, UNSENT, Booking, BookingAction, BookingState
from booking.services import mails, prepaying, reminders
from booking.services.availability import forget_slots
from booking.services.schedule import give_up_at
from catalog.schemas import Booking as UpstreamBooking
from config.bell import ring
from store.tenancy import current_store

log = structlog.get_logger(__name__)

# What we have no answer about. We may have given up on a booking that was made after all.
UNANSWERED = UNSENT | {BookingState.FAILED}
SWEEP_TASK = "booking.tasks.sweep_bookings"


@dataclass(frozen=True, slots=True)
class _Before:
    """What the client was told last."""

    start: datetime
    end: datetime
    staff_id: UUID
    number: str

    @classmethod
    def of(cls, row: Booking) -> "_Before":
        return cls(row.start_at, row.end_at, row.held_staff_id, row.confirmation_number)


def take_in(upstream: UpstreamBooking) -> bool:
    """What a webhook says about a booking of the store in scope. True if a row of ours changed.

    Call it inside the transaction that says the webhook is done, and that inside `catalog_at_hand`: e-mails
    name the salon's address, and nobody waits for Mango Biz while rows are locked. Running it twice or out of
    order changes nothing more. Bookings that are not ours are nobody's business here.
    """
    with transaction.atomic():
        row = _find(upstream)
        if row is None or not _is_news(row, upstream):
            return False
        was = row.state
        if row.is_being_restored() and row.upstream_id == upstream.id:
            if not _is_gone_for_good(row, upstream):
                return False
        else:
            take_over(row, upstream)
        row.save()
        if row.state != was:
            prepaying.nudge_payment(row)
        transaction.on_commit(partial(forget_slots, current_store().id))
    log.info("booking_news", booking_id=str(row.pk), status=upstream.status, version=upstream.version)
    return True


def _find(upstream: UpstreamBooking) -> Booking | None:
    """The row it is about, locked: by Mango Biz's id, else by the key of what we still wait to hear of."""
    rows = Booking.objects.select_for_update()
    if found := rows.filter(upstream_id=upstream.id).first():
        return found
    try:
        pk = UUID(upstream.idempotency_key.partition(".")[0])
    except ValueError:
        return None
    waiting = rows.filter(pk=pk, state__in=UNANSWERED).first()
    # An earlier key's appointment, canceled since, is not the one that is being made now.
    return waiting if waiting and waiting.upstream_key == upstream.idempotency_key else None


def _is_gone_for_good(row: Booking, upstream: UpstreamBooking) -> bool:
    """News of the appointment a booking had before it was canceled and wanted back.

    It only matters that it is gone, which the answer to our own cancellation had not told us.
    """
    if upstream.status != "cancelled":
        return False
    row.upstream_id, row.version = None, 0
    return True


def _is_news(row: Booking, upstream: UpstreamBooking) -> bool:
    return row.upstream_id != upstream.id or upstream.version > row.version


def is_older(row: Booking, upstream: UpstreamBooking) -> bool:
    """Whether the row knows a newer version of that very appointment."""
    return row.upstream_id == upstream.id and upstream.version < row.version


def take_over(row: Booking, upstream: UpstreamBooking) -> None:
    """Bring the locked row to what Mango Biz says and tell the client what is new to them; the caller saves.

    A worker in flight with what is answered hereby loses its lease, so its own answer changes nothing more.
    """
    before = _Before.of(row)
    _record(row, upstream)
    match upstream.status:
        case "cancelled":
            _cancelled(row)
        case "confirmed" if row.state in UNANSWERED:
            _made(row, before)
        case "confirmed" if row.state in FINAL:
            _came_back(row)
        case "confirmed":
            _changed(row, before)
        case ended:
            _ended(row, BookingState(ended))


def _record(row: Booking, upstream: UpstreamBooking) -> None:
    row.upstream_id, row.version = upstream.id, upstream.version
    row.confirmation_number = upstream.confirmation_number
    row.set_time(upstream.start_time, upstream.end_time)
    if upstream.staff_id is not None:
        row.held_staff_id = upstream.staff_id
        row.staff_name = upstream.staff_name or row.staff_name
    row.total_price = upstream.total_price
    row.settled_at = timezone.now()


def _made(row: Booking, before: _Before) -> None:
    is_back = row.cancelled_at is not None
    if row.state == BookingState.FAILED:
        clear_alert(Alert.Kind.BOOKING_FAILED, store_id=current_store().id, subject=str(row.pk))
    row.state, row.cancelled_at = BookingState.CONFIRMED, None
    if is_back:
        row.calendar_sequence += 1
    if row.action == BookingAction.CANCEL:  # asked for while this was on its way
        go_on(row)
        return
    row.cancel_asked_at = None
    row.want_nothing()
    row.rest()
    reminders.plan(row)
    if is_back and before.number:
        mails.queue_restored(row)
    else:
        mails.queue_confirmed(row)


def _changed(row: Booking, before: _Before) -> None:
    """Confirmed as before, perhaps at another time or with somebody else."""
    if (row.start_at, row.end_at, row.held_staff_id) == (before.start, before.end, before.staff_id):
        return  # a note, a price: nothing to write about
    row.calendar_sequence += 1
    if row.action == BookingAction.CANCEL:
        return  # whoever wants it gone need not hear of a new time
    reminders.plan(row)
    is_as_wanted = row.action == BookingAction.MOVE and row.is_where_wanted()
    if is_as_wanted:
        row.want_nothing()
        row.rest()
    # Moved elsewhere by the salon while the client waits for a time of their own: that wish stands. Mango Biz
    # decides when it hears of it, and the client is told either way.
    mails.queue_moved(row, by_salon=not is_as_wanted, has_new_start=row.start_at != before.start)


def _came_back(row: Booking) -> None:
    """The salon takes an end back: confirmed again."""
    row.state, row.cancelled_at, row.cancel_asked_at = BookingState.CONFIRMED, None, None
    if row.start_at > timezone.now():  # else a correction for the books
        row.calendar_sequence += 1
        reminders.plan(row)
        mails.queue_confirmed(row)


def _cancelled(row: Booking) -> None:
    if row.state not in FINAL:
        cancel_here(row)
    elif row.state != BookingState.CANCELLED:  # a correction, too
        row.state, row.cancelled_at = BookingState.CANCELLED, timezone.now()


def cancel_here(row: Booking) -> None:
    """Canceled, and told; the caller saves. Without `cancel_asked_at` it was the salon."""
    row.state, row.cancelled_at = BookingState.CANCELLED, timezone.now()
    row.calendar_sequence += 1
    row.want_nothing()
    row.rest()
    reminders.drop(row)
    mails.queue_cancelled(row)


def _ended(row: Booking, state: BookingState) -> None:
    """The visit is over, or nobody came."""
    if row.state == state:
        return
    row.state, row.cancelled_at, row.cancel_asked_at = state, None, None
    row.want_nothing()
    row.rest()
    reminders.drop(row)
    if state == BookingState.COMPLETED:
        mails.queue_completed(row)
    else:
        mails.queue_missed(row)


def go_on(row: Booking) -> None:
    """This is done, and something else is wanted meanwhile: due at once."""
    now = timezone.now()
    action = row.action
    row.want_nothing()
    row.rest()
    row.action = action
    row.due_at, row.give_up_at = now, give_up_at(now, visit=row.start_at)
    ring_deliverers()


def ring_deliverers() -> None:
    """Something is due at once: a worker hears of it when the transaction is through."""
    transaction.on_commit(partial(ring, SWEEP_TASK))
