"""Moving and cancelling: stored as a wish first, then told to Mango Biz, at once or when it answers again."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from booking.models import UNSENT, Booking, BookingAction, BookingState
from booking.services import delivery, holds, prepaying, reminders
from booking.services.availability import find_alternatives, find_availability, free_alternatives
from booking.services.errors import AvailabilityUnknown, BookingNotChangeable, SlotTaken
from booking.services.menu import choice_of
from booking.services.news import cancel_here
from booking.services.schedule import LEASE, give_up_at
from booking.services.slots import unpack_slots
from catalog.queries import catalog_at_hand, get_catalog
from payments.services import find_settings


def changeable_until(booking: Booking) -> datetime:
    """Until when the salon's policy lets a client move or cancel."""
    hours = get_catalog().business.policies.cancellation_window_hours or 0
    return booking.start_at - timedelta(hours=hours)


def can_change(booking: Booking, now: datetime) -> bool:
    is_settled = booking.state == BookingState.CONFIRMED and not booking.action
    return is_settled and now < changeable_until(booking)


def can_cancel(booking: Booking, now: datetime) -> bool:
    """What the salon does not have yet may always be withdrawn."""
    if booking.action == BookingAction.CANCEL:
        return False
    is_open = booking.state == BookingState.CONFIRMED and now < changeable_until(booking)
    return booking.state in UNSENT or is_open


def keeps_deposit(booking: Booking, now: datetime) -> bool:
    """Whether the salon keeps what was paid, should the client cancel now."""
    if booking.state in UNSENT:  # it does not have it; one on its way back it had before
        return booking.is_being_restored() and booking.keeps_deposit
    return not find_settings().refunds_cancellations or changeable_until(booking) <= now


@catalog_at_hand()  # the policy's window is looked at under lock
def move_booking(*, booking_id: UUID, start: datetime, staff_id: UUID | None = None) -> Booking:
    """Move it; without `staff_id` to the same person where that one is free, else to anybody who can.

    `action` is empty when it is moved, "move" while Mango Biz does not answer. Raises SlotTaken,
    BookingNotChangeable, Booking.DoesNotExist.
    """
    booking = Booking.objects.get(pk=booking_id)
    if (
        booking.state == BookingState.CONFIRMED
        and booking.start_at == start
        and staff_id in {None, booking.held_staff_id}
    ):
        return booking
    if not can_change(booking, timezone.now()) or start <= timezone.now():
        raise BookingNotChangeable
    people = _who_could(booking, start, staff_id)
    if not people or not (booking := _want(booking_id, start, people)).action:
        raise SlotTaken(find_alternatives(choice=choice_of(booking), around=start, ignore=booking_id))
    delivery.deliver(booking, is_client_here=True)
    moved = Booking.objects.get(pk=booking_id)
    if not moved.action and moved.start_at != start:
        raise SlotTaken(free_alternatives(unpack_slots(moved.alternatives)))
    return moved


def _who_could(booking: Booking, start: datetime, staff_id: UUID | None) -> tuple[UUID, ...]:
    """Who may take the new time, the present person first; empty where nobody does."""
    choice = choice_of(booking)
    wanted = staff_id or booking.staff_id
    day = start.astimezone(booking.zone).date()
    current = (wanted or booking.held_staff_id,)
    try:
        found = find_availability(
            choice=choice.with_anybody(),
            first=day,
            last=day,
            is_fresh=True,
            ignore=booking.pk,
            search_ahead=False,
        )
    except AvailabilityUnknown:
        return current  # Mango Biz decides when it answers
    slot = next((slot for slot in found.slots if slot.start == start), None)
    people = slot.staff_ids if slot else ()
    if staff_id is not None:
        people = tuple(who for who in people if who == staff_id)
    elif booking.held_staff_id in people:
        people = (booking.held_staff_id, *(who for who in people if who != booking.held_staff_id))
    length = booking.end_at - booking.start_at
    is_over_itself = start < booking.end_at and start + length > booking.start_at
    # Its own time does not look free to Mango Biz until it is asked to move it.
    return people or (current if is_over_itself and current == (booking.held_staff_id,) else ())


@transaction.atomic
def _want(booking_id: UUID, start: datetime, people: tuple[UUID, ...]) -> Booking:
    """Store the wish with a lease; without an `action` where the time is not free."""
    booking = Booking.objects.select_for_update().get(pk=booking_id)
    now = timezone.now()
    if not can_change(booking, now):
        raise BookingNotChangeable
    end = start + (booking.end_at - booking.start_at)
    holds.lock_days(staff_ids=people, start=start, end=end, zone=booking.zone)
    staff_id = holds.pick_free(staff_ids=people, start=start, end=end, ignore=booking_id)
    if staff_id is None:
        return booking
    booking.want(start, end, staff_id)
    booking.give_up_at = give_up_at(now, visit=min(start, booking.start_at))
    booking.lease(now + LEASE)
    booking.attempts = 1
    booking.save()
    return booking


@catalog_at_hand()
def cancel_booking(*, booking_id: UUID) -> Booking:
    """Cancel it; twice is no error. `action` is "cancel" while Mango Biz does not answer.

    Raises BookingNotChangeable, Booking.DoesNotExist.
    """
    booking, is_mine = _want_gone(booking_id)
    if is_mine:
        delivery.deliver(booking, is_client_here=True)
        booking = Booking.objects.get(pk=booking_id)
        if booking.state != BookingState.CANCELLED and not booking.action:
            raise BookingNotChangeable
    return booking


@transaction.atomic
def _want_gone(booking_id: UUID) -> tuple[Booking, bool]:
    """(booking, whether this caller is the one to tell Mango Biz)."""
    booking = Booking.objects.select_for_update().get(pk=booking_id)
    now = timezone.now()
    if booking.state == BookingState.CANCELLED or booking.action == BookingAction.CANCEL:
        return booking, False
    if not can_cancel(booking, now):
        raise BookingNotChangeable
    booking.cancel_asked_at, booking.reason = now, ""
    booking.keeps_deposit = keeps_deposit(booking, now)  # as the page said; the rules may change later
    prepaying.nudge_payment(booking)
    is_in_flight = booking.is_leased(now)
    if booking.state in UNSENT and not (booking.unknown_outcome or is_in_flight):  # it never left us
        cancel_here(booking)
        booking.save()
        return booking, False
    booking.want_nothing()
    booking.action = BookingAction.CANCEL
    reminders.drop(booking)
    if not is_in_flight:  # otherwise whoever holds the lease finds the wish when settling
        booking.give_up_at = give_up_at(now, visit=booking.start_at)
        booking.lease(now + LEASE)
        booking.attempts = 1
    booking.save()
    return booking, not is_in_flight
