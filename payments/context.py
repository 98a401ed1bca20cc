"""What every page of a store shows of the cart."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from payments.cart import Cart, read_cart
from store.tenancy import current_store_or_none


def cart(request: HttpRequest) -> dict[str, Any]:
    """`cart`: from the cookie alone, so that a page costs no query for it; empty off a store's host."""

    def read() -> Cart:
        return read_cart(request) if current_store_or_none() else Cart()

    return {"cart": SimpleLazyObject(read)}
