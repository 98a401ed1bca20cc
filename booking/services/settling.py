"""What bookings want of their payment, and what a payment does to its booking.

Called by payments whenever a payment was looked at, however often, outside transactions and with the store in
scope. What is decided here depends on nothing but the rows and the time, so that it may be asked again.
"""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from analytics.models import Alert
from analytics.services import raise_alert
from booking.models import UNSENT, Booking, BookingAction, BookingState
from booking.services import holds, mails, prepaying
from booking.services.availability import find_alternatives, forget_slots
from booking.services.billing import describe_booking
from booking.services.delivery import SLOT_UNAVAILABLE
from booking.services.menu import choice_of
from booking.services.news import ring_deliverers
from booking.services.schedule import give_up_at
from booking.services.slots import OpenSlot, pack_slots
from payments import purposes
from payments.models import Payment, PaymentState, Refund
from payments.purposes import Decision
from payments.services import is_hold_ending

log = structlog.get_logger(__name__)

# A payment under way holds its time, from one look at it to the next: those are five minutes apart at most.
ON_ITS_WAY = timedelta(minutes=10)
# A cancellation is taken back under the booking's lock by whoever came in time; nobody takes that long.
UNDO_MARGIN = timedelta(seconds=30)
VISIT_IS_HELD = {BookingState.CONFIRMED, BookingState.COMPLETED, BookingState.NO_SHOW}


def settle_booking(payment: Payment) -> Decision:
    """Move the booking on, and say what becomes of the money."""
    booking = Booking.objects.filter(pk=payment.subject_id).first()
    if booking is None or booking.payment_id != payment.pk:
        return Decision.GIVE_BACK
    if payment.state == PaymentState.RELEASED:
        booking = _lose_payment(booking.pk)
    elif payment.state == PaymentState.PROCESSING and booking.state == BookingState.DRAFT:
        booking = _hold_on(booking.pk)
    elif payment.is_authorised and booking.state == BookingState.DRAFT:
        booking = submit_paid(booking.pk, payment)
    if booking.state == BookingState.CONFIRMED and _is_lost(payment):
        _warn(booking)
    return _decide(booking, payment, timezone.now())


def _is_lost(payment: Payment) -> bool:
    """Whether its money is gone, and not because a person decided so."""
    refunds = Refund.objects.filter(payment=payment).exclude(reason=Refund.Reason.MERCHANT)
    return payment.state == PaymentState.RELEASED or refunds.exclude(state=Refund.State.FAILED).exists()


def _warn(booking: Booking) -> None:
    """Its hold ended too early, or the salon took a cancellation back after the money was returned."""
    raise_alert(
        Alert.Kind.ORDER_UNPAID,
        store_id=booking.store_id,
        subject=str(booking.pk),
        detail=f"booking {booking.confirmation_number}: what was paid for it went back",
    )


def _decide(booking: Booking, payment: Payment, now: datetime) -> Decision:
    if booking.payment_id != payment.pk:  # meanwhile
        return Decision.GIVE_BACK
    is_over = payment.state == PaymentState.RELEASED
    match booking.state:
        case BookingState.DRAFT:
            return Decision.GIVE_BACK if is_over else Decision.WAIT
        case BookingState.REJECTED | BookingState.FAILED:
            return Decision.GIVE_BACK
        case BookingState.CANCELLED:
            return _decide_cancelled(booking, now)
        case state if state in VISIT_IS_HELD and booking.action != BookingAction.CANCEL:
            return Decision.TAKE
    # Not made yet, or about to be canceled.
    return Decision.TAKE if is_hold_ending(payment, now) else Decision.WAIT


def _decide_cancelled(booking: Booking, now: datetime) -> Decision:
    if booking.cancel_asked_at is None:  # by the salon
        return Decision.GIVE_BACK
    if booking.keeps_deposit:
        return Decision.TAKE
    undo_until = booking.undo_until
    is_final = undo_until is None or undo_until + UNDO_MARGIN <= now
    return Decision.GIVE_BACK if is_final else Decision.WAIT


# --- moving the booking on ------------------------------------------------------------------------------


def submit_paid(booking_id: UUID, payment: Payment) -> Booking:
    """It is paid for: from now on Mango Biz has to hear of it. Twice is no error.

    Even where the hold ran out meanwhile; where the time is another's by now it is rejected, and told.
    """
    booking = _submit(booking_id, payment, instead=None)
    if booking is None:  # nobody waits for Mango Biz under a lock
        forget_slots()
        taken = Booking.objects.get(pk=booking_id)
        found = find_alternatives(choice=choice_of(taken), around=taken.start_at, ignore=booking_id)
        booking = _submit(booking_id, payment, instead=found)
    assert booking is not None  # noqa: S101 (it knows what to offer instead)
    forget_slots()
    return booking


@transaction.atomic
def _submit(booking_id: UUID, payment: Payment, *, instead: tuple[OpenSlot, ...] | None) -> Booking | None:
    """None where its time is gone and nobody has looked for another one: nothing is changed then."""
    booking = Booking.objects.select_for_update().get(pk=booking_id)
    if booking.state != BookingState.DRAFT or booking.payment_id != payment.pk:
        return booking
    now, who = timezone.now(), booking.held_staff_id
    start, end = booking.start_at, booking.end_at
    holds.lock_days(staff_ids=[who], start=start, end=end, zone=booking.zone)
    is_free = holds.pick_free(staff_ids=[who], start=start, end=end, ignore=booking_id) is not None
    if is_free and start > now:
        booking.state, booking.submitted_at, booking.due_at = BookingState.SUBMITTING, now, now
        booking.give_up_at = give_up_at(now, visit=start)
        ring_deliverers()
    elif instead is None:
        return None
    else:
        booking.state, booking.reason = BookingState.REJECTED, SLOT_UNAVAILABLE
        booking.submitted_at, booking.alternatives = now, pack_slots(instead)
        mails.queue_rejected(booking)
    booking.save()
    log.info("booking_paid", booking_id=str(booking_id), state=booking.state)
    return booking


@transaction.atomic
def _hold_on(booking_id: UUID) -> Booking:
    """The money is on its way, which may take days: nobody else gets the time meanwhile."""
    draft = Booking.objects.select_for_update().get(pk=booking_id)
    if draft.state == BookingState.DRAFT:
        draft.expires_at = max(draft.expires_at, timezone.now() + ON_ITS_WAY)
        draft.save(update_fields=["expires_at", "updated_at"])
    return draft


@transaction.atomic
def _lose_payment(booking_id: UUID) -> Booking:
    """The payment came to nothing: never made, or its hold ended before the salon had the booking."""
    booking = Booking.objects.select_for_update().get(pk=booking_id)
    is_idle = not booking.unknown_outcome and not booking.is_leased(timezone.now())
    # One that is being sent, or perhaps was, is Mango Biz's to decide about: it may be there by now.
    if booking.state in UNSENT and is_idle:
        booking.state, booking.reason = BookingState.FAILED, prepaying.PAYMENT_LOST
        booking.want_nothing()
        booking.rest()
        booking.save()
        mails.queue_failed(booking)
        log.info("booking_payment_lost", booking_id=str(booking_id))
    return booking


purposes.register(purposes.Purpose(prepaying.PURPOSE, settle_booking, describe_booking))
