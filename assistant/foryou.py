"""Recommendations as a piece of a page, and as JSON."""

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from assistant.services.recommending import AI, Pick, Recommended, kind_of
from catalog.presenters.parts import page_url, to_text
from catalog.presenters.products import ProductCard, make_product_cards
from catalog.presenters.services import LOVED_AT_MOST, ServiceLine, list_favorites, make_service_line
from catalog.queries import Catalog
from catalog.schemas import Product, Service


@dataclass(frozen=True, slots=True)
class ProductPick:
    card: ProductCard
    reason: str


@dataclass(frozen=True, slots=True)
class ForYou:
    title: str
    source: str
    services: tuple[ServiceLine, ...]
    products: tuple[ProductPick, ...]


def make_for_you(catalog: Catalog, found: Recommended, *, has_consent: bool) -> ForYou:
    """It says that it was picked for the visitor only where it was."""
    services = [(pick.row, pick.reason) for pick in found.picks if isinstance(pick.row, Service)]
    products = [(pick.row, pick.reason) for pick in found.picks if isinstance(pick.row, Product)]
    cards = make_product_cards(catalog, [row for row, _reason in products])
    return ForYou(
        title=_("Picked for you") if has_consent and found.source == AI else _("You might like"),
        source=found.source,
        services=tuple(_make_line(catalog, row, reason) for row, reason in services),
        products=tuple(
            ProductPick(card, reason) for card, (_row, reason) in zip(cards, products, strict=True)
        ),
    )


def _make_line(catalog: Catalog, service: Service, reason: str) -> ServiceLine:
    """The reason in the place of the summary."""
    line = make_service_line(service, catalog.business.currency)
    is_loved = service in list_favorites(catalog, LOVED_AT_MOST)
    return replace(line, summary=reason or line.summary, is_loved=is_loved)


def describe_pick(pick: Pick) -> dict[str, str]:
    """As the JSON API's contract has it."""
    row = pick.row
    described = {
        "type": kind_of(row),
        "id": str(row.id),
        "title": to_text(row.name),
        "url": page_url(kind_of(row), row.id, row.name),
    }
    return described | ({"reason": pick.reason} if pick.reason else {})
