"""What the search boxes and columns of this package share."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Model, Q
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from config.readers import read_uuid
from payments.models import Order
from store.clients import match_email
from store.formats import format_money
from store.operators import NOTHING


def match_orders(term: str) -> Q:
    """By number, by an id here or in Mango Biz, or by the client's e-mail address: each one whole."""
    if "@" in term:
        return match_email(term)
    match = Q(order_number__iexact=term)
    if key := read_uuid(term):
        match |= Q(pk=key) | Q(upstream_id=key)
    return match


def match_payments(term: str) -> Q:
    """By an id here or at Stripe, by what it is for, or by whatever finds its order."""
    orders = Order.across_stores.filter(match_orders(term))
    match = Q(intent_id=term) | Q(purpose="order", subject_id__in=orders.values("pk"))
    if key := read_uuid(term):
        match |= Q(pk=key) | Q(subject_id=key)
    return match


def show_money(row: Any, amount: Decimal) -> str:
    """In the store's own way of writing it; `row` has a store and a currency."""
    return format_money(amount, row.currency, row.store.locale)


def show_table(heads: Sequence[Any], rows: Sequence[Sequence[Any]]) -> SafeString | str:
    """A dash where there are no rows."""
    if not rows:
        return NOTHING
    head = format_html_join("", "<th>{}</th>", ((name,) for name in heads))
    lines = ((format_html_join("", "<td>{}</td>", ((cell,) for cell in row)),) for row in rows)
    body = format_html_join("", "<tr>{}</tr>", lines)
    return format_html("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>", head, body)


def page_of(row: Model) -> str:
    """The name of the admin page of such a row, for `reverse` with its key."""
    return f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
