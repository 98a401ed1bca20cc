"""A client with a browser without JavaScript in a salon's shop."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import requests
from django.test import Client

from catalog.queries import get_catalog
from catalog.schemas import Product
from catalog.services import freshen
from payments.models import Order, Payment
from store.tenancy import StoreInfo, store_scope
from tests.sandbox_process import SandboxProcess

PERSON = {"first_name": "Zoë", "last_name": "Okonkwo-Müller", "email": "zoe@example.com"}
SHIPPING = {
    "method": "shipping",
    "country": "US",
    "street_address": "12 Example Street",
    "city": "Los Angeles",
    "country_area": "CA",
    "postal_code": "90012",
}
HIDDEN = re.compile(r'name="(attempt|seen_\w+|csrfmiddlewaretoken)" value="([^"]+)"')


@dataclass
class Shopper:
    browser: Client
    store: StoreInfo
    sandbox: SandboxProcess

    # --- the shelf ---

    def products(self) -> list[Product]:
        """Those there is enough of, the shop's order."""
        with store_scope(self.store):
            return [p for p in get_catalog().products if p.is_available and (p.stock_quantity or 0) > 10]

    def change(self, kind: str, row_id: Any, **fields: Any) -> None:
        """What the salon changes in Mango Biz, and our copies know it."""
        url = f"{self.sandbox.url}/sandbox/{self.store.slug}/{kind}/{row_id}"
        requests.patch(url, json=fields, timeout=10).raise_for_status()
        self.learn()

    def learn(self) -> None:
        """Our copies are Mango Biz's now, whatever was changed there."""
        with store_scope(self.store):
            assert freshen(("business", "products"))

    # --- the cart ---

    def add(self, product: Product, quantity: Any = 1) -> Any:
        return self.browser.post("/cart/items/", {"product": str(product.id), "quantity": quantity})

    def cart(self, **query: str) -> str:
        return self.browser.get("/cart/", query).content.decode()

    def api(self, method: str, path: str = "", body: Any = None) -> Any:
        call = getattr(self.browser, method)
        kwargs = {"data": body, "content_type": "application/json"} if method != "get" else {}
        return call(f"/api/v1/cart{path}", **kwargs)

    # --- checkout ---

    def seen(self) -> dict[str, str]:
        """The hidden fields of the page as it is now."""
        return hidden_fields(self.browser.get("/checkout/"))

    def order(self, **fields: str) -> Any:
        """Send the form off, as the page is now unless `fields` says otherwise."""
        return self.browser.post("/checkout/", {**PERSON, "method": "pickup", **self.seen(), **fields})


def hidden_fields(response: Any) -> dict[str, str]:
    return {name: unescape(value) for name, value in HIDDEN.findall(response.content.decode())}


def only_order() -> Order:
    return Order.across_stores.get()


def payment_at(response: Any) -> Payment:
    """That the answer leads to."""
    assert response.status_code == 303, response.content.decode()[:2000]
    path = urlsplit(response.headers["Location"]).path
    return next(p for p in Payment.across_stores.all() if path == f"/payments/{p.token}/")
