"""Checkout as a page shows it: ways to get it, the lines, the sums and what is to be agreed to."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from catalog.places import find_place
from catalog.queries import Catalog
from payments import words
from payments.cart import Cart
from payments.cartpage import LineView, make_line
from payments.forms import CheckoutForm
from payments.models import Order
from payments.pricing import find_shipping, fingerprint, price_cart, total_of


@dataclass(frozen=True, slots=True)
class MethodView:
    value: str
    name: str
    note: str
    price: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Sums:
    """For one method. `seen` is what the client agrees to by sending the form."""

    method: str
    rows: tuple[tuple[str, str], ...]
    total: str
    seen: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class CheckoutPage:
    lines: tuple[LineView, ...]
    title: str
    methods: tuple[MethodView, ...]
    sums: tuple[Sums, ...]
    chosen: Sums | None
    has_changes: bool
    can_order: bool


def make_checkout_page(cart: Cart, catalog: Catalog, form: CheckoutForm) -> CheckoutPage:
    priced = price_cart(cart, catalog)
    lines = tuple(make_line(line, priced) for line in priced.lines)
    sums = []
    for method in form.methods:
        totals = total_of(priced, catalog, method)
        sums.append(
            Sums(
                method=method,
                rows=words.list_sums(totals, method),
                total=words.say_money(totals.total, totals.currency),
                seen=fingerprint(priced, catalog, method),
                is_chosen=method == form.chosen_method,
            )
        )
    return CheckoutPage(
        lines=lines,
        title=_("Your cart, %(items)s") % {"items": words.say_count(priced.count)},
        methods=tuple(_make_method(method, catalog, form, priced.subtotal) for method in form.methods),
        sums=tuple(sums),
        chosen=next((one for one in sums if one.is_chosen), None),
        has_changes=any(line.notices for line in lines),
        can_order=bool(priced.order_lines and form.methods),
    )


def _make_method(method: str, catalog: Catalog, form: CheckoutForm, subtotal: Decimal) -> MethodView:
    business = catalog.business
    if method == Order.Method.PICKUP:
        name, note = _("I’ll pick it up"), ", ".join(find_place().lines)
    else:
        name, note = _("Ship it"), _say_free_from(catalog, subtotal)
    shipping = find_shipping(business.shipping, subtotal, method, business.currency)
    return MethodView(
        value=method,
        name=name,
        note=note,
        price=words.say_price(shipping, business.currency),
        is_chosen=method == form.chosen_method,
    )


def _say_free_from(catalog: Catalog, subtotal: Decimal) -> str:
    free_from, currency = catalog.business.shipping.free_from, catalog.business.currency
    if free_from is None or subtotal >= free_from:
        return ""
    return _("Free from %(sum)s") % {"sum": words.say_money(free_from, currency)}
