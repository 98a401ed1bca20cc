"""A part of the menu, and a shelf of the shop with its departments."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from django.urls import reverse

from catalog.presenters.home.said import Said
from catalog.presenters.parts import Picture, first_picture, first_sentences, make_key, to_text
from catalog.presenters.products import SHAPE as PRODUCT_SHAPE
from catalog.presenters.products import ProductCard, make_product_cards, say_category
from catalog.presenters.services import SHAPE, ServiceLine, list_favorites, make_service_line
from catalog.queries import Catalog
from catalog.schemas import Product, Service
from catalog.stock import find_most
from store.design import Design

DEPARTMENTS = 6
DEAL_TEXT = 160


@dataclass(frozen=True)
class Services:
    catalog: Catalog
    rows: Sequence[Service]
    has_favorites: bool

    @property
    def total(self) -> int:
        return len(self.catalog.services)

    @cached_property
    def lines(self) -> tuple[ServiceLine, ...]:
        return tuple(make_service_line(row, self.catalog.business.currency) for row in self.rows)

    @cached_property
    def chapters(self) -> tuple[ServiceLine, ...]:
        """With pictures as wide as the page."""
        return tuple(
            replace(line, picture=first_picture(row.images, width=960, shape=SHAPE))
            for row, line in zip(self.rows, self.lines, strict=True)
        )


def make_services(catalog: Catalog, look: Design, said: Said) -> Services | None:
    rows, has_favorites = choose_services(catalog, shows=said.text("shows"), count=said.number("count"))
    return Services(catalog, rows, has_favorites) if rows else None


def choose_services(catalog: Catalog, *, shows: str, count: int) -> tuple[list[Service], bool]:
    """The menu's first; or clients' favorites, with the menu's first after them where they are too few.

    Says as well whether all of them may be called favorites.
    """
    favorites = list_favorites(catalog, count) if shows == "favorites" else []
    others = [row for row in catalog.services if row not in favorites]
    return [*favorites, *others][:count], len(favorites) == count


@dataclass(frozen=True, slots=True)
class Department:
    name: str
    url: str
    count: int
    picture: Picture | None


@dataclass(frozen=True, slots=True)
class Deal:
    """One thing that costs less than it did."""

    card: ProductCard
    text: str
    picture: Picture | None


@dataclass(frozen=True)
class Shelf:
    catalog: Catalog
    rows: Sequence[Product]

    @property
    def total(self) -> int:
        return len(self.catalog.products)

    @cached_property
    def cards(self) -> tuple[ProductCard, ...]:
        return make_product_cards(self.catalog, self.rows)

    @cached_property
    def departments(self) -> tuple[Department, ...]:
        """The shop's headings with how much is under each; none where there is only one."""
        counts = Counter(row.category for row in self.catalog.products)
        if len(counts) < 2:
            return ()
        keys: list[str] = []
        made = []
        for name, count in list(counts.items())[:DEPARTMENTS]:
            keys.append(make_key(name, keys))
            images = next(
                (row.images for row in self.catalog.products if row.category == name and row.images), ()
            )
            picture = first_picture(images, width=160, shape=PRODUCT_SHAPE)
            made.append(Department(say_category(name), f"{reverse('shop')}#{keys[-1]}", count, picture))
        return tuple(made)

    @cached_property
    def deal(self) -> Deal | None:
        """The first that costs less than before and is not on the shelf already."""
        rows = (row for row in self.catalog.products if _is_on_offer(row) and row not in self.rows)
        row = next(rows, None)
        if row is None:
            return None
        [card] = make_product_cards(self.catalog, [row])
        text = first_sentences(to_text(row.description), DEAL_TEXT) if row.description else ""
        return Deal(card, text, first_picture(row.images, width=640, shape=PRODUCT_SHAPE))


def make_shelf(catalog: Catalog, look: Design, said: Said) -> Shelf | None:
    """What can be had comes before what is sold out."""
    rows = sorted(catalog.products, key=lambda row: find_most(row) == 0)[: said.number("count")]
    return Shelf(catalog, rows) if rows else None


def _is_on_offer(row: Product) -> bool:
    before = row.compare_at_price
    return before is not None and before > row.price and find_most(row) > 0
