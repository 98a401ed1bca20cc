"""Undo: a canceled booking is made again, as long as one may change one's mind and the time is free."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from booking.models import UNSENT, Booking, BookingAction, BookingState
from booking.services import delivery, holds, outcomes, prepaying
from booking.services.availability import find_alternatives, forget_slots, free_alternatives
from booking.services.confirming import wait_while
from booking.services.errors import BookingNotChangeable, BookingProblem, SlotTaken
from booking.services.menu import choice_of
from booking.services.schedule import LEASE, give_up_at
from booking.services.slots import pack_slots, unpack_slots
from catalog.queries import catalog_at_hand


def can_restore(booking: Booking, now: datetime) -> bool:
    """Within two minutes of the client's own cancellation, and before the visit.

    Not without its deposit: a hold that was released cannot be used again. It is given back after those two
    minutes (booking.services.settling), or before by Stripe or the salon.
    """
    until = booking.undo_until
    is_time = until is not None and now < until and now < booking.start_at
    return is_time and not prepaying.is_given_back(booking)


@catalog_at_hand()
def restore_booking(*, booking_id: UUID) -> Booking:
    """Take the cancellation back; twice is no error. Confirmed then, or pending while Mango Biz is away.

    Where the time is another's now, it stays canceled: SlotTaken with alternatives, which the row keeps.
    Raises BookingNotChangeable (too late, or refused otherwise), Booking.DoesNotExist.
    """
    # Whoever is telling Mango Biz of the cancellation comes first: what follows depends on what it says.
    wait_while(booking_id, _is_being_cancelled)
    booking, is_mine = _want_back(booking_id)
    if booking.reason == delivery.SLOT_UNAVAILABLE:
        booking = _keep_alternatives(booking)
    elif is_mine:
        delivery.deliver(booking, is_client_here=True)
        booking = Booking.objects.get(pk=booking_id)
    if booking.state == BookingState.CANCELLED:
        raise _problem_of(booking)
    return booking


def _is_being_cancelled(booking: Booking) -> bool:
    return booking.action == BookingAction.CANCEL and booking.is_leased(timezone.now())


def _problem_of(booking: Booking) -> BookingProblem:
    if booking.reason == delivery.SLOT_UNAVAILABLE:
        return SlotTaken(free_alternatives(unpack_slots(booking.alternatives)))
    return BookingNotChangeable(booking.reason)


@transaction.atomic
def _want_back(booking_id: UUID) -> tuple[Booking, bool]:
    """(booking, whether this caller is the one to tell Mango Biz). Its `reason` says that it is taken."""
    booking = Booking.objects.select_for_update().get(pk=booking_id)
    now = timezone.now()
    is_wish = booking.action == BookingAction.CANCEL
    if not is_wish and (booking.state in UNSENT or booking.state == BookingState.CONFIRMED):
        return booking, False  # it is back already
    if not can_restore(booking, now) or booking.is_leased(now):
        raise BookingNotChangeable
    if is_wish and (booking.state in UNSENT or not booking.unknown_outcome):
        outcomes.withdraw_wish(booking)  # Mango Biz has not heard of it
        booking.save()
        return booking, False
    # Under the same locks as everybody who takes time. One that was perhaps never given up is Mango Biz's to
    # decide about.
    who, start, end = booking.held_staff_id, booking.start_at, booking.end_at
    holds.lock_days(staff_ids=[who], start=start, end=end, zone=booking.zone)
    if holds.pick_free(staff_ids=[who], start=start, end=end, ignore=booking_id) is None and not is_wish:
        booking.reason = delivery.SLOT_UNAVAILABLE
        booking.save(update_fields=["reason", "updated_at"])
        return booking, False
    _submit_again(booking, now)
    booking.save()
    return booking, True


def _submit_again(booking: Booking, now: datetime) -> None:
    if booking.state == BookingState.CANCELLED:
        booking.upstream_id, booking.version = None, 0
    else:  # told, never answered: its appointment is looked at before another one is made
        booking.cancelled_at = now
        booking.calendar_sequence += 1
    booking.want_nothing()
    booking.state, booking.reason, booking.alternatives = BookingState.SUBMITTING, "", []
    booking.tries_of_key += 1
    booking.give_up_at = give_up_at(now, visit=booking.start_at)
    booking.lease(now + LEASE)
    booking.attempts, booking.unknown_outcome = 1, True


def _keep_alternatives(booking: Booking) -> Booking:
    """Asked for outside the transaction: nobody waits for Mango Biz under a lock."""
    forget_slots()
    found = find_alternatives(choice=choice_of(booking), around=booking.start_at)
    booking.alternatives = pack_slots(found)
    Booking.objects.filter(pk=booking.pk, state=BookingState.CANCELLED).update(
        alternatives=booking.alternatives
    )
    return booking
