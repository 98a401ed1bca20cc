"""Which bookings are due to be told to Mango Biz, and who is tried when while it is away.

A row's own pauses grow to 15 minutes, yet all of a store's rows must be delivered soon after Mango Biz is
back: one row of each store asks every two minutes (`outcomes.postpone`), and once it is answered the others
are woken, spread over a minute and a half. While the breaker leaves Mango Biz alone, no row is tried in vain.
"""

import random
import time
from datetime import datetime
from uuid import UUID

import structlog
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from booking.models import Booking
from booking.services.delivery import Try, deliver
from booking.services.news import SWEEP_TASK
from booking.services.schedule import LEASE, leave_alone_until, woken_at
from config.bell import ring
from store.queries import load_store_info
from store.tenancy import store_scope

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 60.0  # a sweep ends well before its task's time limit; the next one goes on
BATCH = 100
# Rows that come due at the same moment, when many are put off or woken with one UPDATE each.
TOGETHER = 25
AT_ONCE = 1000


def deliver_due_bookings() -> int:
    """Deliver until nothing is due, in every store. Returns how many were tried. Safe to run side by side."""
    deadline = time.monotonic() + SWEEP_SECONDS
    tried, is_first = 0, True
    while batch := _find_due():
        if is_first and len(batch) == BATCH:
            ring(SWEEP_TASK)  # more than one worker's load
        is_first = False
        for pk, store_id, due_at in batch:
            if time.monotonic() > deadline:
                return tried
            tried += _try(pk, store_id, due_at)
    return tried


def _find_due() -> list[tuple[UUID, UUID, datetime | None]]:
    due = Booking.across_stores.filter(due_at__lte=timezone.now()).order_by("due_at")
    batch = list(due.values_list("pk", "store_id", "due_at")[:BATCH])
    random.shuffle(batch)  # so that workers side by side seldom want the same row
    return batch


def _try(pk: UUID, store_id: UUID, due_at: datetime | None) -> bool:
    try:
        outcome = _deliver_claimed(pk, store_id, due_at)
    except Exception:  # one row's bug must not hold up the others; its lease brings it back
        log.exception("booking_delivery_failed", booking_id=str(pk))
        return False
    return outcome in {Try.ANSWERED, Try.SILENT}


def _deliver_claimed(pk: UUID, store_id: UUID, due_at: datetime | None) -> Try:
    lease = timezone.now() + LEASE
    mine = Booking.across_stores.filter(pk=pk, due_at=due_at)
    if not mine.update(due_at=lease, leased_until=lease, attempts=F("attempts") + 1):
        return Try.NOT_NEEDED  # another worker has it, or it is done
    with store_scope(load_store_info(store_id)):
        booking = Booking.objects.get(pk=pk)
        had_waited = booking.attempts > 1 or bool(booking.last_error)
        outcome = deliver(booking, is_client_here=False)
    if outcome == Try.NOT_ASKED:
        leave_alone(store_id)
    elif outcome == Try.ANSWERED and had_waited:
        wake_waiting(store_id)
    return outcome


def leave_alone(store_id: UUID) -> None:
    """Mango Biz is not asked at the moment: what is due there comes due a little later, as if untried."""
    now = timezone.now()
    # What is to be given up is nothing to ask about.
    due = Booking.across_stores.filter(Q(give_up_at=None) | Q(give_up_at__gt=now), due_at__lte=now)
    for chunk in _in_chunks(due.filter(store_id=store_id)):
        chunk.update(due_at=leave_alone_until(now))


def wake_waiting(store_id: UUID) -> None:
    """Mango Biz answers again: what would wait long for its next try has it soon."""
    now = timezone.now()
    latest = woken_at(now, share=1)
    waiting = Booking.across_stores.filter(store_id=store_id, due_at__gt=latest, leased_until=None)
    for chunk in _in_chunks(waiting):
        chunk.update(due_at=woken_at(now, share=random.random()))  # noqa: S311 (spreading, not secrecy)


def _in_chunks(rows: QuerySet[Booking]) -> list[QuerySet[Booking]]:
    """Some rows each; a row that is another worker's by the time of an UPDATE falls out of its chunk."""
    keys = list(rows.order_by("due_at").values_list("pk", flat=True)[:AT_ONCE])
    return [rows.filter(pk__in=keys[start : start + TOGETHER]) for start in range(0, len(keys), TOGETHER)]
