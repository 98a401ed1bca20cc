"""Orders the store has been paid for: stock is taken here, and refused where there is too little."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from .availability import load_business
from .catalog import change
from .state import get_entity, put_entity
from .wire import ApiError, Row, loads, money, now

if TYPE_CHECKING:
    from .app import Sandbox

AMOUNTS = ("subtotal", "tax", "shipping", "total")


def create_order(sandbox: Sandbox, slug: str, request: Row, key: str) -> Row:
    """An order from an OrderRequest that fits its schema.

    Raises ApiError: 422 VALIDATION_ERROR or PRICE_CHANGED, 409 OUT_OF_STOCK with details.items.
    """
    with sandbox.state.transaction():
        wanted = _add_up(request["items"])
        products = {identifier: _load_product(sandbox, slug, identifier) for identifier in wanted}
        _check_amounts(sandbox, slug, request)
        _check_stock(wanted, products)
        _check_prices(request["items"], products)
        order = _describe_order(sandbox, slug, request, products, key)
        stored = put_entity(
            sandbox.state,
            slug,
            "orders",
            order,
            status=order["status"],
            idempotency_key=key,
            email=request["client"]["email"].lower(),
        )
        _take_stock(sandbox, slug, wanted, products)
    return stored


def find_orders(
    sandbox: Sandbox, slug: str, *, key: str | None, email: str | None, limit: int = 100
) -> list[Row]:
    where = ""
    values: list[Any] = []
    if key is not None:
        where, values = where + " AND idempotency_key = ?", [*values, key]
    if email is not None:
        where, values = where + " AND email = ?", [*values, email.lower()]
    rows = sandbox.state.rows(
        f"SELECT doc FROM entity WHERE slug = ? AND kind = 'orders'{where} ORDER BY rowid DESC LIMIT ?",
        slug,
        *values,
        limit,
    )
    return [loads(row["doc"]) for row in rows]


def _add_up(lines: list[Row]) -> dict[str, int]:
    """Quantity by product id: one product may stand on several lines."""
    wanted: dict[str, int] = defaultdict(int)
    for line in lines:
        wanted[line["productId"].lower()] += line["quantity"]
    return wanted


def _load_product(sandbox: Sandbox, slug: str, identifier: str) -> Row:
    product = get_entity(sandbox.state, slug, "products", identifier)
    if product is None:
        raise ApiError(422, "VALIDATION_ERROR", f"There is no product {identifier}.")
    return product


def _check_amounts(sandbox: Sandbox, slug: str, request: Row) -> None:
    """The parts must add up; where the store names a currency, it is the salon's."""
    try:
        amounts = {name: money(request[name]) for name in AMOUNTS if name in request}
        lines = sum((money(line["unitPrice"]) * line["quantity"] for line in request["items"]), Decimal())
    except ValueError as error:
        raise ApiError(422, "VALIDATION_ERROR", str(error)) from error
    if min(amounts.values()) < 0 or amounts.get("subtotal", lines) != lines:
        raise ApiError(422, "VALIDATION_ERROR", "The lines do not add up to the subtotal.")
    if len(amounts) == len(AMOUNTS) and sum(amounts.values()) != 2 * amounts["total"]:
        raise ApiError(422, "VALIDATION_ERROR", "The parts do not add up to the total.")
    currency = load_business(sandbox.state, slug)["currency"]
    if str(request.get("currency", currency)).upper() != currency:
        raise ApiError(422, "VALIDATION_ERROR", f"The currency is {currency}.")


def _check_stock(wanted: dict[str, int], products: dict[str, Row]) -> None:
    short = [
        {"productId": identifier, "available": _available(products[identifier])}
        for identifier, quantity in wanted.items()
        if not _can_take(products[identifier], quantity)
    ]
    if short:
        raise ApiError(409, "OUT_OF_STOCK", "There is not enough left.", {"items": short})


def _check_prices(lines: list[Row], products: dict[str, Row]) -> None:
    price = {identifier: money(product["price"]) for identifier, product in products.items()}
    if any(money(line["unitPrice"]) != price[line["productId"].lower()] for line in lines):
        total = sum((price[line["productId"].lower()] * line["quantity"] for line in lines), Decimal())
        items = [{"productId": identifier, "unitPrice": amount} for identifier, amount in price.items()]
        raise ApiError(422, "PRICE_CHANGED", "A price has changed.", {"totalPrice": total, "items": items})


def _can_take(product: Row, quantity: int) -> bool:
    if not product["isActive"]:
        return False
    return product["stockStatus"] == "pre_order" or quantity <= _available(product)


def _available(product: Row) -> int:
    if not product["isActive"] or product["stockStatus"] == "out_of_stock":
        return 0
    return max(0, int(product.get("stockQuantity", 1_000_000)))


def _take_stock(sandbox: Sandbox, slug: str, wanted: dict[str, int], products: dict[str, Row]) -> None:
    for identifier, quantity in wanted.items():
        if "stockQuantity" in products[identifier]:
            left = max(0, products[identifier]["stockQuantity"] - quantity)
            change(sandbox, slug, "products", identifier, {"stockQuantity": left})


def _describe_order(sandbox: Sandbox, slug: str, request: Row, products: dict[str, Row], key: str) -> Row:
    number = sandbox.state.next_number(slug, "order")
    kept = ("client", "fulfilment", "currency", "paymentReference", "source")
    lines = [
        {
            "productId": line["productId"].lower(),
            "name": products[line["productId"].lower()]["name"],
            "quantity": line["quantity"],
            "unitPrice": money(line["unitPrice"]),
        }
        for line in request["items"]
    ]
    return {
        "id": str(uuid4()),
        "orderNumber": f"OR-{now().year}-{number:04d}",
        "status": "confirmed",
        "items": lines,
        **{name: money(request[name]) for name in AMOUNTS if name in request},
        **{name: request[name] for name in kept if name in request},
        "idempotencyKey": key,
    }
