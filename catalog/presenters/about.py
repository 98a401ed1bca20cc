"""The place, its days, its rules and the questions people ask."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.presenters.hours import DayRow, list_special_days
from catalog.presenters.parts import Picture, make_picture, to_text
from catalog.queries import Catalog

SHAPE = (1600, 900)


@dataclass(frozen=True, slots=True)
class AboutPage:
    picture: Picture | None
    more_pictures: tuple[Picture, ...]
    special_days: tuple[DayRow, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    title: str
    rule: str  # the number that counts, as a sentence
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class PoliciesPage:
    policies: tuple[Policy, ...]
    faq: tuple[Question, ...]


def show_about(catalog: Catalog, now: datetime) -> AboutPage:
    images = catalog.business.images
    # The front page shows the first picture; here the second comes first.
    ordered = [*images[1:], *images[:1]]
    pictures = [make_picture(image, width=720, shape=SHAPE) for image in ordered[:3]]
    found = [picture for picture in pictures if picture]
    return AboutPage(
        picture=found[0] if found else None,
        more_pictures=tuple(found[1:]),
        special_days=list_special_days(catalog, now),
    )


def list_policies(catalog: Catalog) -> PoliciesPage:
    said = catalog.business.policies
    hours = said.cancellation_window_hours
    window = (
        ngettext("Free until %(count)d hour before.", "Free until %(count)d hours before.", hours)
        % {"count": hours}
        if hours
        else ""
    )
    rows = (
        Policy(_("Moving and canceling"), window, to_text(said.cancellation_text)),
        Policy(_("Deposits"), "", to_text(said.deposit_text)),
        Policy(_("Returns"), "", to_text(said.returns_text)),
    )
    return PoliciesPage(
        policies=tuple(row for row in rows if row.text or row.rule), faq=list_questions(catalog)
    )


def list_questions(catalog: Catalog) -> tuple[Question, ...]:
    said = catalog.business.policies.faq
    questions = (Question(to_text(item.question), to_text(item.answer)) for item in said)
    return tuple(item for item in questions if item.question and item.answer)
