"""What becomes of a deposit when a visit is canceled: by whom, when, and taken back or not."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from analytics.models import Alert
from payments.models import Payment
from tests.booking.deposits import Desk
from tests.booking.helpers import hear, mails

pytestmark = pytest.mark.django_db(transaction=True)


def page_of(desk: Desk, path: str) -> str:
    answer = desk.api.client.get(path)
    assert answer.status_code == 200, answer.content
    return " ".join(answer.content.decode().split())


def test_canceled_in_time_it_comes_back_when_nobody_can_undo_it_any_more(desk: Desk) -> None:
    booking = desk.booked()
    assert desk.payment(booking).due_at is None
    before = page_of(desk, f"/bookings/{booking.token}/cancellation/")
    assert "The $40 you paid comes back to you." in before
    desk.cancel(booking)
    assert desk.payment(booking).due_at is not None  # in the very transaction: nobody else would look
    assert "The $40 you paid goes back to you the same way." in desk.mail("cancelled")
    desk.work(minutes=1)
    assert desk.refunds() == []

    desk.work(minutes=3)
    assert desk.refunds() == ["succeeded"]
    desk.look()
    payment = desk.payment(booking)
    assert (payment.amount_left, payment.due_at) == (0, None)
    page = page_of(desk, f"/bookings/{booking.token}/")
    assert "given back" in page
    assert "Undo" not in page


def test_a_cancellation_that_is_taken_back_keeps_the_deposit(desk: Desk) -> None:
    booking = desk.booked()
    desk.cancel(booking)
    desk.look()
    answer = desk.api.client.post(f"/bookings/{booking.token}/restoration/")
    assert answer.url.endswith("?why=back")
    desk.work(minutes=5)
    assert desk.states(booking) == ("confirmed", "taken")
    assert desk.refunds() == []
    [again] = [made for made in desk.control.bookings() if made["status"] == "confirmed"]
    assert again["depositPaid"] == 40


def test_what_was_given_back_cannot_be_restored(desk: Desk) -> None:
    """The undo comes late, because the clocks of two servers differ."""
    booking = desk.booked()
    desk.cancel(booking)
    desk.work(minutes=3)
    assert desk.refunds() == ["succeeded"]
    answer = desk.api.client.post(f"/bookings/{booking.token}/restoration/")
    assert answer.url.endswith("?why=not-undone")
    assert desk.row(booking.pk).state == "cancelled"


def test_a_salon_that_keeps_deposits_says_so_before(desk: Desk) -> None:
    desk.rules(refunds_cancellations=False)
    booking = desk.booked()
    before = page_of(desk, f"/bookings/{booking.token}/cancellation/")
    assert "The salon keeps the $40 you paid." in before
    desk.cancel(booking)
    assert "The salon keeps the $40 you paid" in desk.mail("cancelled")
    # What was said at that moment counts, whatever the rules are later.
    desk.rules(refunds_cancellations=True)
    desk.work(minutes=5)
    assert desk.states(booking) == ("cancelled", "taken")
    assert desk.refunds() == []


def test_a_promise_to_give_back_outlives_the_rule(desk: Desk) -> None:
    booking = desk.booked()
    desk.cancel(booking)
    desk.rules(refunds_cancellations=False)
    desk.work(minutes=3)
    assert desk.refunds() == ["succeeded"]


def test_canceled_by_the_salon_it_comes_back_at_once(desk: Desk) -> None:
    desk.rules(refunds_cancellations=False)
    booking = desk.booked()
    said = desk.control.cancel(str(booking.upstream_id))
    hear(desk.store, said)
    assert "The $40 you paid goes back to you" in desk.mail("cancelled")
    desk.look()
    assert desk.refunds() == ["succeeded"]


def test_withdrawn_before_the_salon_had_it_nothing_is_kept(desk: Desk) -> None:
    desk.rules(refunds_cancellations=False)
    booking = desk.paid()
    desk.control.faults(down="503")
    desk.work()
    assert desk.states(booking) == ("pending", "held")
    desk.control.faults()
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        desk.cancel(booking)
    desk.work(minutes=5)
    assert desk.states(booking) == ("cancelled", "released")
    assert mails(desk.store) == ["pending", "cancelled"]
    assert "The $40 held on your card is not charged" in desk.mail("cancelled")


def test_a_visit_that_took_place_keeps_its_deposit(desk: Desk) -> None:
    booking = desk.booked()
    [said] = desk.control.bookings()
    hear(desk.store, said, status="no_show", version=said["version"] + 1)
    desk.work(minutes=5)
    assert desk.states(booking) == ("no_show", "taken")
    assert desk.refunds() == []


def test_a_visit_that_comes_back_without_its_deposit_is_told_to_the_operators(desk: Desk) -> None:
    booking = desk.booked()
    said = desk.control.cancel(str(booking.upstream_id))
    hear(desk.store, said)
    desk.look()
    assert desk.refunds() == ["succeeded"]
    hear(desk.store, said, status="confirmed", version=said["version"] + 1)
    desk.look()
    assert Alert.objects.filter(kind=Alert.Kind.ORDER_UNPAID, subject=str(booking.pk)).exists()


def test_a_visit_not_paid_for_has_no_payment_to_look_at(desk: Desk) -> None:
    desk.rules(prepayment="none")
    draft = desk.draft()
    booking = desk.api.post(f"draft/{draft['id']}/confirm").json()["data"]
    desk.cancel(desk.row(draft["id"]))
    assert booking["status"] == "confirmed"
    assert not Payment.across_stores.exists()
    assert "paid" not in desk.mail("cancelled").replace("Total, paid at the salon", "").replace(
        "Of it a deposit, paid at the salon", ""
    )
