"""Drafts: a time is held for ten minutes while the client says who is coming."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from booking.models import HOLD, Booking, BookingState, pack_lines
from booking.services import holds, prepaying
from booking.services.availability import find_alternatives, find_availability, forget_slots
from booking.services.errors import DraftExpired, ExtensionsUsedUp, SlotTaken
from booking.services.menu import Choice, choose_again, staff_name
from booking.services.slots import OpenSlot
from store.clients import hash_email
from store.tenancy import current_store


def open_draft(
    *, choice: Choice, start: datetime, client: dict[str, str] | None = None, replaces: UUID | None = None
) -> Booking:
    """Hold a time. `client` holds what ClientForm cleaned. Raises SlotTaken, AvailabilityUnknown.

    Mango Biz is asked afresh first; who of those it offers gets the time is decided under our own locks.
    `replaces` is the same visitor's earlier draft: its hold ends here, and who is coming is taken over.
    """
    slot = _find_slot(choice, start, replaces)
    draft = _hold(choice, slot, client, replaces) if slot else None
    if draft is None:
        forget_slots()
        raise SlotTaken(find_alternatives(choice=choice, around=start, ignore=replaces))
    return draft


def _find_slot(choice: Choice, start: datetime, ignore: UUID | None) -> OpenSlot | None:
    day = start.astimezone(choice.zone).date()
    found = find_availability(
        choice=choice, first=day, last=day, is_fresh=True, ignore=ignore, search_ahead=False
    )
    return next((slot for slot in found.slots if slot.start == start), None)


@transaction.atomic
def _hold(
    choice: Choice, slot: OpenSlot, client: dict[str, str] | None, replaces: UUID | None
) -> Booking | None:
    earlier = _lock_earlier(replaces)
    holds.lock_days(staff_ids=slot.staff_ids, start=slot.start, end=slot.end, zone=choice.zone)
    staff_id = holds.pick_free(
        staff_ids=slot.staff_ids, start=slot.start, end=slot.end, ignore=earlier.pk if earlier else None
    )
    if staff_id is None:
        return None
    draft = _build_draft(choice, slot, staff_id)
    if client := client or (client_of(earlier) if earlier else None):
        put_client(draft, client)
    draft.save(force_insert=True)
    if earlier:
        earlier.expires_at = timezone.now()
        earlier.save(update_fields=["expires_at", "updated_at"])
        prepaying.give_up_payment(earlier)
    return draft


def _lock_earlier(draft_id: UUID | None) -> Booking | None:
    """Drafts only: what was confirmed is moved, not replaced."""
    if draft_id is None:
        return None
    states = [BookingState.DRAFT, BookingState.REJECTED]
    return Booking.objects.select_for_update().filter(pk=draft_id, state__in=states).first()


def _build_draft(choice: Choice, slot: OpenSlot, staff_id: UUID) -> Booking:
    draft = Booking(
        store_id=current_store().id,
        language=current_store().locale,
        items=pack_lines(choice.lines),
        timezone=str(choice.zone),
        staff_id=choice.staff_id,
        held_staff_id=staff_id,
        staff_name=staff_name(staff_id),
        total_price=choice.total,
        deposit_due=choice.deposit,
        currency=choice.currency,
        expires_at=timezone.now() + HOLD,
    )
    draft.set_time(slot.start, slot.end)
    draft.set_token()
    return draft


def client_of(booking: Booking) -> dict[str, str] | None:
    """Who is coming, as ClientForm would have cleaned it; None where nobody said."""
    if not booking.has_client():
        return None
    names = ("first_name", "last_name", "email", "phone", "notes")
    return {name: getattr(booking, name) or "" for name in names}


def put_client(draft: Booking, client: dict[str, str]) -> None:
    """Set who is coming; the caller saves."""
    draft.first_name, draft.last_name = client["first_name"], client["last_name"]
    draft.email, draft.phone = client["email"], client["phone"]
    draft.email_hash = hash_email(client["email"])
    if "notes" in client:
        draft.notes = client["notes"]


CLIENT_FIELDS = ["first_name", "last_name", "email", "phone", "notes", "email_hash", "updated_at"]


@transaction.atomic
def fill_client(*, draft_id: UUID, client: dict[str, str]) -> Booking:
    """Raises DraftExpired, Booking.DoesNotExist."""
    draft = lock_live_draft(draft_id)
    put_client(draft, client)
    draft.save(update_fields=CLIENT_FIELDS)
    return draft


@transaction.atomic
def set_notes(*, draft_id: UUID, notes: str) -> Booking:
    """Raises DraftExpired, Booking.DoesNotExist."""
    draft = lock_live_draft(draft_id)
    draft.notes = notes
    draft.save(update_fields=["notes", "updated_at"])
    return draft


@transaction.atomic
def extend_hold(*, draft_id: UUID) -> Booking:
    """Ten minutes more from now. Raises ExtensionsUsedUp, DraftExpired, Booking.DoesNotExist."""
    draft = lock_live_draft(draft_id)
    now = timezone.now()
    if not draft.can_extend(now):
        raise ExtensionsUsedUp
    draft.extend(now)
    draft.save(update_fields=["expires_at", "extensions", "updated_at"])
    return draft


def lock_live_draft(draft_id: UUID) -> Booking:
    """The draft's row, locked. Raises DraftExpired where it is none any more."""
    draft = Booking.objects.select_for_update().get(pk=draft_id)
    if draft.state != BookingState.DRAFT or draft.is_expired(timezone.now()):
        raise DraftExpired
    return draft


def open_draft_like(*, booking: Booking, start: datetime, staff_id: UUID | None) -> Booking:
    """The same services and client at another time, after the first one was taken.

    Raises SlotTaken, AvailabilityUnknown, UnknownService, ServiceNotBookable.
    """
    choice = choose_again(booking, staff_id=staff_id)
    try:
        return open_draft(choice=choice, start=start, replaces=booking.pk)
    except SlotTaken:
        if choice.staff_id is None or staff_id is not None:
            raise
    # Where the wanted person had no other time, the times offered were other people's.
    return open_draft(choice=choice.with_anybody(), start=start, replaces=booking.pk)
