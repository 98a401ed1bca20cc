"""The cart as the contract's JSON. Its state is the visitor's cookie, as on the pages."""

from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from catalog.queries import CatalogUnavailable, get_catalog
from catalog.stock import MOST_OF_EACH
from config.jsonapi import ApiError, api_view, read_body, respond
from config.readers import read_uuid
from config.structs import make_ready
from payments.cart import Cart, read_cart, write_cart
from payments.cartpage import make_line
from payments.pricing import list_methods, price_cart, total_of
from payments.services.carting import Outcome, add_to_cart, set_quantity

RETRY_AFTER_SECONDS = 10


class AddBody(msgspec.Struct, frozen=True, rename="camel"):
    product_id: UUID
    quantity: Annotated[int, msgspec.Meta(ge=1, le=MOST_OF_EACH)] = 1


class QuantityBody(msgspec.Struct, frozen=True):
    quantity: Annotated[int, msgspec.Meta(ge=0, le=MOST_OF_EACH)]


def answers_outages(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any) -> HttpResponse:
        try:
            return view(request, *args)
        except CatalogUnavailable as error:
            message = _("The shop is not answering. Please try again in a moment.")
            raise ApiError(503, "UNAVAILABLE", message, retry_after=RETRY_AFTER_SECONDS) from error

    return wrapped


@api_view("GET")
@answers_outages
def cart(request: HttpRequest) -> HttpResponse:
    return _answer(read_cart(request))


@api_view("POST")
@answers_outages
def items(request: HttpRequest) -> HttpResponse:
    body = read_body(request, AddBody)
    catalog = get_catalog()
    product = catalog.product(body.product_id)
    if product is None:
        raise _not_found()
    changed, outcome = add_to_cart(read_cart(request), catalog, product, body.quantity)
    _refuse(outcome)
    return _answer(changed)


@api_view("PATCH", "DELETE")
def item(request: HttpRequest, product_id: str) -> HttpResponse:
    return _change_item(request, product_id)


@answers_outages
def _change_item(request: HttpRequest, product_id: str) -> HttpResponse:
    held = read_cart(request)
    key = read_uuid(product_id)
    if key is None or held.find(key) is None:
        raise _not_found()
    if request.method == "DELETE":
        return _answer(held.without(key))
    body = read_body(request, QuantityBody)
    changed, outcome = set_quantity(held, get_catalog(), key, body.quantity)
    _refuse(outcome)
    return _answer(changed)


def _answer(cart: Cart) -> HttpResponse:
    response = respond({"data": describe_cart(cart)})
    write_cart(response, cart)
    return response


def describe_cart(cart: Cart) -> dict[str, Any]:
    """`shipping` and `total` are null while it is open how the order reaches the client."""
    catalog = get_catalog()
    priced = price_cart(cart, catalog)
    methods = list_methods(catalog.business.shipping)
    totals = total_of(priced, catalog, methods[0] if len(methods) == 1 else "")
    is_decided = len(methods) == 1
    lines = [make_line(line, priced) for line in priced.lines]
    return {
        "items": [
            {
                "productId": str(line.product_id),
                "name": shown.name,
                "quantity": line.quantity,
                "unitPrice": line.unit_price,
                "total": line.total,
                "notice": " ".join(shown.notices) or None,
            }
            for line, shown in zip(priced.lines, lines, strict=True)
        ],
        "subtotal": totals.subtotal,
        "tax": totals.tax,
        "shipping": totals.shipping if is_decided else None,
        "total": totals.total if is_decided else None,
        "currency": priced.currency,
    }


def _refuse(outcome: Outcome) -> None:
    if outcome in {Outcome.SOLD_OUT, Outcome.MOST}:
        raise ApiError(409, "OUT_OF_STOCK", _("There are not that many of it."))
    if outcome == Outcome.FULL:
        raise ApiError(409, "CART_FULL", _("The cart is full."))


def _not_found() -> ApiError:
    return ApiError(404, "NOT_FOUND", _("There is nothing at this address."))


make_ready(globals())
