"""The front page: the sections of the store's look in its order, each with what it shows.

A section's maker reads what its file prints and answers None where that is nothing: then it leaves no trace.
What only some templates print is a cached property, made when a file asks for it. A section that needs
nothing of the catalogue has no maker: its file gets its settings and what every template has.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from catalog.presenters.home.offers import make_services, make_shelf
from catalog.presenters.home.opening import make_opening
from catalog.presenters.home.people import make_team, make_voices, make_wall
from catalog.presenters.home.said import Said
from catalog.presenters.home.words import (
    make_about,
    make_action,
    make_promotion,
    make_questions,
    make_recommendations,
    make_socials,
    make_stats,
)
from catalog.presenters.parts import to_text
from catalog.queries import Catalog
from catalog.schemas import Product, Service
from store.design import SECTIONS, TEMPLATES, Design, Value
from store.tenancy import current_store

Maker = Callable[[Catalog, Design, Said], object | None]

MAKERS: Mapping[str, Maker] = {
    "hero": make_opening,
    "services": make_services,
    "products": make_shelf,
    "about": make_about,
    "team": make_team,
    "gallery": make_wall,
    "reviews": make_voices,
    "faq": make_questions,
    "promotion": make_promotion,
    "action": make_action,
    "stats": make_stats,
    "social": make_socials,
    "recommendations": make_recommendations,
}


@dataclass(frozen=True, slots=True)
class Part:
    """One section as its file gets it: what its maker made, and what the merchant set."""

    key: str
    file: str
    settings: Mapping[str, Value]
    section: object | None


@dataclass(frozen=True, slots=True)
class HomePage:
    """`title` and `description` are what search engines show; `description` may be empty."""

    title: str
    description: str
    parts: tuple[Part, ...]
    sheets: tuple[str, ...]
    has_headline: bool  # else the page itself says whose it is


def make_home(catalog: Catalog, look: Design) -> HomePage:
    spec, display = TEMPLATES[look.template], current_store().display
    parts = []
    for chosen in look.shown:
        maker = MAKERS.get(chosen.key)
        section = maker(catalog, look, Said(chosen.settings)) if maker else None
        if section is not None or maker is None:
            parts.append(Part(chosen.key, spec.files[chosen.key], chosen.settings, section))
    own = (SECTIONS[part.key].sheet for part in parts)
    return HomePage(
        title=display.title or make_title(catalog),
        description=display.description,
        parts=tuple(parts),
        sheets=(*(sheet for sheet in own if sheet), *spec.sheets),
        has_headline=any(part.key == "hero" for part in parts),
    )


def make_title(catalog: Catalog) -> str:
    """The front page's title where the merchant gave it none: "Luna Hair, Los Angeles"."""
    name, town = to_text(catalog.business.name), to_text(catalog.business.address.city)
    return f"{name}, {town}" if town else name


def list_shown(catalog: Catalog, look: Design) -> Sequence[Service | Product]:
    """Services and products that stand on the front page anyway."""
    rows: list[Service | Product] = []
    for chosen in look.shown:
        said = Said(chosen.settings)
        if chosen.key == "services" and (services := make_services(catalog, look, said)):
            rows += services.rows
        elif chosen.key == "products" and (shelf := make_shelf(catalog, look, said)):
            rows += shelf.rows
    return rows
