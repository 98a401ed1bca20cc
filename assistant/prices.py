"""Prices in a model's sentences: one that the salon does not have is not shown."""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from babel.numbers import get_currency_symbol
from django.utils.translation import gettext as _

from catalog.queries import Catalog
from store.tenancy import current_store

NUMBER = r"\d{1,3}(?:[.,'\u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?"
MARKS = r"US\$|A\$|\$|€|£|¥|₫|USD|EUR|GBP|AUD|CAD|CHF|JPY|VND|dollars?|euros?|bucks|đồng|pounds?"


def hide_unknown_prices(text: str, catalog: Catalog) -> str:
    """With "(see our prices)" for every sum of money that nothing of the salon's costs."""
    mark = f"(?:{MARKS}|{re.escape(_symbol(catalog))})"
    pattern = re.compile(
        rf"(?<![\w.,])(?:{mark}\s?({NUMBER})|({NUMBER})\s?{mark})(?![\w])(?!\.\d)", re.IGNORECASE
    )
    known, instead = frozenset(_list_amounts(catalog)), _("see our prices")

    def check(found: re.Match[str]) -> str:
        amount = _read_amount(found[1] or found[2])
        return found[0] if amount in known else f"({instead})"

    return pattern.sub(check, text)


def _symbol(catalog: Catalog) -> str:
    return get_currency_symbol(catalog.business.currency, locale=current_store().locale.replace("-", "_"))


def _read_amount(digits: str) -> Decimal | None:
    """The last separator is a decimal point where one or two digits follow it: "1.200,50" as "1,200.50"."""
    whole, separator, rest = digits, "", ""
    if match := re.fullmatch(r"(.*)([.,])(\d{1,2})", digits):
        whole, separator, rest = match.groups()
    try:
        return Decimal(re.sub(r"\D", "", whole) + ("." if separator else "") + rest)
    except InvalidOperation:
        return None


def _list_amounts(catalog: Catalog) -> Iterator[Decimal]:
    for service in catalog.services:
        yield service.price
        yield service.deposit_amount
        yield from (add_on.price for add_on in service.add_ons)
    for product in catalog.products:
        yield product.price
        if product.compare_at_price is not None:
            yield product.compare_at_price
    shipping = catalog.business.shipping
    yield from (amount for amount in (shipping.flat_rate, shipping.free_from) if amount is not None)
