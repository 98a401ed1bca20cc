"""Staff: cards, and one person's page with portfolio and reviews."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.presenters.gallery import Work, list_works
from catalog.presenters.parts import (
    Crumb,
    Fact,
    Link,
    Picture,
    Rating,
    booking_url,
    first_sentences,
    locale,
    make_picture,
    make_rating,
    page_url,
    to_text,
)
from catalog.presenters.reviews import ReviewView, make_review
from catalog.presenters.salon import make_socials
from catalog.presenters.services import ServiceLine, make_service_line
from catalog.queries import Catalog
from catalog.schemas import Staff
from store import formats
from store.names import short_name

SHAPE = (960, 1200)
INTRO_LENGTH = 320


@dataclass(frozen=True, slots=True)
class PersonCard:
    name: str
    url: str
    title: str
    picture: Picture | None
    rating: Rating | None
    intro: str
    initial: str


@dataclass(frozen=True, slots=True)
class PersonPage:
    name: str
    first_name: str
    title: str
    bio: str
    crumbs: tuple[Crumb, ...]
    picture: Picture | None
    rating: Rating | None
    specialties: tuple[str, ...]
    facts: tuple[Fact, ...]
    socials: tuple[Link, ...]
    book_url: str
    services: tuple[ServiceLine, ...]
    works: tuple[Work, ...]
    reviews: tuple[ReviewView, ...]


def make_card(person: Staff) -> PersonCard:
    return PersonCard(
        name=to_text(person.name),
        url=page_url("staff_profile", person.id, person.name),
        title=to_text(person.title),
        picture=make_picture(person.photo, width=480, shape=SHAPE),
        rating=make_rating(person.rating, person.review_count or 0),
        intro=first_sentences(to_text(person.bio), INTRO_LENGTH),
        initial=to_text(person.name)[:1],
    )


def show_person(catalog: Catalog, person: Staff) -> PersonPage:
    currency = catalog.business.currency
    staff = person.id if person.is_bookable_online else None
    lines = tuple(
        make_service_line(service, currency, staff=staff) for service in catalog.services_of(person)
    )
    return PersonPage(
        name=to_text(person.name),
        first_name=short_name(to_text(person.name)),
        title=to_text(person.title),
        bio=to_text(person.bio),
        crumbs=(Crumb(_("Team"), reverse("team")), Crumb(to_text(person.name))),
        picture=make_picture(person.photo, width=720, shape=SHAPE),
        rating=make_rating(person.rating, person.review_count or 0),
        specialties=tuple(to_text(item) for item in person.specialties),
        facts=_list_facts(person),
        socials=make_socials(person.social_links),
        book_url=booking_url(staff=staff) if staff and any(line.book_url for line in lines) else "",
        services=lines,
        works=list_works(catalog, [item for item in catalog.gallery if item.staff_id == person.id]),
        reviews=tuple(
            make_review(catalog, review) for review in catalog.reviews if review.staff_id == person.id
        ),
    )


def _list_facts(person: Staff) -> tuple[Fact, ...]:
    facts = []
    if years := person.experience_years:
        facts.append(
            Fact(_("Experience"), ngettext("%(count)d year", "%(count)d years", years) % {"count": years})
        )
    if person.certifications:
        facts.append(Fact(_("Certificates"), ", ".join(to_text(item) for item in person.certifications)))
    if person.languages:
        names = [formats.format_language(code, locale()) for code in person.languages]
        facts.append(Fact(_("Speaks"), formats.join_words(names, locale())))
    return tuple(facts)
