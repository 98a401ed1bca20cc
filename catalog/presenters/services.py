"""Services: lines on a menu, the list with its filter, one service in full."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.presenters.parts import (
    Crumb,
    Picture,
    Rating,
    booking_url,
    first_picture,
    first_sentences,
    locale,
    make_key,
    make_picture,
    make_rating,
    page_url,
    to_text,
)
from catalog.presenters.reviews import ReviewView, make_review
from catalog.queries import Catalog
from catalog.schemas import Service
from store import formats

SHAPE = (1200, 900)
SUMMARY_LENGTH = 130
LONG_WORD = 18
LOVED_AT_LEAST, LOVED_AT_MOST = 2, 3  # good reviews it takes; services that wear the tag
RELATED = 3
RATING_AT_LEAST = 2  # one voice is no average


@dataclass(frozen=True, slots=True)
class ServiceLine:
    id: UUID
    name: str
    url: str
    book_url: str  # empty where it is booked by phone
    price: str
    duration: str
    deposit: str
    summary: str
    picture: Picture | None
    is_loved: bool = False

    @property
    def has_long_word(self) -> bool:
        """Set large, it would have to be broken."""
        return max(map(len, self.name.split()), default=0) >= LONG_WORD


@dataclass(frozen=True, slots=True)
class AddOnLine:
    id: UUID
    name: str
    price: str
    duration: str
    amount: str  # for the script that sums up: "35"
    minutes: int


@dataclass(frozen=True, slots=True)
class StaffChoice:
    id: UUID
    name: str
    title: str
    initial: str
    picture: Picture | None


@dataclass(frozen=True, slots=True)
class ServicePage:
    id: UUID
    name: str
    category: str
    crumbs: tuple[Crumb, ...]
    summary: str
    description: str
    picture: Picture | None
    price: str
    base_price: str
    is_from: bool
    duration: str
    deposit: str
    rating: Rating | None
    benefits: tuple[str, ...]
    requirements: tuple[str, ...]
    add_ons: tuple[AddOnLine, ...]
    people: tuple[StaffChoice, ...]
    reviews: tuple[ReviewView, ...]
    related: tuple[ServiceLine, ...]
    book_url: str
    form_url: str
    amount: str
    minutes: int
    currency: str


def say_price(service: Service, currency: str) -> str:
    price = formats.format_money(service.price, currency, locale())
    return _("from %(price)s") % {"price": price} if service.price_from else price


def make_service_line(service: Service, currency: str, *, staff: UUID | None = None) -> ServiceLine:
    deposit = service.deposit_amount
    return ServiceLine(
        id=service.id,
        name=to_text(service.name),
        url=page_url("service", service.id, service.name),
        book_url=booking_url(service=service.id, staff=staff) if service.is_bookable_online else "",
        price=say_price(service, currency),
        duration=formats.format_minutes(service.duration),
        deposit=formats.format_money(deposit, currency, locale()) if deposit else "",
        summary=first_sentences(to_text(service.description), SUMMARY_LENGTH),
        picture=first_picture(service.images, width=480, shape=SHAPE),
    )


def list_favorites(catalog: Catalog, at_most: int) -> list[Service]:
    """Services with the most good reviews, most first; none where clients have not said enough."""
    praise = Counter(
        review.service_id for review in catalog.reviews if review.rating >= 4 and review.service_id
    )
    known = {service.id: service for service in catalog.services}
    loved = [known[key] for key, count in praise.most_common() if key in known and count >= LOVED_AT_LEAST]
    return loved[:at_most]


def show_service(catalog: Catalog, service: Service) -> ServicePage:
    currency = catalog.business.currency
    reviews = [review for review in catalog.reviews if review.service_id == service.id]
    deposit = service.deposit_amount
    return ServicePage(
        id=service.id,
        name=to_text(service.name),
        category=to_text(service.category),
        crumbs=(
            Crumb(_("Services"), reverse("services")),
            Crumb(to_text(service.category), f"{reverse('services')}#{make_key(service.category, ())}"),
            Crumb(to_text(service.name)),
        ),
        summary=first_sentences(to_text(service.description), 155),
        description=to_text(service.description),
        picture=first_picture(service.images, width=960, shape=SHAPE),
        price=say_price(service, currency),
        base_price=formats.format_money(service.price, currency, locale()),
        is_from=bool(service.price_from),
        duration=formats.format_minutes(service.duration),
        deposit=formats.format_money(deposit, currency, locale()) if deposit else "",
        rating=_rate([review.rating for review in reviews]),
        benefits=tuple(to_text(line) for line in service.benefits),
        requirements=tuple(to_text(line) for line in service.requirements),
        add_ons=_list_add_ons(service, currency),
        people=list_people_for(catalog, service),
        reviews=tuple(make_review(catalog, review, about=service.id) for review in reviews),
        related=tuple(make_service_line(other, currency) for other in list_related(catalog, service)),
        book_url=booking_url(service=service.id) if service.is_bookable_online else "",
        form_url=reverse("book_time"),
        amount=str(service.price),
        minutes=service.duration,
        currency=currency,
    )


def list_related(catalog: Catalog, service: Service) -> list[Service]:
    """Others of its category."""
    siblings = (
        other for other in catalog.services if other.category == service.category and other != service
    )
    return list(islice(siblings, RELATED))


def list_people_for(catalog: Catalog, service: Service) -> tuple[StaffChoice, ...]:
    """Who of those bookable online does it."""
    return tuple(
        StaffChoice(
            id=person.id,
            name=to_text(person.name),
            title=to_text(person.title),
            initial=to_text(person.name)[:1],
            picture=make_picture(person.photo, width=96, shape=(960, 1200)),
        )
        for person in catalog.staff_for(service)
        if person.is_bookable_online
    )


def _rate(ratings: Sequence[int]) -> Rating | None:
    if len(ratings) < RATING_AT_LEAST:
        return None
    return make_rating(Decimal(sum(ratings)) / len(ratings), len(ratings))


def _list_add_ons(service: Service, currency: str) -> tuple[AddOnLine, ...]:
    return tuple(
        AddOnLine(
            id=add_on.id,
            name=to_text(add_on.name),
            price=formats.format_money(add_on.price, currency, locale()),
            duration=formats.format_minutes(add_on.duration) if add_on.duration else "",
            amount=str(add_on.price),
            minutes=add_on.duration,
        )
        for add_on in service.add_ons
    )
