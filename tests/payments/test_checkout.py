"""Checkout: what is asked, what is refused, and that nobody pays another sum than Mango Biz's prices give."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache

from payments.models import Order, Payment
from tests.payments.shopping import PERSON, SHIPPING, Shopper, hidden_fields, only_order, payment_at
from tests.payments.till import Till

pytestmark = pytest.mark.django_db(transaction=True)


def test_pick_up_from_cart_to_payment(shopper: Shopper) -> None:
    first, second = shopper.products()[:2]
    shopper.add(first, 2)
    shopper.add(second)
    payment = payment_at(shopper.order())
    order = only_order()
    subtotal = 2 * first.price + second.price
    tax = (subtotal * Decimal("0.0975")).quantize(Decimal("0.01"))
    assert (order.subtotal, order.tax, order.shipping) == (subtotal, tax, 0)
    assert payment.amount == order.total == subtotal + tax
    assert (payment.purpose, payment.subject_id, payment.currency) == ("order", order.pk, "USD")
    assert payment.intent_id
    assert [(line.product_id, line.quantity) for line in order.lines] == [(first.id, 2), (second.id, 1)]
    assert (order.first_name, order.email, order.get_address()) == ("Zoë", "zoe@example.com", None)


def test_shipping_with_its_address(shopper: Shopper) -> None:
    shopper.add(shopper.products()[0])
    payment_at(shopper.order(**SHIPPING, phone="(213) 555-0107"))
    order = only_order()
    assert order.shipping == Decimal("6.95")
    assert order.total == order.subtotal + order.tax + order.shipping
    assert order.phone == "+12135550107"
    assert order.get_address() == {
        "country_code": "US",
        "street_address": "12 Example Street",
        "city": "Los Angeles",
        "country_area": "CA",
        "postal_code": "90012",
    }


def test_shipping_is_free_from_its_sum_on(shopper: Shopper) -> None:
    shopper.add(shopper.products()[0], 10)
    payment_at(shopper.order(**SHIPPING))
    assert only_order().shipping == 0


def test_errors_stand_beside_fields_and_nothing_typed_is_lost(shopper: Shopper) -> None:
    shopper.add(shopper.products()[0])
    typed = {**SHIPPING, "postal_code": "9", "country_area": "", "first_name": "", "phone": "12"}
    response = shopper.order(**typed)
    assert response.status_code == 422
    page = response.content.decode()
    for field in ("first_name", "phone", "country_area", "postal_code"):
        assert f'href="#{field}"' in page
        assert f'id="{field}_error"' in page
    assert "“ZIP code” should look like 95014." in page
    assert "12 Example Street" in page
    assert 'value="Okonkwo-Müller"' in page
    assert not Order.across_stores.exists()


def test_another_country_asks_other_questions_without_a_script(shopper: Shopper, till: Till) -> None:
    shipping = {"pickup": True, "flatRate": 6.95, "countries": ["US", "DE", "GB"]}
    till.control("PATCH", f"{shopper.store.slug}/business", {"shipping": shipping})
    shopper.learn()
    shopper.add(shopper.products()[0])
    page = shopper.browser.get("/checkout/").content.decode()
    assert "ZIP code" in page
    assert "Change country" in page
    typed = {**PERSON, **SHIPPING, "country": "DE", "refresh": "country"}
    response = shopper.browser.post("/checkout/", typed)
    page = response.content.decode()
    assert response.status_code == 200
    assert "Postal code" in page
    assert 'name="country_area"' not in page
    assert "12 Example Street" in page
    assert 'value="Okonkwo-Müller"' in page
    german = {**SHIPPING, "country": "DE", "city": "Berlin", "postal_code": "10115"}
    payment_at(shopper.order(**german))
    address = only_order().get_address()
    assert address
    assert address["country_code"] == "DE"
    assert "country_area" not in address


def test_an_empty_cart_has_no_checkout(shopper: Shopper) -> None:
    assert shopper.browser.get("/checkout/").headers["Location"] == "/cart/"
    assert shopper.browser.post("/checkout/", PERSON).headers["Location"] == "/cart/"


def test_pressed_twice_it_is_one_order(shopper: Shopper) -> None:
    shopper.add(shopper.products()[0])
    fields = shopper.seen()
    first, second = shopper.order(**fields), shopper.order(**fields)
    assert first.headers["Location"] == second.headers["Location"]
    assert Order.across_stores.count() == Payment.across_stores.count() == 1
    # Back, and something changed: that is another one.
    third = shopper.order(**fields, first_name="Lena")
    assert third.headers["Location"] != first.headers["Location"]
    assert Order.across_stores.count() == 2


def test_a_new_price_is_shown_before_it_is_paid(shopper: Shopper, till: Till) -> None:
    product = shopper.products()[0]
    shopper.add(product)
    fields = shopper.seen()
    # Our copy is fresh and still has the old price: placing asks Mango Biz.
    till.control("PATCH", f"{shopper.store.slug}/products/{product.id}", {"price": 99})
    response = shopper.order(**fields)
    page = response.content.decode()
    assert response.status_code == 409
    assert "Prices or stock changed a moment ago" in page
    assert "It is $99 now" in page
    assert 'value="Zoë"' in page
    assert not Order.across_stores.exists()
    payment_at(shopper.order(**hidden_fields(response)))
    assert only_order().subtotal == 99


def test_fewer_left_is_shown_before_it_is_paid(shopper: Shopper) -> None:
    product = shopper.products()[0]
    shopper.add(product, 5)
    fields = shopper.seen()
    shopper.change("products", product.id, stockQuantity=2)
    response = shopper.order(**fields)
    assert response.status_code == 409
    assert "Only 2 left" in response.content.decode()
    payment_at(shopper.order(**hidden_fields(response)))
    assert only_order().lines[0].quantity == 2


def test_other_things_of_the_same_price_were_not_seen(shopper: Shopper) -> None:
    first, second = shopper.products()[:2]
    shopper.change("products", second.id, price=float(first.price))
    shopper.add(first)
    fields = shopper.seen()
    shopper.browser.post(f"/cart/items/{first.id}/removal/")
    shopper.add(second)
    assert shopper.order(**fields).status_code == 409
    assert not Order.across_stores.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"seen_pickup": ""},
        {"seen_pickup": "0" * 24},
        {"method": "shipping", "seen_shipping": "x"},
        {"method": "teleport"},
        {"method": ""},
        {"email": "zoe@example.com\nBcc: all@example.com"},
        {"first_name": "\x00"},
        {"last_name": "x" * 200},
    ],
    ids=str,
)
def test_what_is_made_up_is_refused(shopper: Shopper, fields: dict[str, str]) -> None:
    shopper.add(shopper.products()[0])
    assert shopper.order(**fields).status_code in {409, 422}
    assert not Order.across_stores.exists()


def test_sums_and_prices_in_the_form_are_not_read(shopper: Shopper) -> None:
    product = shopper.products()[0]
    shopper.add(product)
    lies = {"total": "0.01", "price": "0.01", "quantity": "-5", "currency": "VND", "amount": "1", "tax": "0"}
    payment_at(shopper.order(**lies))
    assert only_order().subtotal == product.price
    assert only_order().currency == "USD"


def test_mango_biz_down_orders_are_taken_at_the_known_price(shopper: Shopper, till: Till) -> None:
    product = shopper.products()[0]
    shopper.add(product)
    till.faults(down="close")
    payment_at(shopper.order())
    assert only_order().subtotal == product.price


def test_stripe_down_nothing_is_lost_and_it_can_be_tried_again(shopper: Shopper, till: Till) -> None:
    shopper.add(shopper.products()[0])
    fields = shopper.seen()
    till.faults("stripe", down="close")
    response = shopper.order(**fields)
    assert response.status_code == 503
    assert "The payment service is not answering" in response.content.decode()
    assert 'value="Zoë"' in response.content.decode()
    till.faults("stripe")
    cache.clear()  # the breaker's rest is over
    payment_at(shopper.order(**hidden_fields(response)))
    assert Order.across_stores.count() == 1


def test_where_nobody_can_be_paid_it_says_so(shopper: Shopper, settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = ""
    shopper.add(shopper.products()[0])
    page = shopper.browser.get("/checkout/").content.decode()
    assert "You cannot pay online here" in page
    assert "tel:" in page
    assert "You cannot pay online here" in shopper.order().content.decode()
    assert not Order.across_stores.exists()


@pytest.mark.usefixtures("one_window")
def test_many_orders_at_once_have_to_wait(shopper: Shopper, settings: Any) -> None:
    settings.CHECKOUTS_PER_VISITOR = 2
    shopper.add(shopper.products()[0])
    statuses = [shopper.order(first_name=name).status_code for name in ("A", "B", "C")]
    assert statuses == [303, 303, 429]
