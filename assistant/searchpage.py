"""What was found, by kind, as cards and lines of the catalogue; and ways on where it is nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from assistant.search import Kind, find_page_title
from assistant.services.searching import Found
from catalog.presenters.parts import Link, page_url, to_text
from catalog.presenters.people import PersonCard, make_card
from catalog.presenters.products import ProductCard, make_product_cards, say_category
from catalog.presenters.services import ServiceLine, make_service_line, say_price
from catalog.queries import Catalog
from store import formats
from store.tenancy import current_store

MOST_WAYS = 6


@dataclass(frozen=True, slots=True)
class Result:
    """One line of what is found at once, while somebody types; `amount` is for the JSON API."""

    kind: Kind
    id: str
    title: str
    url: str
    note: str = ""
    amount: Any = None


@dataclass(frozen=True, slots=True)
class ResultGroup:
    name: str
    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class SearchPage:
    query: str
    count: int
    services: tuple[ServiceLine, ...]
    products: tuple[ProductCard, ...]
    people: tuple[PersonCard, ...]
    pages: tuple[Link, ...]
    order: tuple[str, ...]  # of the kinds, the one with the best hit first
    ways: tuple[Link, ...]  # other things to look for


def make_search_page(found: Found, catalog: Catalog) -> SearchPage:
    rows = [(kind, row) for kind, row_id in found.hits if (row := _find_row(kind, row_id, catalog))]
    currency = catalog.business.currency
    return SearchPage(
        query=found.query,
        count=len(rows),
        services=tuple(make_service_line(row, currency) for kind, row in rows if kind is Kind.SERVICE),
        products=make_product_cards(catalog, [row for kind, row in rows if kind is Kind.PRODUCT]),
        people=tuple(make_card(row) for kind, row in rows if kind is Kind.STAFF),
        pages=tuple(row for kind, row in rows if kind is Kind.PAGE),
        order=tuple(dict.fromkeys(kind.value for kind, _row in rows)),
        ways=_list_ways(found, catalog),
    )


def list_results(found: Found, catalog: Catalog) -> tuple[Result, ...]:
    rows = ((kind, row_id, _find_row(kind, row_id, catalog)) for kind, row_id in found.hits)
    return tuple(_make_result(kind, row_id, row, catalog) for kind, row_id, row in rows if row)


def _find_row(kind: Kind, row_id: str, catalog: Catalog) -> Any:
    if kind is Kind.PAGE:
        title = find_page_title(row_id)
        return Link(title, reverse(row_id)) if title else None
    find = {Kind.SERVICE: catalog.service, Kind.PRODUCT: catalog.product, Kind.STAFF: catalog.staff_member}
    return find[kind](UUID(row_id))


def _make_result(kind: Kind, row_id: str, row: Any, catalog: Catalog) -> Result:
    currency = catalog.business.currency
    match kind:
        case Kind.SERVICE:
            note = f"{say_price(row, currency)}, {formats.format_minutes(row.duration)}"
            return Result(
                kind, row_id, to_text(row.name), page_url("service", row.id, row.name), note, row.price
            )
        case Kind.PRODUCT:
            note = formats.format_money(row.price, currency, current_store().locale)
            return Result(
                kind, row_id, to_text(row.name), page_url("product", row.id, row.name), note, row.price
            )
        case Kind.STAFF:
            url = page_url("staff_profile", row.id, row.name)
            return Result(kind, row_id, to_text(row.name), url, to_text(row.title))
        case Kind.PAGE:
            return Result(kind, row_id, row.name, row.url)


def _list_ways(found: Found, catalog: Catalog) -> tuple[Link, ...]:
    """What the AI Service proposes, then what the salon has most of."""
    categories = [to_text(row.category) for row in catalog.services]
    categories += [say_category(row.category) for row in catalog.products]
    words = dict.fromkeys([*found.suggestions, *categories])
    asked = found.query.casefold()
    return tuple(
        Link(word, f"{reverse('search')}?{urlencode({'q': word})}")
        for word in words
        if word and word.casefold() != asked
    )[:MOST_WAYS]


def group_results(results: Iterable[Result]) -> tuple[ResultGroup, ...]:
    """By kind, the kind of the best one first."""
    groups: dict[Kind, list[Result]] = {}
    for result in results:
        groups.setdefault(result.kind, []).append(result)
    names = {
        Kind.SERVICE: _("Services"),
        Kind.PRODUCT: _("Products"),
        Kind.STAFF: _("Team"),
        Kind.PAGE: _("Pages"),
    }
    return tuple(ResultGroup(names[kind], tuple(rows)) for kind, rows in groups.items())
