"""Paying a deposit as a client sees it, on pages without a script."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.utils import timezone

from booking.models import Booking
from payments.models import Payment, PaymentState
from payments.purposes import find_purpose
from store.tenancy import store_scope
from tests.booking.deposits import DECLINED, Desk

pytestmark = pytest.mark.django_db(transaction=True)


def text_of(desk: Desk, path: str, *, status: int = 200) -> str:
    answer = desk.api.client.get(path)
    assert answer.status_code == status, answer.content
    return " ".join(answer.content.decode().split())


def press(desk: Desk, draft: dict[str, object]) -> str:
    """The button of the review page; where it leads, without the host."""
    answer = desk.api.client.post(f"/book/{draft['id']}/confirm/", {"total": draft["totalPrice"]})
    assert answer.status_code == 303
    parts = urlsplit(answer.url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def test_the_review_says_what_is_paid_and_what_happens_to_it(desk: Desk) -> None:
    draft = desk.draft()
    page = text_of(desk, f"/book/{draft['id']}/confirm/")
    assert "Pay $40 deposit" in page
    assert (
        "$40 of it is a deposit, paid online when you book. The rest, from $135, you pay at the salon."
        in page
    )
    assert "and what you paid comes back to you. After that, the salon keeps it." in page
    desk.rules(prepayment="full", refunds_cancellations=False)
    page = text_of(desk, f"/book/{draft['id']}/confirm/")
    assert ">Pay $175</button>" in page
    assert "If you cancel, the salon keeps what you paid." in page
    desk.rules(prepayment="none")
    page = text_of(desk, f"/book/{draft['id']}/confirm/")
    assert "Nothing to pay today." in page
    assert "what you paid" not in page


def test_the_button_leads_to_the_payment_and_again_to_the_same(desk: Desk) -> None:
    draft = desk.draft()
    first = press(desk, draft)
    payment = Payment.across_stores.get()
    assert first == f"/payments/{payment.token}/"
    assert press(desk, draft) == first


def test_the_bill(desk: Desk) -> None:
    booking = desk.asked()
    with store_scope(desk.store):
        bill = find_purpose("booking").describe(desk.payment(booking))
    assert bill.title == "Deposit for your visit"
    assert [line.amount for line in bill.lines] == [desk.payment(booking).amount]
    assert "The rest, from $135, is due at the salon." in bill.note
    assert "Cancel until " in bill.note
    assert bill.back_url == f"/book/{booking.pk}/confirm/"
    assert bill.done_url == f"/bookings/{booking.token}/"


def test_from_the_payment_to_the_ticket(desk: Desk) -> None:
    booking = desk.asked()
    here = f"/bookings/{booking.token}/"
    page = text_of(desk, here)
    assert "Waiting for your payment." in page
    assert f"/payments/{desk.payment(booking).token}/" in page

    assert desk.pay(desk.payment(booking), DECLINED) == 402
    desk.look()
    page = text_of(desk, here)
    assert "The payment did not go through." in page
    assert "Try again" in page

    assert desk.pay(desk.payment(booking)) == 200
    answer = desk.api.client.get(f"{here}?returned=1")
    assert answer["Refresh"]
    assert "We are asking how your payment went." not in answer.content.decode()  # it was declined, so far
    desk.look()
    page = text_of(desk, here)
    assert "Your payment is there; we are booking your visit now" in page
    desk.work()
    page = text_of(desk, here)
    assert "Deposit</dt><dd>$40" in page
    assert ">paid</span>" in page
    assert "At the salon</dt><dd>from $135" in page
    assert "Refresh" not in desk.api.client.get(here).headers


def test_whoever_comes_back_from_paying_is_not_asked_to_pay_again(desk: Desk) -> None:
    booking = desk.asked()
    payment = desk.payment(booking)
    back = text_of(desk, desk.api.client.get(f"/payments/{payment.token}/return/").url)
    assert "We are asking how your payment went." in back
    assert f"/payments/{payment.token}/" not in back
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        later = text_of(desk, f"/bookings/{booking.token}/?returned=1")
        assert f"/payments/{payment.token}/" in later


def test_while_the_payment_is_on_its_way(desk: Desk) -> None:
    booking = desk.asked()
    Payment.across_stores.update(state=PaymentState.PROCESSING)
    assert "Your payment is on its way." in text_of(desk, f"/bookings/{booking.token}/")
    Payment.across_stores.update(state=PaymentState.HELD)
    assert "Your payment is there." in text_of(desk, f"/bookings/{booking.token}/")
    for step in ("details", "confirm"):
        answer = desk.api.client.get(f"/book/{booking.pk}/{step}/")
        assert answer.url.endswith(f"/bookings/{booking.token}/")


def test_too_late_to_pay_it_starts_again(desk: Desk) -> None:
    booking = desk.asked()
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        answer = desk.api.client.get(f"/bookings/{booking.token}/", follow=True)
        assert answer.status_code == 410
        assert "We let the time go" in answer.content.decode()


def test_a_draft_that_is_paid_for_has_no_other_page_by_its_token(desk: Desk) -> None:
    """Nothing to move, cancel or put into a calendar yet; and a draft nobody paid for has none at all."""
    booking = desk.asked()
    for page in ("move/", "cancellation/", "calendar.ics"):
        assert desk.api.client.get(f"/bookings/{booking.token}/{page}").status_code == 404
    assert desk.api.get(booking.token).status_code == 404
    other = desk.row(desk.draft(desk.api.slots(desk.service)[5])["id"])
    assert desk.api.client.get(f"/bookings/{other.token}/").status_code == 404


def test_while_stripe_is_away_the_review_says_so(desk: Desk) -> None:
    draft = desk.draft()
    desk.stripe_faults(down="503")
    address = press(desk, draft)
    assert address == f"/book/{draft['id']}/confirm/?why=payment"
    assert "Payments cannot be taken just now" in text_of(desk, address)
    assert Booking.across_stores.get().state == "draft"


def test_a_time_lost_after_paying_says_what_becomes_of_the_money(desk: Desk) -> None:
    booking = desk.paid()
    desk.control.close(booking.start_at.isoformat(), booking.end_at.isoformat())
    desk.work()
    assert desk.states(booking) == ("rejected", "released")
    page = text_of(desk, f"/book/{booking.pk}/confirm/")
    assert "Somebody was a moment faster" in page
    assert "Nothing was charged." in page
    page = text_of(desk, f"/bookings/{booking.token}/")
    assert "Nothing was booked. Nothing was charged." in page
    assert "not charged" in page
