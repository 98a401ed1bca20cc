"""Putting into the cart what there is: the same rules for the pages and the JSON API."""

from enum import Enum
from uuid import UUID

from catalog.queries import Catalog
from catalog.schemas import Product
from catalog.stock import find_most
from payments.cart import Cart, CartFull, CartItem
from payments.pricing import can_be_sold


class Outcome(Enum):
    ADDED = "added"
    KEPT = "kept"
    MOST = "most"  # as many as there are, fewer than were asked for
    SOLD_OUT = "sold-out"
    FULL = "full"
    REMOVED = "removed"


def add_to_cart(cart: Cart, catalog: Catalog, product: Product, quantity: int) -> tuple[Cart, Outcome]:
    """That many more of it, as far as there are."""
    before = cart.find(product.id)
    wanted = quantity + (before.quantity if before else 0)
    changed, outcome = _put(cart, catalog, product, wanted)
    return changed, Outcome.ADDED if outcome == Outcome.KEPT else outcome


def set_quantity(cart: Cart, catalog: Catalog, product_id: UUID, quantity: int) -> tuple[Cart, Outcome]:
    """That many of what is in it, at today's price; 0 takes it out. What is not in it stays out."""
    if quantity == 0:
        return cart.without(product_id), Outcome.REMOVED
    product = catalog.product(product_id)
    if product is None or cart.find(product_id) is None:
        return cart, Outcome.KEPT
    return _put(cart, catalog, product, quantity)


def _put(cart: Cart, catalog: Catalog, product: Product, wanted: int) -> tuple[Cart, Outcome]:
    most = find_most(product)
    if not can_be_sold(product, catalog.business.currency) or most == 0:
        return cart, Outcome.SOLD_OUT
    quantity = min(wanted, most)
    try:
        changed = cart.put(CartItem(product.id, quantity, product.price))
    except CartFull:
        return cart, Outcome.FULL
    return changed, Outcome.KEPT if quantity == wanted else Outcome.MOST
