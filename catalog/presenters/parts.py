"""Small values that several pages print: pictures, links, ratings, texts, addresses of pages."""

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode
from uuid import UUID

import nh3
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import ngettext

from catalog.images import image_url, srcset
from catalog.schemas import Image
from store import formats
from store.tenancy import current_store

# Letters that Unicode does not take apart into a base and an accent.
PLAIN_LETTERS = str.maketrans(
    {"ß": "ss", "đ": "d", "Đ": "D", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae", "ł": "l"}
)
STAR_UNITS = Decimal("20.8")  # one of the five stars of `#stars` in base.html


@dataclass(frozen=True, slots=True)
class Link:
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class NavItem:
    name: str
    url: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Crumb:
    name: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    text: str
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    src: str
    srcset: str
    alt: str
    width: int
    height: int

    @property
    def is_tall(self) -> bool:
        return self.height > self.width


@dataclass(frozen=True, slots=True)
class Rating:
    value: str  # "4.9"
    fill: str  # width of the filled stars, in the drawing's units
    count: str  # "612 reviews", or empty


def locale() -> str:
    return current_store().locale


def to_text(text: str | None) -> str:
    """Upstream text as text: where somebody pasted markup, its tags go and its words stay."""
    if not text:
        return ""
    if "<" in text:
        text = html.unescape(nh3.clean(text, tags=set()))
    return text.strip()


def make_picture(image: Image | None, *, width: int, shape: tuple[int, int]) -> Picture | None:
    """A picture for a box about `width` CSS pixels wide; `shape` is assumed where upstream gives no size."""
    if image is None:
        return None
    given = (image.width, image.height)
    known = (given[0], given[1]) if given[0] and given[1] else shape
    return Picture(
        src=image_url(image, width),
        srcset=_trim(srcset(image), width),
        alt=to_text(image.alt),
        width=known[0] or shape[0],
        height=known[1] or shape[1],
    )


def _trim(candidates: str, width: int) -> str:
    """Nothing much wider than two pixels for each of the box's: a page names many pictures."""
    kept = [one for one in candidates.split(", ") if int(one.rpartition(" ")[2].rstrip("w")) <= width * 2]
    return ", ".join(kept or [candidates.split(", ", maxsplit=1)[0]])


def first_picture(images: Sequence[Image], *, width: int, shape: tuple[int, int]) -> Picture | None:
    return make_picture(images[0] if images else None, width=width, shape=shape)


def make_rating(average: Decimal | float | None, count: int = 0) -> Rating | None:
    if not average:
        return None
    rounded = Decimal(str(average)).quantize(Decimal("0.1"))
    return Rating(
        value=formats.format_rating(rounded, locale()),
        fill=str((rounded * STAR_UNITS).quantize(Decimal("0.1"))),
        count=say_reviews(count) if count else "",
    )


def say_reviews(count: int) -> str:
    return ngettext("%(count)d review", "%(count)d reviews", count) % {"count": count}


def make_slug(name: str) -> str:
    """The readable half of an address; what identifies is the id before it."""
    return slugify(name.translate(PLAIN_LETTERS)) or "x"


def make_key(name: str, taken: Iterable[str]) -> str:
    """An element id for a heading, unlike any in `taken`."""
    base = slugify(name.translate(PLAIN_LETTERS)) or "part"
    key, number = base, 2
    while key in taken:
        key, number = f"{base}-{number}", number + 1
    return key


def page_url(route: str, row_id: UUID, name: str) -> str:
    return reverse(route, args=[row_id, make_slug(name)])


def booking_url(*, service: UUID | None = None, staff: UUID | None = None) -> str:
    """Where a booking starts: with a service chosen, at its free times."""
    chosen = {name: str(value) for name, value in (("service", service), ("staff", staff)) if value}
    start = reverse("book_time" if service else "book")
    return f"{start}?{urlencode(chosen)}" if chosen else start


def first_sentences(text: str, at_most: int) -> str:
    """As many whole sentences as fit, at least the first, cut at a word if even that is too long."""
    sentences = re.split(r"(?<=[.!?…])\s+", text.replace("\n", " "))
    kept = sentences[0]
    for sentence in sentences[1:]:
        if len(kept) + 1 + len(sentence) > at_most:
            break
        kept = f"{kept} {sentence}"
    if len(kept) <= at_most:
        return kept
    return kept[: at_most - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"
