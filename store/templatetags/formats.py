"""Filters over store.formats in the current store's locale, for values a template holds unprinted."""

from datetime import date, datetime, time
from decimal import Decimal

from django import template

from store import formats
from store.tenancy import current_store_or_none

register = template.Library()


def _locale() -> str:
    store = current_store_or_none()
    return store.locale if store else formats.FALLBACK


@register.filter
def money(amount: Decimal, currency: str) -> str:
    return formats.format_money(amount, currency, _locale())


@register.filter
def minutes(value: int) -> str:
    return formats.format_minutes(value)


@register.filter
def day(value: date) -> str:
    return formats.format_day(value, _locale())


@register.filter
def long_day(value: date) -> str:
    return formats.format_long_day(value, _locale())


@register.filter
def clock(value: datetime | time) -> str:
    return formats.format_clock(value.time() if isinstance(value, datetime) else value, _locale())
