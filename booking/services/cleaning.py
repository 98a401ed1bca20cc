"""What is not kept: drafts nobody confirmed, and locks of days gone by."""

from datetime import datetime, timedelta

from django.utils import timezone

from booking.models import Booking, BookingState, StaffDay
from payments.models import Payment, PaymentState

# Long enough to come back after a night with one's choices and name still there.
KEEP_DRAFTS = timedelta(days=1)
# The e-mail about a refusal leads here.
KEEP_REJECTED = timedelta(days=7)
BATCH = 500


def purge_drafts() -> int:
    """Delete drafts a day after their hold ended, with all that was typed into them. Returns how many.

    A draft that may be paid for, or is, stays until its payment has been looked at.
    """
    now = timezone.now()
    deleted = _delete(BookingState.DRAFT, ended_before=now - KEEP_DRAFTS)
    deleted += _delete(BookingState.REJECTED, ended_before=now - KEEP_REJECTED)
    StaffDay.across_stores.filter(day__lt=now.date() - timedelta(days=2)).delete()
    return deleted


def _delete(state: str, *, ended_before: datetime) -> int:
    ended = Booking.across_stores.filter(state=state, expires_at__lt=ended_before)
    if state == BookingState.DRAFT:
        undecided = Payment.across_stores.exclude(state=PaymentState.RELEASED)
        ended = ended.exclude(payment_id__in=undecided.values("pk"))
    deleted = 0
    while keys := list(ended.values_list("pk", flat=True)[:BATCH]):
        deleted += ended.filter(pk__in=keys).delete()[0]
    return deleted
