"""Pictures of work: a wall of them, each with its large view and a way to the next."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.presenters.parts import Picture, make_picture, page_url, to_text
from catalog.queries import Catalog
from catalog.schemas import GalleryItem

SHAPE = (1000, 1000)


@dataclass(frozen=True, slots=True)
class Work:
    key: str
    title: str
    picture: Picture | None
    large: Picture | None
    by: str
    service: str
    service_url: str
    previous_key: str
    next_key: str


@dataclass(frozen=True, slots=True)
class Category:
    name: str
    url: str
    count: int
    is_chosen: bool


def list_works(catalog: Catalog, items: Sequence[GalleryItem], *, width: int = 320) -> tuple[Work, ...]:
    """`width` is that of the box each has on the page, in CSS pixels."""
    keys = [f"work-{number}" for number in range(1, len(items) + 1)]
    names = {person.id: to_text(person.name) for person in catalog.staff}
    works = []
    for number, item in enumerate(items):
        service = catalog.service(item.service_id) if item.service_id else None
        title = to_text(item.title) or (to_text(service.name) if service else "") or to_text(item.image.alt)
        works.append(
            Work(
                key=keys[number],
                title=title or _("Picture %(number)d") % {"number": number + 1},
                picture=make_picture(item.image, width=width, shape=SHAPE),
                large=make_picture(item.image, width=960, shape=SHAPE),
                by=names.get(item.staff_id, "") if item.staff_id else "",
                service=to_text(service.name) if service else "",
                service_url=page_url("service", service.id, service.name) if service else "",
                previous_key=keys[number - 1] if number else "",
                next_key=keys[number + 1] if number + 1 < len(keys) else "",
            )
        )
    return tuple(works)


def choose_items(catalog: Catalog, at_most: int) -> list[GalleryItem]:
    """The featured ones first."""
    return sorted(catalog.gallery, key=lambda item: not item.featured)[:at_most]


def list_categories(catalog: Catalog, asked: str) -> tuple[Category, ...]:
    counts = Counter(to_text(item.category) for item in catalog.gallery if item.category)
    page = reverse("gallery")
    everything = Category(_("All"), page, len(catalog.gallery), asked not in counts)
    return (
        everything,
        *(
            Category(name, f"{page}?{urlencode({'category': name})}", count, name == asked)
            for name, count in counts.items()
        ),
    )


def filter_items(catalog: Catalog, asked: str) -> Sequence[GalleryItem]:
    """Those of a category; all of them for one that does not exist."""
    found = [item for item in catalog.gallery if to_text(item.category) == asked]
    return found if asked and found else catalog.gallery
