"""A payment is looked at until it is settled: what Stripe says is noted, what the order wants is done."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from analytics.models import Alert
from payments import services
from payments.models import Order, Payment, PaymentSettings
from store.tenancy import store_scope
from tests.payments.till import DECLINED, NEEDS_3DS, Till

pytestmark = pytest.mark.django_db(transaction=True)


def open_alerts() -> list[str]:
    return list(Alert.objects.filter(cleared_at=None).values_list("kind", flat=True))


def test_held_placed_taken(till: Till) -> None:
    order = till.order(quantity=2)
    assert till.state(order) == ("open", "unpaid")
    till.pay(order)
    till.work()
    assert till.state(order) == ("taken", "placed")
    assert till.timeline(order) == ["opened", "held", "taken"]
    payment = till.payment(order)
    assert (payment.amount_taken, payment.method, payment.due_at) == (order.total, "visa 4242", None)
    assert [row["paymentReference"] for row in till.orders_upstream(order)] == [payment.intent_id]
    assert till.at_stripe(order)["charges"][0]["amount_captured"] == till.at_stripe(order)["intent"]["amount"]


def test_nothing_is_sent_before_it_is_paid(till: Till) -> None:
    order = till.order()
    till.work()
    assert till.state(order) == ("open", "unpaid")
    assert till.orders_upstream(order) == []


def test_declined_and_tried_again(till: Till) -> None:
    order = till.order()
    assert till.pay(order, DECLINED) == 402
    till.work(1)
    assert (till.state(order), till.payment(order).problem) == (("open", "unpaid"), "generic_decline")
    till.pay(order)
    till.work()
    assert till.state(order) == ("taken", "placed")
    assert till.payment(order).problem == ""
    assert till.timeline(order) == ["opened", "declined", "held", "taken"]


@pytest.mark.parametrize("succeeds", [True, False], ids=["passed", "failed"])
def test_authentication(till: Till, succeeds: bool) -> None:
    order = till.order()
    till.pay(order, NEEDS_3DS)
    till.work(1)
    assert till.state(order) == ("open", "unpaid")
    till.act(order, "authentication", {"succeeds": succeeds})
    till.work()
    expected = ("taken", "placed") if succeeds else ("open", "unpaid")
    assert till.state(order) == expected


def test_never_paid(till: Till) -> None:
    order = till.order()
    Payment.across_stores.update(expires_at=timezone.now())
    till.work()
    assert till.state(order) == ("released", "abandoned")
    assert till.at_stripe(order)["intent"]["status"] == "canceled"
    assert till.payment(order).due_at is None


def test_never_made_payable(till: Till) -> None:
    order = till.order(start=False)
    Payment.across_stores.update(expires_at=timezone.now())
    till.work()
    assert till.state(order) == ("released", "abandoned")
    assert till.start(till.payment(order)).intent_id == ""


def test_made_payable_at_the_very_end(till: Till) -> None:
    """Between what the look asked and what it writes down, Stripe has made it payable: it is not let go
    unseen."""
    order = till.order(start=False)
    Payment.across_stores.update(due_at=timezone.now())
    [claimed] = services.settling.claim(Payment, limit=1, lease=timedelta(minutes=1))
    till.start(till.payment(order))
    Payment.across_stores.update(expires_at=timezone.now())
    with store_scope(till.store):
        services.settling.settle(claimed)
    assert till.state(order) == ("released", "abandoned")
    assert till.at_stripe(order)["intent"]["status"] == "canceled"


def test_who_asks_during_a_look_gets_another_one(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """A webhook that comes after Stripe was asked and before its answer is noted."""
    order = till.settled()
    note_news = services.settling._note_news

    def told_meanwhile(payment, *facts):
        services.look_again(intent_id=payment.intent_id)
        monkeypatch.setattr(services.settling, "_note_news", note_news)
        return note_news(payment, *facts)

    monkeypatch.setattr(services.settling, "_note_news", told_meanwhile)
    with store_scope(till.store):
        assert services.settling.look_now(till.payment(order).pk)
    assert till.payment(order).due_at is not None
    services.settle_due_payments()
    assert till.payment(order).due_at is None


def test_a_look_is_one_persons(till: Till) -> None:
    order = till.order()
    Payment.across_stores.update(due_at=timezone.now())
    services.settling.claim(Payment, limit=1, lease=timedelta(minutes=1))
    with store_scope(till.store):
        assert not services.settling.look_now(till.payment(order).pk)


def test_another_store_cannot_ask(till: Till, neighbours_till: Till) -> None:
    order = till.settled()
    with store_scope(neighbours_till.store):
        assert not services.look_again(intent_id=till.payment(order).intent_id)


@pytest.mark.parametrize(
    "wrong",
    [{"amount": 1}, {"currency": "EUR"}, {"purpose": "booking"}],
    ids=["amount", "currency", "metadata"],
)
def test_what_was_not_asked_for_is_not_believed(till: Till, wrong: dict[str, object]) -> None:
    order = till.order()
    till.pay(order)
    was = {name: getattr(till.payment(order), name) for name in wrong}
    Payment.across_stores.update(**wrong)
    till.work(1)
    assert till.state(order) == ("open", "unpaid")
    assert open_alerts() == ["payment_mismatch"]
    Payment.across_stores.update(**was)
    till.work()
    assert till.state(order) == ("taken", "placed")
    assert open_alerts() == []


def test_keys_that_are_gone(till: Till, settings: object) -> None:
    order = till.order()
    till.pay(order)
    key, settings.STRIPE_SECRET_KEY = settings.STRIPE_SECRET_KEY, ""  # type: ignore[attr-defined]
    till.work(1)
    assert (till.state(order), open_alerts()) == (("open", "unpaid"), ["payment_stuck"])
    settings.STRIPE_SECRET_KEY = "sk_test_wrong"  # type: ignore[attr-defined]
    till.work(1)
    assert (till.state(order), open_alerts()) == (("open", "unpaid"), ["payment_stuck"])
    settings.STRIPE_SECRET_KEY = key  # type: ignore[attr-defined]
    till.work()
    assert (till.state(order), open_alerts()) == (("taken", "placed"), [])


def test_keys_that_are_gone_before_it_was_made_payable(till: Till, settings: object) -> None:
    """Nobody can have paid it: it ends when its time is over, and no person has to see to it."""
    order = till.order(start=False)
    settings.STRIPE_SECRET_KEY = ""  # type: ignore[attr-defined]
    till.work(1)
    assert (till.state(order), open_alerts()) == (("open", "unpaid"), [])
    Payment.across_stores.update(expires_at=timezone.now())
    till.work(1)
    assert (till.state(order), open_alerts()) == (("released", "abandoned"), [])
    assert till.payment(order).due_at is None


def test_an_order_that_is_over_before_it_was_made_payable(till: Till) -> None:
    order = till.order(start=False)
    Order.across_stores.update(state="rejected")
    till.work(1)
    assert till.state(order) == ("released", "rejected")
    assert till.payment(order).due_at is None


def test_a_bug_is_met_less_and_less_often_and_told(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    order = till.order()
    till.pay(order)
    with monkeypatch.context() as patch:
        patch.setattr(services.orders, "submit_order", lambda _order_id: 1 / 0)
        pauses = []
        for _time in range(4):
            till.end_pauses()
            services.settle_due_payments()
            payment = till.payment(order)
            assert payment.lease is None
            assert payment.due_at
            pauses.append((payment.due_at - timezone.now()).total_seconds())
            assert open_alerts() == (["payment_stuck"] if _time >= 2 else [])
        assert pauses == sorted(pauses)
        assert "ZeroDivisionError" in payment.last_error
    till.work()
    assert (till.state(order), open_alerts()) == (("taken", "placed"), [])


def test_paid_twice_over_goes_back_once(till: Till) -> None:
    """Two payments for one order, both held: the newer one counts."""
    order = till.order()
    till.pay(order)
    first = till.payment(order)
    second = till.start(till.open(order))
    till.pay(order)
    till.work()
    states = {p.pk: p.state for p in Payment.across_stores.all()}
    assert states == {first.pk: "released", second.pk: "taken"}
    order.refresh_from_db()
    assert order.state == "placed"


def test_an_older_payment_that_ends_does_not_end_its_order(till: Till) -> None:
    order = till.order()
    Payment.across_stores.update(expires_at=timezone.now())
    till.start(till.open(order))
    till.work()
    assert till.state(order) == ("open", "unpaid")
    till.pay(order)
    till.work()
    assert till.state(order) == ("taken", "placed")


@pytest.mark.parametrize("says_when", [True, False], ids=["told", "not told"])
def test_a_hold_is_taken_before_it_lapses(till: Till, says_when: bool) -> None:
    """Mango Biz is away all the time: the money is taken, the order waits on."""
    order = till.order()
    till.pay(order)
    till.faults(down="503")
    till.work(2)
    assert till.state(order) == ("held", "pending")
    soon = timezone.now() + timedelta(hours=20)
    with store_scope(till.store):
        payment = till.payment(order)
        payment.capture_before = soon if says_when else None
        payment.created_at = timezone.now() - timedelta(days=0 if says_when else 6, hours=1)
        assert services.is_hold_ending(payment, timezone.now())
        payment.created_at = timezone.now()
        payment.capture_before = timezone.now() + timedelta(days=3)
        assert not services.is_hold_ending(payment, timezone.now())


def test_a_hold_that_lapsed(till: Till) -> None:
    order = till.order()
    till.pay(order)
    till.faults(down="503")
    till.work(2)
    till.act(order, "expiry")
    till.faults()
    till.work()
    assert till.state(order) == ("released", "failed")
    assert till.orders_upstream(order) == []


def test_stripe_away_for_a_while(till: Till) -> None:
    order = till.order()
    till.pay(order)
    till.faults("stripe", down="503")
    till.work(3)
    assert till.state(order) == ("open", "unpaid")
    assert till.payment(order).last_error
    till.faults("stripe")
    cache.clear()  # the breaker's pause is over
    till.work()
    assert till.state(order) == ("taken", "placed")
    assert open_alerts() == []


def test_one_accounts_limit_does_not_stop_the_others(till: Till) -> None:
    """429 is an answer: the breaker, which all stores share, counts silence."""
    till.faults("stripe", rateLimited=True)
    order = till.order(start=False)
    for _try in range(6):
        with store_scope(till.store), pytest.raises(services.PaymentUnavailable):
            services.start_payment(payment_id=till.payment(order).pk)
    till.faults("stripe")
    assert till.start(till.payment(order)).intent_id


def test_lost_answers_make_one_payment_at_stripe(till: Till) -> None:
    till.faults("stripe", answerLostRate=1.0)
    order = till.order(start=False)
    with store_scope(till.store), pytest.raises(services.PaymentUnavailable):
        services.start_payment(payment_id=till.payment(order).pk)
    till.faults("stripe")
    till.start(till.payment(order))
    rows = till.control("GET", "stripe/payments.json?limit=1000")["data"]
    mine = [row for row in rows if row["intent"]["metadata"].get("payment") == str(till.payment(order).pk)]
    assert [row["intent"]["id"] for row in mine] == [till.payment(order).intent_id]


def test_own_keys_and_connect_accounts(till: Till) -> None:
    salons = {row["slug"]: row["stripe"] for row in till.control("GET", "salons.json")}
    mine = salons[till.store.slug]
    with store_scope(till.store):
        own = PaymentSettings.objects.create(account_id=mine["account"])
    first = till.settled()
    assert till.at_stripe(first)["salon"] == till.store.slug
    own.account_id, own.secret_key, own.publishable_key = "", mine["secretKey"], mine["publishableKey"]
    own.save()
    second = till.settled()
    assert till.payment(second).uses_own_keys
    assert till.at_stripe(second)["salon"] == till.store.slug
    with store_scope(till.store):  # the first one is still looked at where it is
        assert services.settling.look_now(till.payment(first).pk)
    assert till.payment(first).last_error == ""


def test_the_order_that_nobody_has(till: Till) -> None:
    order = till.order()
    till.pay(order)
    Order.across_stores.filter(pk=order.pk).delete()
    till.work()
    assert till.payment(order).state == "released"
