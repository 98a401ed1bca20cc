"""Finding a booking by what its visitor holds."""

from uuid import UUID

from django.db.models import Q

from booking.models import Booking, BookingState, token_hashes

MAX_TOKEN = 100


def find_draft(draft_id: UUID) -> Booking | None:
    """The draft, or what became of it, of the store in scope."""
    return Booking.objects.filter(pk=draft_id).first()


def find_booking(token: str) -> Booking | None:
    """The booking a manage token opens; drafts have no page of that kind yet."""
    found = find_booking_or_paid_draft(token)
    return None if found is None or found.state == BookingState.DRAFT else found


def find_booking_or_paid_draft(token: str) -> Booking | None:
    """The same, or a draft that was asked to be paid for: its client comes here from the payment."""
    if len(token) > MAX_TOKEN:
        return None
    found = Booking.objects.filter(token_hash__in=token_hashes(token))
    unpaid = Q(state=BookingState.DRAFT, payment_id=None)
    return found.exclude(unpaid).select_related("store").first()
