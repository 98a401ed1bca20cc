"""Confirming: the intent is stored first, then Mango Biz is told; what comes of it is the row's state.

Where something has to be paid first, a payment is opened instead; booking.services.settling goes on from
there.
"""

import time
from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from booking.models import Booking, BookingState, pack_lines
from booking.services import delivery, holds, prepaying
from booking.services.drafts import CLIENT_FIELDS, put_client
from booking.services.errors import (
    ClientMissing,
    DraftExpired,
    PaymentNotPossible,
    PaymentRequired,
    PriceChanged,
    ServiceNotBookable,
    UnknownService,
)
from booking.services.menu import choose_again
from booking.services.schedule import LEASE, give_up_at
from catalog.queries import catalog_at_hand
from payments.models import Payment
from payments.services import PaymentProblem, start_payment

# How long the second of two confirmations waits for what the first one brings.
WAIT_SECONDS = 6.0
PRICE_FIELDS = ["items", "total_price", "deposit_due", "currency", "updated_at"]


@catalog_at_hand()  # prices are looked at again under lock
def confirm_booking(
    *, draft_id: UUID, client: dict[str, str] | None = None, accepted_total: Decimal | None = None
) -> Booking:
    """Book it. The state is then confirmed, or pending while Mango Biz cannot be reached.

    Repeating it gives the same booking. Raises PaymentRequired and PaymentNotPossible where something has to
    be paid first, DraftExpired, ClientMissing, SlotTaken, PriceChanged, ServiceNotBookable, BookingRefused,
    Booking.DoesNotExist.
    """
    booking, is_mine = _submit(draft_id, client, accepted_total)
    seen_total = booking.total_price
    if is_mine:
        delivery.deliver(booking, is_client_here=True)
        booking = Booking.objects.get(pk=draft_id)
    elif booking.state == BookingState.SUBMITTING:
        booking = wait_while(draft_id, lambda row: row.state == BookingState.SUBMITTING)
    if booking.state == BookingState.REJECTED:
        raise delivery.problem_of(booking)
    if booking.state == BookingState.DRAFT:  # Mango Biz named another price
        raise PriceChanged(old=seen_total, new=booking.total_price)
    return booking


def _submit(
    draft_id: UUID, client: dict[str, str] | None, accepted_total: Decimal | None
) -> tuple[Booking, bool]:
    """Store the intent. (booking, whether this caller is the one to send it)."""
    with transaction.atomic():
        booking = Booking.objects.select_for_update().get(pk=draft_id)
        if booking.state != BookingState.DRAFT:
            return booking, False
        # Under the same locks as everybody who takes time: a hold must not run out for them and not for us.
        holds.lock_days(
            staff_ids=[booking.held_staff_id], start=booking.start_at, end=booking.end_at, zone=booking.zone
        )
        problem = _find_paid(booking) or _prepare(booking, client, accepted_total)
        if problem is None:
            _start(booking)
    if isinstance(problem, PaymentRequired):
        _make_payable(problem.payment)
    if problem is not None:  # after the commit, so that the new price and the payment stay on the draft
        raise problem
    return booking, True


def _find_paid(booking: Booking) -> PaymentRequired | None:
    """It is paid for, and about to be booked: there is nothing to change, and no hold that could run out."""
    payment = prepaying.find_payment(booking)
    return PaymentRequired(payment) if payment and prepaying.is_made(payment) else None


def _prepare(
    booking: Booking, client: dict[str, str] | None, accepted_total: Decimal | None
) -> PriceChanged | PaymentRequired | None:
    """Bring the locked draft up to date. The problem, where it cannot be sent as it is."""
    if booking.is_expired(timezone.now()):
        raise DraftExpired
    if client is not None:
        put_client(booking, client)
        booking.save(update_fields=CLIENT_FIELDS)
    if not booking.has_client():
        raise ClientMissing
    if changed := _reprice(booking, accepted_total):
        return changed
    try:
        payment = prepaying.ask_for_payment(booking)
    except PaymentProblem as error:
        raise PaymentNotPossible from error
    return PaymentRequired(payment) if payment else None


def _make_payable(payment: Payment) -> None:
    try:
        start_payment(payment_id=payment.pk)
    except PaymentProblem as error:
        raise PaymentNotPossible from error


def _reprice(booking: Booking, accepted_total: Decimal | None) -> PriceChanged | None:
    """Bring the draft to today's prices; the problem where the client has not seen today's total."""
    try:
        choice = choose_again(booking)
    except UnknownService as error:
        raise ServiceNotBookable from error
    seen = accepted_total if accepted_total is not None else booking.total_price
    total = booking.quoted_total if booking.quoted_total is not None else choice.total
    booking.items, booking.total_price = pack_lines(choice.lines), total
    booking.deposit_due, booking.currency = choice.deposit, choice.currency
    booking.save(update_fields=PRICE_FIELDS)
    return PriceChanged(old=seen, new=total) if total != seen else None


def _start(booking: Booking) -> None:
    now = timezone.now()
    booking.state, booking.submitted_at = BookingState.SUBMITTING, now
    booking.give_up_at = give_up_at(now, visit=booking.start_at)
    # Should this process die before the answer, the row is due again when the lease ends, and what came of
    # it is unknown until Mango Biz has been asked for the key.
    booking.lease(now + LEASE)
    booking.attempts, booking.unknown_outcome = 1, True
    booking.save()


def wait_while(booking_id: UUID, is_at_work: Callable[[Booking], bool]) -> Booking:
    """The row as soon as somebody else is through with it, or as it is when patience ends."""
    deadline = time.monotonic() + WAIT_SECONDS
    booking = Booking.objects.get(pk=booking_id)
    while is_at_work(booking) and time.monotonic() < deadline:
        time.sleep(0.1)
        booking = Booking.objects.get(pk=booking_id)
    return booking
