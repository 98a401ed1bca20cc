"""The front page: the salon's own words, a picker, and the best of every section."""

import re
from dataclasses import dataclass

from django.urls import reverse

from catalog.presenters.gallery import Work, choose_items, list_works
from catalog.presenters.parts import (
    Option,
    Picture,
    Rating,
    first_picture,
    first_sentences,
    make_rating,
    to_text,
)
from catalog.presenters.people import PersonCard, make_card
from catalog.presenters.reviews import Voice, choose_voice
from catalog.presenters.services import ServiceLine, list_favorites, make_service_line, say_price
from catalog.queries import Catalog
from catalog.schemas import Service
from store import formats
from store.tenancy import current_store

SERVICES, PEOPLE, WORKS = 5, 4, 8
HEADLINE_MOST = 95  # beyond it a sentence is no headline
HEADLINE_CLASSES = ((24, ""), (56, "open__title--sentence"), (HEADLINE_MOST, "open__title--long"))
FAVORITES_AT_LEAST = 3


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
class HomePage:
    """`title` and `description` are what search engines show; `description` may be empty."""

    title: str
    description: str
    headline: str
    headline_class: str
    lead: str
    hero: Picture | None
    rating: Rating | None
    picker: Picker | None
    services: tuple[ServiceLine, ...]
    has_favorites: bool
    service_count: int
    people: tuple[PersonCard, ...]
    voice: Voice | None
    works: tuple[Work, ...]


def make_home(catalog: Catalog) -> HomePage:
    business = catalog.business
    headline, lead = split_headline(to_text(business.description), to_text(business.name))
    services = choose_services(catalog)
    aggregate = catalog.review_aggregate
    display = current_store().display
    return HomePage(
        title=display.title or make_title(catalog),
        description=display.description,
        headline=headline,
        headline_class=next((css for most, css in HEADLINE_CLASSES if len(headline) <= most), ""),
        lead=lead,
        hero=first_picture(business.images, width=960, shape=(1600, 900)),
        rating=make_rating(aggregate.average, aggregate.count),
        picker=_make_picker(catalog),
        services=tuple(make_service_line(service, business.currency) for service in services),
        has_favorites=_has_favorites(list_favorites(catalog, SERVICES)),
        service_count=len(catalog.services),
        people=tuple(make_card(person) for person in catalog.staff[:PEOPLE]),
        voice=choose_voice(catalog),
        works=list_works(catalog, choose_items(catalog, WORKS)),
    )


def choose_services(catalog: Catalog) -> list[Service]:
    """Clients' favorites; where there are not enough of them, the menu's first after them."""
    favorites = list_favorites(catalog, SERVICES)
    if _has_favorites(favorites):
        return favorites
    return [*favorites, *(row for row in catalog.services if row not in favorites)][:SERVICES]


def _has_favorites(favorites: list[Service]) -> bool:
    return len(favorites) >= FAVORITES_AT_LEAST


def make_title(catalog: Catalog) -> str:
    """The front page's title where the merchant gave it none: "Luna Hair, Los Angeles"."""
    name, town = to_text(catalog.business.name), to_text(catalog.business.address.city)
    return f"{name}, {town}" if town else name


def split_headline(description: str, name: str) -> tuple[str, str]:
    """The first sentence says it large and the rest follows; a long one leaves the large line to the name."""
    sentences = re.split(r"(?<=[.!?…])\s+", description, maxsplit=1)
    if not description or len(sentences[0]) > HEADLINE_MOST:
        return name, first_sentences(description, 220) if description else ""
    rest = sentences[1] if len(sentences) > 1 else ""
    return sentences[0], first_sentences(rest, 220) if rest else ""


def _make_picker(catalog: Catalog) -> Picker | None:
    """What can be booked online, and who by; None where that is nothing."""
    bookable = [service for service in catalog.services if service.is_bookable_online]
    if not bookable:
        return None
    currency = catalog.business.currency
    by_category: dict[str, list[Option]] = {}
    for service in bookable:
        facts = (
            to_text(service.name),
            formats.format_minutes(service.duration),
            say_price(service, currency),
        )
        by_category.setdefault(to_text(service.category), []).append(
            Option(str(service.id), ", ".join(facts))
        )
    people = tuple(
        Option(str(person.id), to_text(person.name)) for person in catalog.staff if person.is_bookable_online
    )
    return Picker(
        url=reverse("book_time"),
        groups=tuple(OptionGroup(name, tuple(options)) for name, options in by_category.items()),
        people=people if len(people) > 1 else (),
    )
