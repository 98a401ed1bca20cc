"""The cart as a page shows it."""

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.presenters.parts import Picture, first_picture, page_url, to_text
from catalog.presenters.products import SHAPE
from catalog.queries import Catalog
from catalog.stock import MOST_OF_EACH, find_most
from payments import words
from payments.cart import Cart
from payments.pricing import PricedCart, PricedLine, Trouble, price_cart


@dataclass(frozen=True, slots=True)
class LineView:
    """`most` is the highest quantity one may ask for."""

    product_id: UUID
    name: str
    url: str
    brand: str
    picture: Picture | None
    quantity: int
    most: int
    unit_price: str
    total: str
    notices: tuple[str, ...]
    note: str
    is_sold: bool


@dataclass(frozen=True, slots=True)
class CartPage:
    lines: tuple[LineView, ...]
    title: str
    count: int
    subtotal: str
    can_order: bool
    has_changes: bool
    item_ids: str  # sorted, comma-separated: the same cart is the same text


def make_cart_page(cart: Cart, catalog: Catalog) -> CartPage:
    priced = price_cart(cart, catalog)
    lines = tuple(make_line(line, priced) for line in priced.lines)
    return CartPage(
        lines=lines,
        title=_("Your cart, %(items)s") % {"items": words.say_count(priced.count)},
        count=priced.count,
        subtotal=words.say_money(priced.subtotal, priced.currency),
        can_order=priced.count > 0,
        has_changes=any(line.notices for line in lines),
        item_ids=",".join(sorted(str(line.product_id) for line in lines)),
    )


def make_line(line: PricedLine, priced: PricedCart) -> LineView:
    product = line.product
    return LineView(
        product_id=line.product_id,
        name=to_text(product.name) if product else _("Something the salon no longer sells"),
        url=page_url("product", product.id, product.name) if product else "",
        brand=to_text(product.brand) if product else "",
        picture=first_picture(product.images, width=96, shape=SHAPE) if product else None,
        quantity=line.quantity,
        most=find_most(product) if product else MOST_OF_EACH,
        unit_price=words.say_money(line.unit_price, priced.currency),
        total=words.say_money(line.total, priced.currency),
        notices=tuple(list_changes(line, priced.currency)),
        note=_say_low(line),
        is_sold=line.quantity > 0,
    )


def list_changes(line: PricedLine, currency: str) -> list[str]:
    """What is not as the client left it."""
    if line.trouble == Trouble.GONE:
        return [_("The salon no longer sells this online. It is not counted.")]
    if line.trouble == Trouble.SOLD_OUT:
        return [_("Sold out meanwhile. It is not counted.")]
    changes = []
    if line.trouble == Trouble.FEWER:
        changes.append(
            ngettext(
                "Only %(count)d left, so we count %(count)d instead of %(wanted)d.",
                "Only %(count)d left, so we count %(count)d instead of %(wanted)d.",
                line.quantity,
            )
            % {"count": line.quantity, "wanted": line.wanted}
        )
    if line.has_new_price:
        prices = {
            "old": words.say_money(line.seen_price, currency),
            "new": words.say_money(line.unit_price, currency),
        }
        changes.append(_("It is %(new)s now, it was %(old)s when you added it.") % prices)
    return changes


def _say_low(line: PricedLine) -> str:
    if line.trouble or not line.is_low:
        return ""
    if line.left is None:
        return _("Only a few left")
    return ngettext("Only %(count)d left", "Only %(count)d left", line.left) % {"count": line.left}
