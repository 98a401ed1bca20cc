"""The payment page, the way back from Stripe, and the order's page."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from payments import words
from payments.models import Order, Payment, PaymentState
from store.tenancy import StoreInfo
from tests.payments.shopping import SHIPPING, Shopper, only_order, payment_at
from tests.payments.till import DECLINED, Till

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def placed(shopper: Shopper) -> Payment:
    """Of an order that waits to be paid."""
    shopper.add(shopper.products()[0], 2)
    return payment_at(shopper.order())


def page_of(shopper: Shopper, payment: Payment) -> Any:
    return shopper.browser.get(f"/payments/{payment.token}/")


def order_page(shopper: Shopper, **query: str) -> str:
    return shopper.browser.get(f"/orders/{only_order().token}/", query).content.decode()


def test_the_page_takes_scripts_from_here_and_stripe_alone(
    shopper: Shopper, placed: Payment, stripe_keys: dict[str, str]
) -> None:
    response = page_of(shopper, placed)
    page = response.content.decode()
    parts = urlsplit(stripe_keys["stripeJsUrl"])
    origin = f"{parts.scheme}://{parts.netloc}"
    policy = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";"))
    assert policy["frame-src"] == origin
    assert policy["script-src"].split() == ["'self'", origin]
    assert policy["connect-src"].split() == ["'self'", origin]
    assert "unsafe" not in response["Content-Security-Policy"]
    for name in ("Cache-Control", "X-Robots-Tag", "Referrer-Policy"):
        assert response[name] in {"no-store", "noindex", "same-origin"}
    assert f'<script src="{stripe_keys["stripeJsUrl"]}" defer>' in page
    assert f'data-key="{stripe_keys["stripePublishableKey"]}"' in page
    assert stripe_keys["stripeSecretKey"] not in page
    assert f"Pay ${placed.amount:.2f}" in page
    assert "Paying needs JavaScript" in page
    # Nowhere else.
    assert origin not in shopper.browser.get("/checkout/")["Content-Security-Policy"]


def test_with_stripe_itself_the_policy_is_as_stripe_says(
    shopper: Shopper, placed: Payment, settings: Any
) -> None:
    settings.STRIPE_JS_URL = "https://js.stripe.com/v3/"
    policy = page_of(shopper, placed)["Content-Security-Policy"]
    assert "frame-src https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com" in policy
    assert "connect-src 'self' https://api.stripe.com" in policy


def test_the_way_back_believes_nothing_and_looks(shopper: Shopper, placed: Payment, till: Till) -> None:
    query = {"payment_intent_client_secret": "x", "redirect_status": "succeeded"}
    response = shopper.browser.get(f"/payments/{placed.token}/return/", query)
    order = only_order()
    assert response.headers["Location"] == f"/orders/{order.token}/?returned=1"
    assert order.state == "unpaid"
    assert Payment.across_stores.get().asked_at > placed.asked_at
    page = order_page(shopper, returned="1")
    assert "We are checking your payment" in page
    assert f"/payments/{placed.token}/" not in page  # nobody pays twice
    assert shopper.browser.get(f"/orders/{order.token}/")["Refresh"]


def test_the_way_back_after_a_failure_leads_to_another_try(shopper: Shopper, placed: Payment) -> None:
    response = shopper.browser.get(f"/payments/{placed.token}/return/", {"redirect_status": "failed"})
    page = shopper.browser.get(response.headers["Location"]).content.decode()
    assert "The payment did not work." in page
    assert "data-pay" in page


def test_declined_then_paid_and_placed(shopper: Shopper, placed: Payment, till: Till) -> None:
    order = only_order()
    assert till.pay(order, DECLINED) == 402
    till.work(1)
    page = order_page(shopper, returned="1")
    assert "The bank declined this payment." in page
    assert f"/payments/{placed.token}/" in page
    assert till.pay(order) == 200
    till.work(3)
    page = order_page(shopper)
    order.refresh_from_db()
    assert f"Thank you, {order.first_name}." in page
    assert order.order_number in page
    assert "Paid with Visa •••• 4242" in page
    assert page_of(shopper, placed).headers["Location"] == f"/orders/{order.token}/"
    assert not shopper.browser.get(f"/orders/{order.token}/").has_header("Refresh")


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("visa 4242", "Visa •••• 4242"),
        ("amex 0005", "American Express •••• 0005"),
        ("sepa_debit", "SEPA direct debit"),
        ("cash_app", "Cash App"),
        ("", ""),
    ],
)
def test_ways_to_pay_in_words(method: str, said: str) -> None:
    assert words.say_method(method) == said


def test_the_cart_is_emptied_by_the_order_it_became(shopper: Shopper, placed: Payment, till: Till) -> None:
    assert "Cart, 2 items" in order_page(shopper)
    till.pay(only_order())
    till.work(3)
    assert "Cart, 0 items" in order_page(shopper)
    assert "cart" not in {name for name, cookie in shopper.browser.cookies.items() if cookie.value}


def test_a_cart_that_was_filled_again_stays(shopper: Shopper, placed: Payment, till: Till) -> None:
    shopper.add(shopper.products()[1])
    till.pay(only_order())
    till.work(3)
    assert "Cart, 3 items" in order_page(shopper)


def test_stripe_that_did_not_answer_is_asked_again(shopper: Shopper, placed: Payment) -> None:
    Payment.across_stores.update(intent_id="", client_secret=None)
    response = page_of(shopper, placed)
    assert response.status_code == 503
    assert "The payment service is not answering" in response.content.decode()
    again = shopper.browser.post(f"/payments/{placed.token}/start/")
    assert again.headers["Location"] == f"/payments/{placed.token}/"
    assert page_of(shopper, placed).status_code == 200


def test_too_late_to_pay(shopper: Shopper, placed: Payment) -> None:
    Payment.across_stores.update(expires_at=timezone.now() - timedelta(seconds=1))
    response = page_of(shopper, placed)
    assert response.status_code == 410
    assert "/checkout/" in response.content.decode()


def test_a_token_is_of_one_store(
    shopper: Shopper, placed: Payment, barber: StoreInfo, visit: Callable[[StoreInfo], Client]
) -> None:
    neighbour = visit(barber)
    for path in (f"/payments/{placed.token}/", f"/orders/{only_order().token}/"):
        assert neighbour.get(path).status_code == 404


def test_what_the_order_page_says_of_each_end(shopper: Shopper, till: Till) -> None:
    product = shopper.products()[0]
    shopper.add(product, 3)
    payment_at(shopper.order(**SHIPPING))
    order = only_order()
    till.control("PATCH", f"{shopper.store.slug}/products/{product.id}", {"stockQuantity": 1})
    till.pay(order)
    till.work(4)
    page = order_page(shopper)
    assert "There was not enough left" in page
    assert f"Not enough of: {product.name}" in page
    assert "Nothing was charged" in page
    assert "Zoë Okonkwo-Müller<br>12 Example Street<br>" in page
    Order.across_stores.update(state="pending", reason="", missing=[])
    assert "Paid, but the salon is not answering just now" in order_page(shopper)
    Order.across_stores.update(state="placed", status="shipped", tracking_url="https://parcels.example/1")
    assert 'href="https://parcels.example/1" rel="external noopener noreferrer nofollow"' in order_page(
        shopper
    )
    Order.across_stores.update(tracking_url="javascript:alert(1)")
    assert "javascript" not in order_page(shopper)
    Order.across_stores.update(state="unpaid", status="")
    Payment.across_stores.update(state=PaymentState.PROCESSING)
    assert "Your bank is working on it" in order_page(shopper)
