"""Paid orders reach Mango Biz once, and what it says becomes of the money."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from analytics.models import Alert
from catalog.queries import catalog_at_hand
from payments import services
from payments.models import Order, Payment
from store.models import Store
from store.tenancy import store_scope
from tests.payments.till import Till

pytestmark = pytest.mark.django_db(transaction=True)


def paid(till: Till) -> Order:
    order = till.order()
    till.pay(order)
    return order


def set_product(till: Till, order: Order, **fields: object) -> None:
    product = order.lines[0].product_id
    till.control("PATCH", f"{till.store.slug}/products/{product}", fields)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"stockStatus": "out_of_stock", "stockQuantity": 0}, "OUT_OF_STOCK"),
        ({"price": 999}, "PRICE_CHANGED"),
    ],
    ids=["sold-out", "price"],
)
def test_refused_and_the_hold_is_let_go(till: Till, change: dict[str, object], reason: str) -> None:
    order = paid(till)
    set_product(till, order, **change)
    till.work()
    assert till.state(order) == ("released", "rejected")
    assert order.reason == reason
    assert order.missing == ([str(order.lines[0].product_id)] if reason == "OUT_OF_STOCK" else [])
    assert till.at_stripe(order)["intent"]["status"] == "canceled"
    assert till.orders_upstream(order) == []


def test_away_and_back(till: Till) -> None:
    order = paid(till)
    till.faults(down="503")
    till.work(3)
    assert till.state(order) == ("held", "pending")
    till.faults()
    cache.clear()
    till.work()
    assert till.state(order) == ("taken", "placed")
    assert len(till.orders_upstream(order)) == 1


def test_lost_answers_make_one_order(till: Till) -> None:
    order = paid(till)
    till.faults(answerLostRate=1.0)
    till.work(1)
    assert till.state(order) == ("held", "pending")
    till.faults()
    cache.clear()
    till.work()
    assert till.state(order) == ("taken", "placed")
    assert len(till.orders_upstream(order)) == 1


def test_a_refused_key_is_for_a_person(till: Till) -> None:
    order = paid(till)
    store = Store.objects.get(pk=till.store.id)
    key, store.api_key = store.api_key, "wrong"
    store.save()
    till.work(2)
    assert till.state(order) == ("held", "pending")
    store.api_key = key
    store.save()
    till.work()
    assert till.state(order) == ("taken", "placed")


def test_given_up_after_a_week(till: Till) -> None:
    order = paid(till)
    till.faults(down="503")
    till.work(2)
    Order.across_stores.update(give_up_at=timezone.now())
    till.faults()
    cache.clear()
    till.work()
    assert till.state(order) == ("released", "failed")
    assert Alert.objects.get(cleared_at=None).kind == "order_failed"


def test_not_given_up_where_mango_biz_has_it(till: Till) -> None:
    """The answer was lost a week ago, and nobody could ask since."""
    order = paid(till)
    till.faults(answerLostRate=1.0)
    till.work(1)
    Order.across_stores.update(give_up_at=timezone.now())
    till.faults()
    cache.clear()
    till.work()
    assert till.state(order) == ("taken", "placed")
    assert not Alert.objects.filter(cleared_at=None).exists()


def test_an_order_whose_payment_is_gone_is_not_sent(till: Till) -> None:
    order = paid(till)
    till.end_pauses()
    services.settle_due_payments()
    Payment.across_stores.update(state="released")
    services.deliver_due_orders()
    order.refresh_from_db()
    assert (order.state, order.reason) == ("failed", "PAYMENT_LOST")
    assert till.orders_upstream(order) == []


def tell(till: Till, order: Order) -> bool:
    """What Mango Biz has of it now, as its webhook brings it."""
    upstream = till.mango.find_order_by_key(str(order.pk))
    assert upstream
    with store_scope(till.store), catalog_at_hand(), transaction.atomic():
        return services.take_in(upstream)


def test_what_mango_biz_says_later(till: Till) -> None:
    order = till.settled()
    [upstream] = till.orders_upstream(order)
    path = f"{till.store.slug}/orders/{upstream['id']}"
    till.control("PATCH", path, {"status": "shipped", "trackingUrl": "https://post.example.com/1"})
    assert tell(till, order)
    assert not tell(till, order), "twice is no news"
    order.refresh_from_db()
    assert (order.status, order.tracking_url) == ("shipped", "https://post.example.com/1")
    till.control("PATCH", path, {"status": "cancelled"})
    assert tell(till, order)
    till.work()
    assert till.payment(order).amount_left == 0


def test_the_webhook_overtakes_the_answer(till: Till) -> None:
    order = paid(till)
    till.faults(answerLostRate=1.0)
    till.work(1)
    till.faults()
    cache.clear()
    assert tell(till, order)
    order.refresh_from_db()
    assert (order.state, order.due_at, order.unknown_outcome) == ("placed", None, False)
    till.work(1)
    assert till.state(order) == ("taken", "placed")


def test_the_hold_is_taken_while_mango_biz_is_away(till: Till) -> None:
    order = paid(till)
    till.faults(down="503")
    till.work(2)
    with time_machine.travel(timezone.now() + timedelta(days=6, hours=1), tick=True):
        till.work(1)
        assert till.state(order) == ("taken", "pending")
