"""Finding a booking by what its visitor holds."""

from uuid import UUID

from booking.models import Booking, BookingState, token_hashes

MAX_TOKEN = 100


def find_draft(draft_id: UUID) -> Booking | None:
    """The draft, or what became of it, of the store in scope."""
    return Booking.objects.filter(pk=draft_id).first()


def find_booking(token: str) -> Booking | None:
    """The booking a manage token opens; drafts have no page of that kind yet."""
    if len(token) > MAX_TOKEN:
        return None
    found = Booking.objects.filter(token_hash__in=token_hashes(token))
    return found.exclude(state=BookingState.DRAFT).select_related("store").first()
