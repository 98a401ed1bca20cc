"""Reminders: a day before a visit and two hours before it, as far as the salon wants them.

`remind_at` is the next one's moment. A sweep queues the e-mail in the transaction that moves `remind_at` on.
"A day" is 24 hours of real time, as the salon's cancellation window is: no wall time that the clocks skip.
"""

import time
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from booking.models import Booking, BookingAction, BookingState
from booking.services import mails
from catalog.queries import catalog_at_hand
from store.models import Store
from store.services import withdraw_emails
from store.tenancy import store_scope

log = structlog.get_logger(__name__)

DAY, HOURS = timedelta(hours=24), timedelta(hours=2)
# Whoever has just booked or moved a visit knows of it: so long after that there is no reminder.
AFTER_BOOKING = {DAY: timedelta(hours=3), HOURS: timedelta(hours=1)}
# A day's reminder that comes late, because no worker ran, is left out when the other one follows soon.
TOO_LATE_FOR_DAY = timedelta(hours=3)
BATCH = 500
SWEEP_SECONDS = 50.0  # the next one goes on
AFTER_TROUBLE = timedelta(minutes=5)


def plan(row: Booking) -> None:
    """Set the next reminder of a visit that was just booked, moved or brought back; the caller saves.

    What is queued for another time is withdrawn.
    """
    drop(row)
    now = timezone.now()
    fitting = (
        row.start_at - before
        for before in (DAY, HOURS)
        if now + AFTER_BOOKING[before] <= row.start_at - before
    )
    row.remind_at = next(fitting, None)


def drop(row: Booking) -> None:
    """No more of them, not even those queued; the caller saves."""
    row.remind_at = None
    withdraw_emails(f"{mails.fact_prefix(row)}reminder")


def send_due_reminders() -> int:
    """Queue the reminders that are due, in every store. Returns how many. Safe to run side by side."""
    deadline = time.monotonic() + SWEEP_SECONDS
    queued = 0
    while time.monotonic() < deadline and (rows := _find_due()):
        for store_id, group in groupby(rows, itemgetter(0)):
            queued += _remind_clients_of(store_id, [pk for _store_id, pk in group])
    return queued


def _find_due() -> list[tuple[UUID, UUID]]:
    due = Booking.across_stores.filter(remind_at__lte=timezone.now()).order_by("remind_at")
    return sorted(due.values_list("store_id", "pk")[:BATCH])


def _remind_clients_of(store_id: UUID, keys: list[UUID]) -> int:
    store = Store.objects.get(pk=store_id)
    queued = 0
    with store_scope(store.as_info()), catalog_at_hand():  # e-mails name the salon's address
        for pk in keys:
            try:
                queued += _remind(pk, store)
            except Exception:  # one row's bug must not hold up the others
                log.exception("reminder_failed", booking_id=str(pk))
                Booking.objects.filter(pk=pk).update(remind_at=timezone.now() + AFTER_TROUBLE)
    return queued


@transaction.atomic
def _remind(pk: UUID, store: Store) -> bool:
    now = timezone.now()
    row = Booking.objects.select_for_update().filter(pk=pk, remind_at__lte=now).first()
    if row is None:  # another worker was faster, or it is off
        return False
    left = row.start_at - now
    is_the_day = left > HOURS
    row.remind_at = row.start_at - HOURS if is_the_day and _is_to_come(row, now) else None
    row.save(update_fields=["remind_at", "updated_at"])
    is_wanted = (
        store.reminds_day_before and left > TOO_LATE_FOR_DAY if is_the_day else store.reminds_hours_before
    )
    if not is_wanted or not _is_to_come(row, now):
        return False
    mails.queue_reminder(row, kind="day" if is_the_day else "hours")
    return True


def _is_to_come(row: Booking, now: datetime) -> bool:
    """A wanted move leaves the old time standing; whoever wants to cancel is not reminded."""
    return row.state == BookingState.CONFIRMED and row.action != BookingAction.CANCEL and row.start_at > now
