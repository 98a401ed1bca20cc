"""A visitor's cart: a signed cookie, so that it costs no row and outlives a session.

It holds ids, quantities and the prices that were seen when they were added. The prices are for saying what
changed; what is paid is read from the catalogue each time (payments.pricing). By the cart's own id the
orders made from it know each other: one cart is paid once.
"""

from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from uuid import UUID, uuid4

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from catalog.stock import MOST_OF_EACH
from store.tenancy import current_store

COOKIE = "cart"
MAX_AGE = 30 * 24 * 3600
MOST_LINES = 30
MOST_MONEY = Decimal(10) ** 11


class CartFull(Exception):
    """There are as many different products in it as it holds."""


@dataclass(frozen=True, slots=True)
class CartItem:
    product_id: UUID
    quantity: int  # 1 to MOST_OF_EACH
    seen_price: Decimal


@dataclass(frozen=True, slots=True)
class Cart:
    """In the order in which things were put in."""

    items: tuple[CartItem, ...] = ()
    id: UUID = field(default_factory=uuid4, compare=False)

    @property
    def count(self) -> int:
        return sum(item.quantity for item in self.items)

    def find(self, product_id: UUID) -> CartItem | None:
        return next((item for item in self.items if item.product_id == product_id), None)

    def put(self, item: CartItem) -> "Cart":
        """With that many of it, at its place if it has one. Raises CartFull."""
        if self.find(item.product_id):
            items = tuple(item if old.product_id == item.product_id else old for old in self.items)
            return replace(self, items=items)
        if len(self.items) >= MOST_LINES:
            raise CartFull
        return replace(self, items=(*self.items, item))

    def without(self, product_id: UUID) -> "Cart":
        return replace(self, items=tuple(item for item in self.items if item.product_id != product_id))

    def renew(self) -> "Cart":
        """The same things, to be ordered (once more) beside what was paid already."""
        return Cart(self.items)


def read_cart(request: HttpRequest) -> Cart:
    """Whatever the cookie holds: what is not a cart of this store's is an empty one."""
    return unpack_cart(request.COOKIES.get(COOKIE, ""))


def unpack_cart(text: str) -> Cart:
    try:
        key, rows = signing.loads(text, salt=_salt(), max_age=MAX_AGE)
        cart = Cart(tuple(_read_item(row) for row in rows[:MOST_LINES]), UUID(key))
    except (signing.BadSignature, InvalidOperation, ValueError, TypeError, KeyError, AttributeError):
        return Cart()
    is_sound = len({item.product_id for item in cart.items}) == len(cart.items)
    return cart if is_sound else Cart()


def pack_cart(cart: Cart) -> str:
    rows = [[item.product_id.hex, item.quantity, str(item.seen_price)] for item in cart.items]
    return signing.dumps([cart.id.hex, rows], salt=_salt(), compress=True)


def write_cart(response: HttpResponse, cart: Cart) -> None:
    """Keep it for another thirty days; an empty one leaves no cookie."""
    if not cart.items:
        response.delete_cookie(COOKIE, samesite="Lax")
        return
    response.set_cookie(
        COOKIE, pack_cart(cart), max_age=MAX_AGE, samesite="Lax", secure=settings.USES_TLS, httponly=True
    )


def _salt() -> str:
    """Of the store in scope: what another store signed is no cart here."""
    return f"cart:{current_store().id}"


def _read_item(row: list[object]) -> CartItem:
    product_id, quantity, price = row
    item = CartItem(UUID(str(product_id)), int(str(quantity)), Decimal(str(price)))
    if not 1 <= item.quantity <= MOST_OF_EACH or not 0 <= item.seen_price < MOST_MONEY:
        raise ValueError(row)
    return item
