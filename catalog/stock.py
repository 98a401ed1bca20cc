"""How much of a product can be had."""

from catalog.schemas import Product

MOST_OF_EACH = 99  # what a cart holds of one product


def find_left(product: Product) -> int | None:
    """How many there are; None where nobody says, or where it is ordered ahead."""
    if product.stock_quantity is None or product.stock_status == "pre_order":
        return None
    return max(product.stock_quantity, 0)


def find_most(product: Product) -> int:
    """As many as one cart may hold; 0 where it cannot be had."""
    if not product.is_available:
        return 0
    left = find_left(product)
    return MOST_OF_EACH if left is None else min(left, MOST_OF_EACH)
