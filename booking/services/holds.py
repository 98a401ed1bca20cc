"""Who has which time: decided in the database, under one lock row per store, person and local day.

There are no exclusion constraints on SQL Server, so everybody who is about to take time first locks the days
it touches, in one order, and only then looks. Looking first and writing later is how two get one chair.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from booking.models import Booking, BookingState, StaffDay, local_days

# A booking Mango Biz has just taken may be missing from slots that were asked for a moment before.
JUST_TAKEN = timedelta(seconds=60)

Span = tuple[datetime, datetime]


def lock_days(*, staff_ids: Iterable[UUID], start: datetime, end: datetime, zone: ZoneInfo) -> None:
    """Hold the lock rows until the surrounding transaction ends. Sorted, so that nobody waits in a circle."""
    wanted = sorted((staff_id, day) for staff_id in set(staff_ids) for day in local_days(start, end, zone))
    for staff_id, day in wanted:
        _lock(staff_id, day)


def _lock(staff_id: UUID, day: date) -> None:
    rows = StaffDay.objects.select_for_update().filter(staff_id=staff_id, day=day)
    if rows.first() is not None:
        return
    try:
        with transaction.atomic():
            StaffDay.objects.create(staff_id=staff_id, day=day)
    except IntegrityError:
        rows.get()  # another transaction made it first: wait for that one here


def pick_free(
    *, staff_ids: Iterable[UUID], start: datetime, end: datetime, ignore: UUID | None = None
) -> UUID | None:
    """The first of `staff_ids` with nothing in the way. Only meaningful while their days are locked."""
    staff_ids = tuple(staff_ids)
    busy = find_busy(start=start, end=end, ignore=ignore)
    return next(
        (staff_id for staff_id in staff_ids if not overlaps(busy.get(staff_id, ()), start, end)), None
    )


def find_busy(*, start: datetime, end: datetime, ignore: UUID | None = None) -> dict[UUID, list[Span]]:
    """Stretches taken between two instants, by person: live holds, our own unsent bookings, wanted moves.

    `ignore` leaves one booking out: the one that is about to be moved.
    """
    busy: dict[UUID, list[Span]] = {}
    held = _but(_taking(), ignore).filter(start_at__lt=end, end_at__gt=start)
    for staff_id, taken_from, taken_until in held.values_list("held_staff_id", "start_at", "end_at"):
        busy.setdefault(staff_id, []).append((taken_from, taken_until))
    moving = _but(Booking.objects.all(), ignore).filter(wanted_start_at__lt=end, wanted_end_at__gt=start)
    for row in moving.only("wanted_staff_id", "wanted_start_at", "wanted_end_at"):
        if row.wanted_staff_id and row.wanted_start_at and row.wanted_end_at:
            busy.setdefault(row.wanted_staff_id, []).append((row.wanted_start_at, row.wanted_end_at))
    return busy


def _but(bookings: QuerySet[Booking], ignore: UUID | None) -> QuerySet[Booking]:
    return bookings.exclude(pk=ignore) if ignore else bookings


def _taking() -> QuerySet[Booking]:
    now = timezone.now()
    live_draft = Q(state=BookingState.DRAFT, expires_at__gt=now)
    unsent = Q(state__in=[BookingState.SUBMITTING, BookingState.PENDING])
    just_taken = Q(state=BookingState.CONFIRMED, settled_at__gt=now - JUST_TAKEN)
    return Booking.objects.filter(live_draft | unsent | just_taken)


def overlaps(spans: Iterable[Span], start: datetime, end: datetime) -> bool:
    return any(taken_from < end and taken_until > start for taken_from, taken_until in spans)
