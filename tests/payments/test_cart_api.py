"""The cart by the JSON API, as the contract has it."""

from typing import Any
from uuid import uuid4

import pytest

from tests.booking.helpers import check_shape
from tests.payments.shopping import Shopper

pytestmark = pytest.mark.django_db(transaction=True)


def data_of(response: Any) -> dict[str, Any]:
    assert response.status_code == 200, response.content
    check_shape("CartEnvelope", response.json())
    found: dict[str, Any] = response.json()["data"]
    return found


def test_added_changed_removed(shopper: Shopper) -> None:
    product = shopper.products()[0]
    assert data_of(shopper.api("get"))["items"] == []
    added = shopper.api("post", "/items", {"productId": str(product.id), "quantity": 2})
    assert added.cookies["cart"]["httponly"]
    cart = data_of(added)
    assert cart["items"][0] == {
        "productId": str(product.id),
        "name": product.name,
        "quantity": 2,
        "unitPrice": float(product.price),
        "total": float(2 * product.price),
        "notice": None,
    }
    assert (cart["subtotal"], cart["currency"]) == (float(2 * product.price), "USD")
    assert cart["shipping"] is cart["total"] is None  # nobody has said yet how it travels
    path = f"/items/{product.id}"
    assert data_of(shopper.api("patch", path, {"quantity": 7}))["items"][0]["quantity"] == 7
    assert data_of(shopper.api("patch", path, {"quantity": 0}))["items"] == []
    shopper.api("post", "/items", {"productId": str(product.id)})
    assert data_of(shopper.api("delete", path))["items"] == []
    # The pages show the same cart.
    shopper.api("post", "/items", {"productId": str(product.id)})
    assert product.name in shopper.cart()


def test_what_is_refused(shopper: Shopper) -> None:
    product = shopper.products()[0]
    for status, code, method, path, body in [
        (404, "NOT_FOUND", "post", "/items", {"productId": str(uuid4())}),
        (422, "VALIDATION_ERROR", "post", "/items", {"productId": "x"}),
        (422, "VALIDATION_ERROR", "post", "/items", {"productId": str(product.id), "quantity": 0}),
        (422, "VALIDATION_ERROR", "post", "/items", {"productId": str(product.id), "quantity": 100}),
        (404, "NOT_FOUND", "patch", f"/items/{product.id}", {"quantity": 1}),
        (404, "NOT_FOUND", "delete", "/items/x", None),
        (405, "METHOD_NOT_ALLOWED", "put", f"/items/{product.id}", {}),
    ]:
        answer = shopper.api(method, path, body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
        check_shape("Error", answer.json())


def test_more_than_there_are_is_out_of_stock(shopper: Shopper) -> None:
    product = shopper.products()[0]
    shopper.change("products", product.id, stockQuantity=2)
    answer = shopper.api("post", "/items", {"productId": str(product.id), "quantity": 3})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "OUT_OF_STOCK")
    assert data_of(shopper.api("get"))["items"] == []


def test_another_sites_script_is_refused(shopper: Shopper) -> None:
    answer = shopper.browser.post(
        "/api/v1/cart/items",
        {"productId": str(shopper.products()[0].id)},
        content_type="application/json",
        headers={"origin": "https://evil.example"},
    )
    assert answer.status_code == 403
