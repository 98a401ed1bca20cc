"""The cart: a signed cookie, re-priced on every view, without JavaScript."""

import re
from collections.abc import Callable
from decimal import Decimal
from html import escape
from typing import Any
from uuid import uuid4

import pytest
from django.core import signing
from django.test import Client

from payments.cart import MOST_LINES, Cart, CartItem, pack_cart, unpack_cart
from store.tenancy import StoreInfo, store_scope
from tests.payments.shopping import Shopper
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db(transaction=True)


def items_of(shopper: Shopper) -> dict[str, int]:
    return {row["productId"]: row["quantity"] for row in shopper.api("get").json()["data"]["items"]}


def test_put_in_changed_taken_out_and_put_back(shopper: Shopper) -> None:
    first, second = shopper.products()[:2]
    answer = shopper.add(first, 2)
    assert answer.status_code == 303
    assert f"{first.name} is in your cart" in shopper.browser.get(answer.headers["Location"]).content.decode()
    shopper.add(second)
    shopper.add(second)
    assert items_of(shopper) == {str(first.id): 2, str(second.id): 2}
    shopper.browser.post(f"/cart/items/{first.id}/", {"quantity": "5"})
    removed = shopper.browser.post(f"/cart/items/{second.id}/removal/")
    assert items_of(shopper) == {str(first.id): 5}
    page = shopper.browser.get(removed.headers["Location"]).content.decode()
    assert f"{second.name} is out of your cart" in page
    assert 'name="quantity" value="2"' in page
    shopper.add(second, 2)
    shopper.browser.post(f"/cart/items/{first.id}/", {"quantity": "0"})
    assert items_of(shopper) == {str(second.id): 2}


def test_the_count_stands_on_every_page(shopper: Shopper) -> None:
    assert "Cart, 0 items" in shopper.browser.get("/services/").content.decode()
    shopper.add(shopper.products()[0], 3)
    assert 'aria-label="Cart, 3 items"' in shopper.browser.get("/services/").content.decode()


def test_the_cookie_is_the_stores_own_and_out_of_scripts_reach(shopper: Shopper) -> None:
    cookie = shopper.add(shopper.products()[0]).cookies["cart"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 30 * 24 * 3600
    assert not cookie["domain"]
    # It is kept for another thirty days by looking at it.
    assert shopper.browser.get("/cart/").cookies["cart"]["max-age"] == 30 * 24 * 3600


def test_another_stores_cart_is_empty_here(
    shopper: Shopper, barber: StoreInfo, visit: Callable[[StoreInfo], Client]
) -> None:
    shopper.add(shopper.products()[0], 2)
    neighbour = visit(barber)
    neighbour.cookies["cart"] = shopper.browser.cookies["cart"].value
    assert neighbour.get("/api/v1/cart").json()["data"]["items"] == []
    assert neighbour.get("/checkout/").headers["Location"] == "/cart/"


@pytest.mark.parametrize("place", [0, 5, -1])
def test_a_changed_cookie_is_an_empty_cart(shopper: Shopper, place: int) -> None:
    shopper.add(shopper.products()[0])
    text = shopper.browser.cookies["cart"].value
    letter = "A" if text[place] != "A" else "B"
    shopper.browser.cookies["cart"] = f"{text[:place]}{letter}{text[place:][1:]}"
    assert items_of(shopper) == {}


def test_signed_nonsense_is_an_empty_cart(luna: StoreInfo) -> None:
    row = [uuid4().hex, 1, "1"]
    nonsense: list[Any] = [
        *(1, None, {}, [1], [[]], [["x", 1, "1"]], [[row[0], 0, "1"]], [[row[0], 100, "1"]]),
        *([[row[0], 1, "NaN"]], [[row[0], 1, "-1"]], [row, row], [[row[0], None, "1"]]),
    ]
    with store_scope(luna):
        for value in nonsense:
            text = signing.dumps(value, salt=f"cart:{luna.id}", compress=True)
            assert unpack_cart(text) == Cart(), value


def test_what_can_be_had_is_added_from_its_card(shopper: Shopper) -> None:
    """On the shelf and beside another product; without a script and without a token of the visitor's."""
    first, second = shopper.products()[:2]
    shopper.change("products", second.id, stockStatus="out_of_stock", stockQuantity=0)
    for path in ("/shop/", f"/shop/{second.id}-x/"):
        page = shopper.browser.get(path, follow=True).content.decode()
        cards = re.findall(r'<article class="product-card">.*?</article>', page, re.DOTALL)
        forms = {card: 'action="/cart/items/"' in card for card in cards}
        assert any(forms.values())
        assert not any(has_form for card, has_form in forms.items() if f"/{second.id}-" in card)
        assert "csrfmiddlewaretoken" not in "".join(cards)
    card = next(card for card in forms if f"/{first.id}-" in card)
    assert f'aria-label="Add {escape(first.name)} to cart"' in card
    [fields] = re.findall(r'name="(product)" value="([^"]+)"', card)
    answer = shopper.browser.post("/cart/items/", dict([fields]), follow=True)
    assert f"{escape(first.name)} is in your cart" in answer.content.decode()
    assert items_of(shopper) == {str(first.id): 1}


def test_a_full_cart_fits_a_cookie_and_takes_no_more(shopper: Shopper, luna: StoreInfo) -> None:
    full = Cart(tuple(CartItem(uuid4(), 99, Decimal("12345.67")) for _line in range(MOST_LINES)))
    with store_scope(luna):
        text = pack_cart(full)
        assert unpack_cart(text) == full
    assert len(text) < 3800
    shopper.browser.cookies["cart"] = text
    answer = shopper.add(shopper.products()[0])
    assert "why=full" in answer.headers["Location"]


def test_no_more_than_there_are(shopper: Shopper) -> None:
    product = shopper.products()[0]
    shopper.change("products", product.id, stockQuantity=3)
    answer = shopper.add(product, 7)
    assert "why=most" in answer.headers["Location"]
    assert items_of(shopper) == {str(product.id): 3}
    assert "Only 3 left" in shopper.cart()


def test_what_changed_meanwhile_is_said(shopper: Shopper) -> None:
    dearer, fewer, gone = shopper.products()[:3]
    for product in (dearer, fewer, gone):
        shopper.add(product, 4)
    shopper.change("products", dearer.id, price=31.5)
    shopper.change("products", fewer.id, stockQuantity=2)
    shopper.change("products", gone.id, stockStatus="out_of_stock", stockQuantity=0)
    page = shopper.cart()
    assert f"It is $31.50 now, it was ${dearer.price.normalize():f} when you added it." in page
    assert "Only 2 left, so we count 2 instead of 4." in page
    assert "Sold out meanwhile. It is not counted." in page
    data = shopper.api("get").json()["data"]
    assert data["subtotal"] == float(4 * Decimal("31.50") + 2 * fewer.price)
    assert [row["quantity"] for row in data["items"]] == [4, 2, 0]


def test_what_is_no_longer_sold_can_be_taken_out(shopper: Shopper) -> None:
    product = shopper.products()[0]
    shopper.add(product)
    shopper.change("products", product.id, isActive=False)
    page = shopper.cart()
    assert "no longer sells this online" in page
    assert "Checkout</a>" not in page
    shopper.browser.post(f"/cart/items/{product.id}/removal/")
    assert "Nothing in it yet" in shopper.cart()


def test_hostile_quantities_and_ids(shopper: Shopper) -> None:
    product = shopper.products()[0]
    for quantity in ("-1", "1e9", "٣", "9" * 400, "", "NaN", "1.5"):
        shopper.add(product, quantity)
        shopper.browser.post(f"/cart/items/{product.id}/", {"quantity": quantity})
    assert 1 <= items_of(shopper)[str(product.id)] <= 99
    for product_id in ("", "x", str(uuid4()), "0" * 32):
        assert shopper.browser.post("/cart/items/", {"product": product_id}).status_code == 404


def test_another_sites_form_puts_nothing_in(shopper: Shopper) -> None:
    product = shopper.products()[0]
    body = {"product": str(product.id)}
    for headers in ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
        assert shopper.browser.post("/cart/items/", body, headers=headers).status_code == 403
    assert items_of(shopper) == {}
    own = {"origin": "http://luna-hair.localhost"}
    assert shopper.browser.post("/cart/items/", body, headers=own).status_code == 303


def test_a_sold_out_product_keeps_the_phone(shopper: Shopper, reset_sandbox: SandboxProcess) -> None:
    product = shopper.products()[0]
    url = f"/shop/{product.id}-x/"
    page = shopper.browser.get(url, follow=True).content.decode()
    assert 'class="buy"' in page
    shopper.change("products", product.id, stockStatus="out_of_stock", stockQuantity=0)
    page = shopper.browser.get(url, follow=True).content.decode()
    assert 'class="buy"' not in page
    assert "tel:" in page
