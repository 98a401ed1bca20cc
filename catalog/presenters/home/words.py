"""Sections made of a few words: about, promotion, call to action, questions, numbers, networks."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import ngettext

from catalog.presenters.about import SHAPE, Question, list_questions
from catalog.presenters.home.opening import tell
from catalog.presenters.home.said import Said, find_way
from catalog.presenters.parts import Fact, Link, Picture, locale, make_picture
from catalog.presenters.salon import make_socials as list_socials
from catalog.queries import Catalog
from store import formats
from store.design import Design
from store.tenancy import current_store

FACTS_AT_LEAST = 2  # one number is no list of numbers
LONG_TEXT = 280


@dataclass(frozen=True, slots=True)
class About:
    text: str
    is_long: bool
    picture: Picture | None


@dataclass(frozen=True, slots=True)
class Call:
    """A sentence and a button."""

    way: Link


@dataclass(frozen=True, slots=True)
class Questions:
    rows: tuple[Question, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Stats:
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Socials:
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Recommendations:
    context: str = "homepage"


def make_about(catalog: Catalog, look: Design, said: Said) -> About | None:
    """The opening shows the salon's first picture, so this one shows its second."""
    text = tell(catalog, look).about
    images = catalog.business.images
    image = images[1] if len(images) > 1 else None
    return About(text, len(text) > LONG_TEXT, make_picture(image, width=640, shape=SHAPE)) if text else None


def make_promotion(catalog: Catalog, look: Design, said: Said) -> Call | None:
    way = find_way(catalog, said.text("leads_to"))
    return Call(Link(said.text("button") or way.name, way.url)) if said.text("title") else None


def make_action(catalog: Catalog, look: Design, said: Said) -> Call:
    return Call(find_way(catalog, said.text("leads_to")))


def make_questions(catalog: Catalog, look: Design, said: Said) -> Questions | None:
    rows = list_questions(catalog)
    return Questions(rows[: said.number("count")], len(rows)) if rows else None


def make_stats(catalog: Catalog, look: Design, said: Said) -> Stats | None:
    facts = tuple(_count(catalog, said.number("opened_in"), timezone.now()))
    return Stats(facts) if len(facts) >= FACTS_AT_LEAST else None


def _count(catalog: Catalog, opened_in: int, now: datetime) -> list[Fact]:
    """What can be counted, as (what it is, how many)."""
    aggregate = catalog.review_aggregate
    facts = []
    if aggregate.count and aggregate.average:
        label = ngettext("of 5, from %(count)d review", "of 5, from %(count)d reviews", aggregate.count)
        rating = formats.format_rating(aggregate.average, locale())
        facts.append(Fact(label % {"count": aggregate.count}, rating))
    years = now.astimezone(catalog.zone).year - opened_in if opened_in else 0
    counts = (
        (
            ngettext("service to choose from", "services to choose from", len(catalog.services)),
            len(catalog.services),
        ),
        (ngettext("person on the team", "people on the team", len(catalog.staff)), len(catalog.staff)),
        (ngettext("year open", "years open", years), years),
    )
    return facts + [
        Fact(label, formats.format_number(count, locale())) for label, count in counts if count > 0
    ]


def make_socials(catalog: Catalog, look: Design, said: Said) -> Socials | None:
    links = list_socials(catalog.business.social_links)
    return Socials(links) if links else None


def make_recommendations(catalog: Catalog, look: Design, said: Said) -> Recommendations | None:
    return Recommendations() if current_store().has_assistant else None
