"""One cart is paid once: whoever presses "pay" again has one order in the end, and one charge."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from payments import services
from payments.models import Order, Payment
from store.tenancy import store_scope
from tests.payments.shopping import Shopper, payment_at
from tests.payments.till import Till

pytestmark = pytest.mark.django_db(transaction=True)


def order_at(response: Any) -> Order:
    return Order.across_stores.get(pk=payment_at(response).subject_id)


@pytest.fixture
def filled(shopper: Shopper) -> Shopper:
    shopper.add(shopper.products()[0])
    return shopper


def place_again(shopper: Shopper) -> tuple[Order, Order]:
    """The cart as it was ordered first, and again with one more in it."""
    first = order_at(shopper.order())
    shopper.add(shopper.products()[1])
    return first, order_at(shopper.order())


def intents(till: Till, *orders: Order) -> list[str]:
    return [till.at_stripe(order)["intent"]["status"] for order in orders]


def test_the_newer_order_takes_the_place_of_the_unpaid_one(filled: Shopper, till: Till) -> None:
    first, second = place_again(filled)
    assert till.state(first) == ("released", "abandoned")
    assert intents(till, first, second) == ["canceled", "requires_payment_method"]
    page = filled.browser.get(f"/payments/{till.payment(first).token}/", follow=True).content.decode()
    assert "Another order took the place of this one" in page
    till.pay(second)
    till.work()
    assert till.state(second) == ("taken", "placed")


def test_stripe_away_while_it_should_be_cancelled(filled: Shopper, till: Till, monkeypatch: Any) -> None:
    """The older one is payable a little longer; the poller sees to it."""
    monkeypatch.setattr(services.placing, "look_now", lambda _payment_id: False)
    first, second = place_again(filled)
    assert till.state(first) == ("open", "unpaid")
    services.settle_due_payments()
    assert (till.state(first), till.state(second)) == (("released", "abandoned"), ("open", "unpaid"))


def test_one_that_stripe_never_made_payable_ends_as_well(filled: Shopper, till: Till) -> None:
    till.faults("stripe", answerLostRate=1.0)
    assert filled.order().status_code == 503
    first = Order.across_stores.get()
    till.faults("stripe")
    filled.add(filled.products()[1])
    second = order_at(filled.order())
    till.work(2)
    assert (till.state(first), till.state(second)) == (("released", "abandoned"), ("open", "unpaid"))


def test_paid_a_moment_ago_in_another_tab(filled: Shopper, till: Till) -> None:
    """No webhook yet, no return: the client is told, and nothing is payable a second time."""
    first = order_at(filled.order())
    till.pay(first)
    filled.add(filled.products()[1])
    response = filled.order()
    assert response.status_code == 409
    page = response.content.decode()
    assert "You have paid for this cart already" in page
    assert 'value="Zoë"' in page
    assert Order.across_stores.count() == 1
    till.work()
    assert till.state(first) == ("taken", "placed")
    # Told so, they want it all the same.
    second = order_at(filled.order())
    till.pay(second)
    till.work()
    assert till.state(second) == ("taken", "placed")


def test_closed_after_paying_and_back_another_day(filled: Shopper, till: Till) -> None:
    """The order's page was never seen, so the cart still holds what was bought."""
    till.pay(order_at(filled.order()))
    till.work()
    assert filled.order().status_code == 409
    assert Order.across_stores.count() == 1


@pytest.mark.parametrize("taken", [False, True], ids=["held", "taken at once"])
def test_both_paid_at_the_same_moment(
    filled: Shopper, till: Till, taken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services.placing, "look_now", lambda _payment_id: False)
    first, second = place_again(filled)
    till.pay(first)
    till.pay(second)
    if taken:  # a way to pay that cannot be held
        for order in (first, second):
            with store_scope(till.store):
                stripe = services.accounts.stripe_of(till.payment(order))
                assert stripe
                stripe.take(till.payment(order).intent_id, key=f"{order.pk}:at once")
    till.work()
    states = {till.state(order) for order in (first, second)}
    assert states == {("taken", "placed"), ("taken" if taken else "released", "abandoned")}
    lost = next(order for order in (first, second) if order.state == "abandoned")
    assert till.orders_upstream(lost) == []
    kept = [till.payment(order).amount_left for order in (first, second)]
    assert (min(kept), max(kept) > 0) == (0, True)
    page = filled.browser.get(f"/orders/{lost.token}/").content.decode()
    assert "Another order took the place of this one" in page


def test_paid_while_its_successor_is_being_placed(filled: Shopper, till: Till, monkeypatch: Any) -> None:
    """The client's bank says yes after we looked and before the newer order is written down."""
    first = order_at(filled.order())
    save = services.placing._save

    def paid_meanwhile(order: Order) -> Payment:
        till.pay(first)
        return save(order)

    monkeypatch.setattr(services.placing, "_save", paid_meanwhile)
    filled.add(filled.products()[1])
    second = order_at(filled.order())
    till.work()
    assert till.state(first) == ("taken", "placed")
    assert till.state(second) == ("released", "abandoned")
    assert intents(till, second) == ["canceled"]


def test_a_payment_on_its_way_is_left_alone(filled: Shopper, till: Till) -> None:
    first = order_at(filled.order())
    Payment.across_stores.update(state="processing")
    filled.add(filled.products()[1])
    assert filled.order().status_code == 409
    assert Order.across_stores.get() == first
    assert till.at_stripe(first)["intent"]["status"] != "canceled"


def test_back_to_what_was_ordered_first(filled: Shopper, till: Till) -> None:
    """The same page, sent off a third time with the first answers: payable, though the first one is over."""
    fields = filled.seen()
    first = order_at(filled.order(**fields))
    order_at(filled.order(**fields, first_name="Lena"))
    till.work(1)
    third = order_at(filled.order(**fields))
    assert third.pk != first.pk
    assert order_at(filled.order(**fields)) == third  # pressed twice it is one
    till.pay(third)
    till.work()
    assert till.state(third) == ("taken", "placed")
    assert sorted(Order.across_stores.values_list("state", flat=True)) == ["abandoned", "abandoned", "placed"]


def test_the_paid_orders_page_frees_the_cart(filled: Shopper, till: Till) -> None:
    """Emptied where nothing was changed; what was changed can be ordered beside."""
    first = order_at(filled.order())
    till.pay(first)
    till.work()
    filled.add(filled.products()[1])
    filled.browser.get(f"/orders/{first.token}/")
    assert len(filled.api("get").json()["data"]["items"]) == 2
    second = order_at(filled.order())
    till.pay(second)
    till.work()
    filled.browser.get(f"/orders/{second.token}/")
    assert filled.api("get").json()["data"]["items"] == []


def test_filled_again_with_the_same_it_stays(filled: Shopper, till: Till) -> None:
    first = order_at(filled.order())
    till.pay(first)
    till.work()
    filled.browser.get(f"/orders/{first.token}/")
    filled.add(filled.products()[0])
    filled.browser.get(f"/orders/{first.token}/")
    assert len(filled.api("get").json()["data"]["items"]) == 1


def test_another_visitors_order_is_not_touched(
    filled: Shopper, till: Till, visit: Any, reset_sandbox: Any
) -> None:
    first = order_at(filled.order())
    other = Shopper(visit(till.store), till.store, reset_sandbox)
    other.add(other.products()[0])
    second = order_at(other.order())
    till.work(1)
    assert intents(till, first, second) == ["requires_payment_method"] * 2


def test_a_refused_order_can_be_ordered_again(filled: Shopper, till: Till) -> None:
    """From the same cart, the first one's money being on its way back."""
    first = order_at(filled.order())
    Order.across_stores.update(state="rejected", created_at=timezone.now() - timedelta(minutes=1))
    second = order_at(filled.order())
    till.pay(second)
    till.work()
    assert (till.state(first)[1], till.state(second)) == ("rejected", ("taken", "placed"))
