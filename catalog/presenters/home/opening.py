"""The opening: the large line, what stands below it, the picture, the picker, the shop window."""

import re
from dataclasses import dataclass
from functools import cached_property

from django.urls import reverse

from catalog.presenters.home.said import Said, find_way
from catalog.presenters.parts import (
    Link,
    Option,
    Picture,
    Rating,
    first_picture,
    first_sentences,
    make_picture,
    make_rating,
    to_text,
)
from catalog.presenters.products import SHAPE as PRODUCT_SHAPE
from catalog.presenters.services import say_price
from catalog.queries import Catalog
from catalog.schemas import Service
from catalog.stock import find_most
from store import formats
from store.design import Design
from store.models import StoreImage
from store.pictures import StorePicture, find_picture

HEADLINE_MOST = 95  # beyond it a sentence is no headline
LEAD_MOST = 220
LENGTHS = ((24, "short"), (56, "sentence"))
SHAPE = (1600, 900)
WINDOW = (9, 7, 5)  # pictures that make an arch


@dataclass(frozen=True, slots=True)
class OptionGroup:
    name: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Picker:
    url: str
    groups: tuple[OptionGroup, ...]
    people: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Telling:
    """The salon's own words, dealt out: each sentence stands on the page once."""

    headline: str
    lead: str
    about: str


@dataclass(frozen=True)
class Opening:
    catalog: Catalog
    look: Design
    said: Said

    @cached_property
    def _telling(self) -> Telling:
        return tell(self.catalog, self.look)

    @property
    def headline(self) -> str:
        return self._telling.headline

    @property
    def length(self) -> str:
        """How large the headline can be set: short, sentence or long."""
        return next((name for most, name in LENGTHS if len(self.headline) <= most), "long")

    @property
    def lead(self) -> str:
        return self._telling.lead

    @property
    def initial(self) -> str:
        return to_text(self.catalog.business.name)[:1]

    @cached_property
    def picture(self) -> Picture | StorePicture | None:
        """The merchant's own, else the salon's first."""
        own = self.own_picture
        return own or first_picture(self.catalog.business.images, width=960, shape=SHAPE)

    @cached_property
    def own_picture(self) -> StorePicture | None:
        return find_picture(StoreImage.Kind.HERO, self.look.hero)

    @cached_property
    def rating(self) -> Rating | None:
        aggregate = self.catalog.review_aggregate
        return make_rating(aggregate.average, aggregate.count)

    @cached_property
    def way(self) -> Link:
        return find_way(self.catalog, self.said.text("leads_to"))

    @property
    def leads_to_booking(self) -> bool:
        return self.said.text("leads_to") == "book"

    @cached_property
    def other_way(self) -> Link | None:
        """A second button: to the booking, or from it to the menu."""
        other = find_way(self.catalog, "services" if self.leads_to_booking else "book")
        return other if other != self.way else None

    @cached_property
    def picker(self) -> Picker | None:
        """What can be booked online, and who by; None where that is nothing."""
        return make_picker(self.catalog)

    @cached_property
    def next_service(self) -> Option | None:
        """The first of the menu: its next free times stand for the salon's."""
        found = next((row for row in self.catalog.services if row.is_bookable_online), None)
        return Option(str(found.id), to_text(found.name)) if found else None

    @cached_property
    def window(self) -> tuple[Picture, ...]:
        """Pictures of products for an arch of them: an odd number, none where there are too few."""
        rows = sorted(self.catalog.products, key=lambda row: find_most(row) == 0)
        made = (make_picture(row.images[0], width=160, shape=PRODUCT_SHAPE) for row in rows if row.images)
        pictures = [picture for picture in made if picture][: WINDOW[0]]
        return tuple(pictures[: next((count for count in WINDOW if count <= len(pictures)), 0)])


def make_opening(catalog: Catalog, look: Design, said: Said) -> Opening:
    return Opening(catalog, look, said)


def tell(catalog: Catalog, look: Design) -> Telling:
    """What a merchant wrote; what is empty is filled from the description, in the page's order."""
    business = catalog.business
    hero, about = look.section("hero"), look.section("about")
    headline, lead = Said(hero.settings).text("headline"), Said(hero.settings).text("lead")
    text = Said(about.settings).text("text")
    is_shared = about.is_shown and not text
    rest = [] if not business.description else split_sentences(to_text(business.description))
    if not hero.is_shown:
        return Telling("", "", text or " ".join(rest))
    if not headline:
        is_short = bool(rest) and len(rest[0]) <= HEADLINE_MOST
        headline = rest.pop(0) if is_short and len(rest) > is_shared else to_text(business.name)
    if not lead and len(rest) > is_shared:
        fitting = first_sentences(rest[0] if is_shared else " ".join(rest), LEAD_MOST)
        lead, rest = fitting, rest[1:]
    return Telling(headline, lead, text or " ".join(rest))


def split_sentences(text: str) -> list[str]:
    return [sentence for sentence in re.split(r"(?<=[.!?…])\s+", text) if sentence]


def make_picker(catalog: Catalog) -> Picker | None:
    bookable = [service for service in catalog.services if service.is_bookable_online]
    if not bookable:
        return None
    by_category: dict[str, list[Option]] = {}
    for service in bookable:
        by_category.setdefault(to_text(service.category), []).append(_make_option(catalog, service))
    people = tuple(
        Option(str(person.id), to_text(person.name)) for person in catalog.staff if person.is_bookable_online
    )
    return Picker(
        url=reverse("book_time"),
        groups=tuple(OptionGroup(name, tuple(options)) for name, options in by_category.items()),
        people=people if len(people) > 1 else (),
    )


def _make_option(catalog: Catalog, service: Service) -> Option:
    price = say_price(service, catalog.business.currency)
    facts = (to_text(service.name), formats.format_minutes(service.duration), price)
    return Option(str(service.id), ", ".join(facts))
