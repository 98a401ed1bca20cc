"""The people, what they made and what clients say of it."""

from dataclasses import dataclass

from catalog.presenters.gallery import Work, choose_items, list_works
from catalog.presenters.home.said import Said
from catalog.presenters.people import PersonCard, make_card
from catalog.presenters.reviews import Voice, choose_voices
from catalog.queries import Catalog
from store.design import Design

WORKS_AT_LEAST = 2  # one picture is no gallery


@dataclass(frozen=True, slots=True)
class Team:
    people: tuple[PersonCard, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Voices:
    first: Voice
    others: tuple[Voice, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Wall:
    works: tuple[Work, ...]
    total: int


def make_team(catalog: Catalog, look: Design, said: Said) -> Team | None:
    people = tuple(make_card(person) for person in catalog.staff[: said.number("count")])
    return Team(people, len(catalog.staff)) if people else None


def make_wall(catalog: Catalog, look: Design, said: Said) -> Wall | None:
    items = choose_items(catalog, said.number("count"))
    if len(items) < WORKS_AT_LEAST:
        return None
    return Wall(list_works(catalog, items, width=480), len(catalog.gallery))


def make_voices(catalog: Catalog, look: Design, said: Said) -> Voices | None:
    voices = choose_voices(catalog, said.number("count"))
    if not voices:
        return None
    return Voices(voices[0], voices[1:], catalog.review_aggregate.count or len(catalog.reviews))
