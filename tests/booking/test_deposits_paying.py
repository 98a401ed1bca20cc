"""Deposits: asked for when booking, paid at Stripe, and only then the visit is booked."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from analytics.models import Alert
from booking.models import Booking
from booking.services import find_amount, open_draft_like, purge_drafts
from booking.services.settling import settle_booking
from booking.tasks import sweep_bookings
from payments.models import Payment, PaymentState
from payments.purposes import Decision
from store.tenancy import StoreInfo, store_scope
from tests.booking.deposits import DECLINED, Desk
from tests.booking.helpers import check_shape, key, mails

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_visit_is_booked_when_its_deposit_is_there(desk: Desk) -> None:
    draft, headers = desk.draft(), {"Idempotency-Key": key()}
    assert draft["depositDue"] == 40
    answer = desk.api.post(f"draft/{draft['id']}/confirm", **headers)
    assert answer.status_code == 402
    check_shape("Error", answer.json())
    assert answer.json()["error"]["code"] == "PAYMENT_REQUIRED"
    booking = desk.row(draft["id"])
    payment = desk.payment(booking)
    address = answer.json()["error"]["details"]["checkoutUrl"]
    assert address == f"{desk.store.base_url}/payments/{payment.token}/"
    assert (payment.amount, payment.currency, payment.state) == (Decimal(40), "USD", "open")
    assert booking.expires_at == payment.expires_at
    desk.work()
    assert desk.states(booking) == ("draft", "open")
    assert desk.control.bookings() == []

    assert desk.pay(payment) == 200
    desk.work()
    assert desk.states(booking) == ("confirmed", "taken")
    [made] = desk.control.bookings()
    assert (made["depositPaid"], made["paymentReference"]) == (40, payment.intent_id)
    assert "Your deposit of $40 is paid. The rest, from $135, is due at the salon." in desk.mail("confirmed")
    again = desk.api.post(f"draft/{draft['id']}/confirm", **headers)
    assert again.status_code == 201
    assert again.json()["data"]["token"] == booking.token


def test_asked_twice_it_is_one_payment(desk: Desk) -> None:
    draft = desk.draft()
    first, again = (desk.payment(desk.asked(draft)) for _ in range(2))
    assert first.pk == again.pk
    assert Payment.across_stores.count() == 1


def test_another_sum_is_another_payment_and_the_first_one_is_given_back(desk: Desk) -> None:
    draft = desk.draft()
    first = desk.payment(desk.asked(draft))
    assert desk.pay(first) == 200  # in another tab; nobody here has heard of it yet
    desk.rules(prepayment="full")
    booking = desk.asked(draft)
    assert desk.payment(booking).amount == Decimal(175)
    desk.work()
    first.refresh_from_db()
    assert first.state == "released"
    assert desk.states(booking) == ("draft", "open")
    assert desk.pay(desk.payment(booking)) == 200
    desk.work()
    assert desk.states(booking) == ("confirmed", "taken")
    assert "Your visit is paid: $175." in desk.mail("confirmed")


@pytest.mark.parametrize(
    ("prepayment", "total", "deposit", "due"),
    [
        ("deposits", "175", "40", "40"),
        ("deposits", "30", "40", "30"),
        ("deposits", "175", "0", "0"),
        ("deposits", "175", "0.40", "0"),  # too small to be charged
        ("full", "175", "40", "175"),
        ("none", "175", "40", "0"),
    ],
    ids=["deposit", "never-more-than-the-price", "no-deposit", "too-small", "full", "none"],
)
def test_what_is_due(desk: Desk, prepayment: str, total: str, deposit: str, due: str) -> None:
    desk.rules(prepayment=prepayment)
    with store_scope(desk.store):
        found = find_amount(total=Decimal(total), deposit=Decimal(deposit), currency="USD")
    assert found == Decimal(due)


def test_a_salon_that_cannot_be_paid_online_books_at_once(desk: Desk, settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = ""
    draft = desk.draft()
    answer = desk.api.post(f"draft/{draft['id']}/confirm")
    assert answer.status_code == 201
    [made] = desk.control.bookings()
    assert "depositPaid" not in made
    assert "Of it a deposit, paid at the salon: $40" in desk.mail("confirmed")


def test_while_stripe_is_away_the_draft_is_kept(desk: Desk) -> None:
    draft = desk.draft()
    desk.stripe_faults(down="503")
    answer = desk.api.post(f"draft/{draft['id']}/confirm")
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "UPSTREAM_UNAVAILABLE"
    desk.stripe_faults(down=None)
    booking = desk.asked(draft)
    assert Payment.across_stores.count() == 1
    assert desk.payment(booking).intent_id


def test_a_declined_card_may_be_followed_by_a_better_one(desk: Desk) -> None:
    booking = desk.asked()
    assert desk.pay(desk.payment(booking), DECLINED) == 402
    desk.work()
    assert desk.states(booking) == ("draft", "open")
    assert desk.payment(booking).problem == "generic_decline"
    assert desk.pay(desk.payment(booking)) == 200
    desk.work()
    assert desk.states(booking) == ("confirmed", "taken")


def test_the_time_is_held_as_long_as_it_can_be_paid(desk: Desk) -> None:
    slot = desk.api.slots(desk.service)[0]
    booking = desk.asked(desk.draft(slot))
    who = str(booking.held_staff_id)
    with time_machine.travel(timezone.now() + timedelta(minutes=14)):
        assert slot["startTime"] not in _starts(desk, who)
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        desk.look()
        assert desk.states(booking) == ("draft", "released")
        assert slot["startTime"] in _starts(desk, who)
        assert desk.api.post(f"draft/{booking.pk}/confirm").status_code == 410


def _starts(desk: Desk, staff_id: str) -> set[str]:
    return {slot["startTime"] for slot in desk.api.slots(desk.service, staffId=staff_id)}


def test_paid_after_the_hold_ran_out_it_is_booked_all_the_same(desk: Desk) -> None:
    booking = desk.paid()
    desk.work(minutes=20)
    assert desk.states(booking) == ("confirmed", "taken")


def test_paid_too_late_for_a_time_that_is_anothers_now(desk: Desk) -> None:
    slot = desk.api.slots(desk.service)[0]
    booking = desk.asked(desk.draft(slot))
    assert desk.pay(desk.payment(booking)) == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=20)):
        desk.draft(slot, staffId=str(booking.held_staff_id))
        desk.look()
    assert desk.states(booking) == ("rejected", "released")
    assert desk.row(booking.pk).alternatives
    assert desk.control.bookings() == []
    assert "The $40 held on your card is not charged" in desk.mail("rejected")
    answer = desk.api.post(f"draft/{booking.pk}/confirm")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "SLOT_UNAVAILABLE")


def test_a_price_that_changed_after_paying_is_not_booked(desk: Desk) -> None:
    booking = desk.paid()
    desk.control.patch("services", desk.service, {"price": 190})
    desk.work()
    assert desk.states(booking) == ("rejected", "released")
    assert desk.control.bookings() == []
    assert "The $40 held on your card is not charged" in desk.mail("rejected")


def test_a_new_time_gives_the_payment_for_the_old_one_up(desk: Desk) -> None:
    booking = desk.paid()
    slots = desk.api.slots(desk.service)
    with store_scope(desk.store):
        row = Booking.objects.get(pk=booking.pk)
        later = datetime.fromisoformat(slots[3]["startTime"])
        fresh = open_draft_like(booking=row, start=later, staff_id=None)
    desk.work()
    assert Payment.across_stores.get().state == "released"
    assert desk.row(fresh.pk).payment_id is None
    assert desk.row(booking.pk).state == "draft"
    assert desk.control.bookings() == []


# --- while the salon does not answer ----------------------------------------------------------------


def test_the_money_is_held_until_the_salon_answers(desk: Desk) -> None:
    booking = desk.paid()
    desk.control.faults(down="503")
    desk.work()
    assert desk.states(booking) == ("pending", "held")
    assert mails(desk.store) == ["pending"]
    desk.control.faults()
    desk.work(minutes=30)
    assert desk.states(booking) == ("confirmed", "taken")


def test_given_up_on_it_goes_back(desk: Desk) -> None:
    booking = desk.paid()
    desk.control.faults(down="503")
    desk.work()
    desk.work(minutes=73 * 60)
    assert desk.states(booking) == ("failed", "released")
    assert "The $40 held on your card is not charged" in desk.mail("failed")


def test_a_hold_about_to_end_is_taken_before(desk: Desk) -> None:
    booking = desk.paid()
    desk.control.faults(down="503")
    desk.work()
    with store_scope(desk.store):
        payment = desk.payment(booking)
        payment.capture_before = timezone.now() + timedelta(hours=23)
        assert settle_booking(payment) == Decision.TAKE
        payment.capture_before = timezone.now() + timedelta(hours=25)
        assert settle_booking(payment) == Decision.WAIT


def test_a_hold_that_ended_before_the_salon_heard_of_it(desk: Desk) -> None:
    booking = desk.paid()
    desk.look()
    assert desk.states(booking) == ("submitting", "held")
    desk.lapse(desk.payment(booking))
    desk.work()
    assert desk.states(booking) == ("failed", "released")
    assert desk.control.bookings() == []
    assert "Your payment did not come through" in desk.mail("failed")


def test_a_hold_that_ended_while_nobody_answered(desk: Desk) -> None:
    """Mango Biz may have it, so it is asked; and only when it has not, nothing comes of it."""
    booking = desk.paid()
    desk.control.faults(down="503")
    desk.work()
    assert desk.row(booking.pk).unknown_outcome
    desk.lapse(desk.payment(booking))
    desk.work()
    assert desk.states(booking) == ("pending", "released")
    desk.control.faults()
    desk.work(minutes=30)
    assert desk.states(booking) == ("failed", "released")
    assert desk.control.bookings() == []
    assert "Your payment did not come through" in desk.mail("failed")


def test_a_hold_that_ended_after_the_salon_heard_of_it_is_told_to_the_operators(desk: Desk) -> None:
    booking = desk.paid()
    desk.look()
    sweep_bookings()
    assert desk.states(booking) == ("confirmed", "held")
    desk.lapse(desk.payment(booking))
    desk.look()
    assert desk.states(booking) == ("confirmed", "released")
    assert Alert.objects.filter(kind=Alert.Kind.ORDER_UNPAID, subject=str(booking.pk)).exists()


def test_money_on_its_way_holds_the_time_for_days(desk: Desk, luna: StoreInfo) -> None:
    slot = desk.api.slots(desk.service, start=date.today() + timedelta(days=5))[0]
    booking = desk.asked(desk.draft(slot))
    Payment.across_stores.update(state=PaymentState.PROCESSING)
    with time_machine.travel(timezone.now() + timedelta(days=1, hours=1)):
        with store_scope(luna):
            assert settle_booking(desk.payment(booking)) == Decision.WAIT
        assert slot["startTime"] not in _starts(desk, str(booking.held_staff_id))
        assert desk.api.post(f"draft/{booking.pk}/confirm").status_code == 402


def test_a_draft_that_may_be_paid_is_not_purged(desk: Desk) -> None:
    booking = desk.paid()
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        assert purge_drafts() == 0
        Payment.across_stores.update(state=PaymentState.RELEASED)
        assert purge_drafts() == 1
    with store_scope(desk.store):
        assert settle_booking(Payment.objects.get(subject_id=booking.pk)) == Decision.GIVE_BACK
