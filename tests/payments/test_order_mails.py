"""What clients are told of their orders."""

from collections.abc import Callable

import pytest
from django.test import Client

from payments.models import Order
from payments.services import mails
from store.models import Email
from store.tenancy import StoreInfo, store_scope
from tests.payments.shopping import SHIPPING, Shopper, only_order, payment_at
from tests.payments.till import Till
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db(transaction=True)


def mail(kind: str) -> Email:
    found: Email = Email.across_stores.get(kind=f"order/{kind}")
    return found


def test_the_receipt_comes_when_the_salon_has_it(shopper: Shopper, till: Till) -> None:
    product = shopper.products()[0]
    shopper.add(product, 2)
    payment_at(shopper.order(**SHIPPING))
    order = only_order()
    till.pay(order)
    assert not Email.across_stores.exists()
    till.work(3)
    order.refresh_from_db()
    receipt = mail("placed")
    assert receipt.recipient == "zoe@example.com"
    assert order.order_number in receipt.subject
    for words in (f"2 × {product.name}", "Tax, 9.75 %", f"${order.total:.2f}", "12 Example Street"):
        assert words in receipt.text
        assert words in receipt.html
    assert f"{shopper.store.base_url}/orders/{order.token}/" in receipt.text


def test_refused_says_what_is_missing_and_that_the_money_comes_back(shopper: Shopper, till: Till) -> None:
    product = shopper.products()[0]
    shopper.add(product, 3)
    payment_at(shopper.order())
    till.control("PATCH", f"{shopper.store.slug}/products/{product.id}", {"stockQuantity": 1})
    till.pay(only_order())
    till.work(4)
    text = mail("rejected").text
    assert f"Not enough of: {product.name}" in text
    assert "You pay nothing for it" in text


def test_each_news_once_and_being_prepared_is_none(shopper: Shopper, till: Till) -> None:
    shopper.add(shopper.products()[0])
    payment_at(shopper.order())
    order = only_order()
    order.order_number = "OR-1"
    with store_scope(shopper.store):
        for status in ("processing", "ready", "shipped", "shipped", "completed", "cancelled", "refunded"):
            order.status = status
            order.tracking_url = "https://parcels.example/1"
            mails.queue_status(order)
    kinds = sorted(Email.across_stores.values_list("kind", flat=True))
    assert kinds == [f"order/{kind}" for kind in ("cancelled", "completed", "ready", "refunded", "shipped")]
    assert "https://parcels.example/1" in mail("shipped").text
    assert "https://parcels.example/1" not in mail("ready").text


def test_waiting_and_failing(shopper: Shopper, till: Till) -> None:
    shopper.add(shopper.products()[0])
    payment_at(shopper.order())
    order = only_order()
    with store_scope(shopper.store):
        mails.queue_pending(order)
        mails.queue_failed(order)
    assert "we keep trying" in mail("pending").text
    assert "did not answer" in mail("failed").text


def test_in_the_language_of_the_order(
    open_store: Callable[[str], StoreInfo],
    visit: Callable[[StoreInfo], Client],
    stripe_keys: dict[str, str],
    reset_sandbox: SandboxProcess,
) -> None:
    spa = open_store("stille-spa")
    german = Shopper(visit(spa), spa, reset_sandbox)
    german.add(german.products()[0])
    payment_at(german.order())
    order: Order = only_order()
    assert (order.language, order.currency) == ("de-DE", "EUR")
    with store_scope(spa):
        mails.queue_placed(order)
    receipt = mail("placed")
    assert "Gesamt: " in receipt.text
    assert '<html lang="de-DE">' in receipt.html
