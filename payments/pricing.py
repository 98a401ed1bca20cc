"""What a cart costs: at the catalogue's prices, by the salon's rules. Pure functions."""

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from uuid import UUID

from catalog.presenters.parts import to_text
from catalog.queries import Catalog
from catalog.schemas import Product
from catalog.schemas import Shipping as ShippingRules
from catalog.stock import find_left
from payments.cart import Cart, CartItem
from payments.models import Order, OrderLine
from payments.money import round_money

FEW = 5
ZERO = Decimal(0)


class Trouble(Enum):
    """Why there are fewer of something than the client wants."""

    GONE = "gone"
    SOLD_OUT = "sold_out"
    FEWER = "fewer"


@dataclass(frozen=True, slots=True)
class PricedLine:
    """`quantity` is what can be had of the `wanted`, 0 for none; `left` is None where nobody says."""

    product_id: UUID
    product: Product | None
    wanted: int
    quantity: int
    unit_price: Decimal
    seen_price: Decimal
    left: int | None = None
    trouble: Trouble | None = None

    @property
    def total(self) -> Decimal:
        return self.unit_price * self.quantity

    @property
    def has_new_price(self) -> bool:
        return self.product is not None and self.unit_price != self.seen_price

    @property
    def is_low(self) -> bool:
        low = self.product is not None and self.product.stock_status == "low_stock"
        return low or (self.left is not None and 0 < self.left <= FEW)


@dataclass(frozen=True, slots=True)
class PricedCart:
    """`lines` as in the cart; those with a quantity of 0 cost nothing and are not ordered."""

    lines: tuple[PricedLine, ...]
    currency: str

    @property
    def subtotal(self) -> Decimal:
        return sum((line.total for line in self.lines), ZERO)

    @property
    def count(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def order_lines(self) -> tuple[OrderLine, ...]:
        return tuple(
            OrderLine(line.product_id, to_text(line.product.name), line.quantity, line.unit_price)
            for line in self.lines
            if line.product and line.quantity
        )


@dataclass(frozen=True, slots=True)
class Totals:
    subtotal: Decimal
    tax: Decimal
    tax_rate: Decimal
    shipping: Decimal
    currency: str

    @property
    def total(self) -> Decimal:
        return self.subtotal + self.tax + self.shipping


def price_cart(cart: Cart, catalog: Catalog) -> PricedCart:
    currency = catalog.business.currency
    return PricedCart(
        tuple(_price_line(item, catalog.product(item.product_id), currency) for item in cart.items), currency
    )


def _price_line(item: CartItem, product: Product | None, currency: str) -> PricedLine:
    if product is None or not can_be_sold(product, currency):
        is_sold_out = product is not None and product.stock_status == "out_of_stock"
        trouble = Trouble.SOLD_OUT if is_sold_out else Trouble.GONE
        price = product.price if product else item.seen_price
        return PricedLine(item.product_id, product, item.quantity, 0, price, item.seen_price, trouble=trouble)
    left = find_left(product)
    quantity = item.quantity if left is None else min(item.quantity, left)
    trouble_here = None if quantity == item.quantity else Trouble.FEWER if quantity else Trouble.SOLD_OUT
    return PricedLine(
        item.product_id,
        product,
        item.quantity,
        quantity,
        product.price,
        item.seen_price,
        left=left,
        trouble=trouble_here,
    )


def can_be_sold(product: Product, currency: str) -> bool:
    """In stock as far as is said, at a price that can be paid in this currency."""
    return product.is_available and product.price == round_money(product.price, currency)


def list_methods(rules: ShippingRules) -> tuple[str, ...]:
    """How an order reaches the client: Order.Method's values, of which a salon offers none, one or both."""
    methods = [Order.Method.PICKUP.value] if rules.pickup else []
    if rules.flat_rate is not None and rules.countries:
        methods.append(Order.Method.SHIPPING.value)
    return tuple(methods)


def find_shipping(rules: ShippingRules, subtotal: Decimal, method: str, currency: str) -> Decimal:
    """Mango Biz gives a flat rate and no tax on it."""
    if method != Order.Method.SHIPPING or rules.flat_rate is None:
        return ZERO
    if rules.free_from is not None and subtotal >= rules.free_from:
        return ZERO
    return round_money(rules.flat_rate, currency)


def sum_up(*, subtotal: Decimal, tax_rate: Decimal | None, shipping: Decimal, currency: str) -> Totals:
    rate = tax_rate or ZERO
    tax = round_money(subtotal * rate, currency)
    return Totals(subtotal, tax, rate, shipping, currency)


def total_of(priced: PricedCart, catalog: Catalog, method: str) -> Totals:
    business = catalog.business
    return sum_up(
        subtotal=priced.subtotal,
        tax_rate=business.tax_rate,
        shipping=find_shipping(business.shipping, priced.subtotal, method, priced.currency),
        currency=priced.currency,
    )


def fingerprint(priced: PricedCart, catalog: Catalog, method: str) -> str:
    """What a client agrees to by pressing "pay": the lines and every sum. Another one for anything else."""
    totals = total_of(priced, catalog, method)
    facts = [(line.product_id, line.quantity, line.unit_price.normalize()) for line in priced.order_lines]
    sums = [totals.subtotal, totals.tax, totals.shipping, totals.total]
    said = repr((facts, [sum_.normalize() for sum_ in sums], totals.currency))
    return hashlib.sha256(said.encode()).hexdigest()[:24]
