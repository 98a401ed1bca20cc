"""The cart as others see it (catalog.basket)."""

from django.http import HttpRequest

from catalog.basket import BasketLine
from catalog.presenters.parts import to_text
from catalog.queries import get_catalog
from payments.cart import read_cart
from payments.pricing import price_cart


def read_basket(request: HttpRequest) -> tuple[BasketLine, ...]:
    cart = read_cart(request)
    if not cart.items:
        return ()
    return tuple(
        BasketLine(line.product_id, to_text(line.product.name), line.quantity, line.unit_price)
        for line in price_cart(cart, get_catalog()).lines
        if line.product and line.quantity
    )
