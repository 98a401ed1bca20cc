"""Reviews: one, all with their bars, and the one that speaks on the front page."""

from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.presenters.parts import Picture, Rating, first_picture, locale, make_rating, page_url, to_text
from catalog.queries import Catalog
from catalog.schemas import Review
from store import formats

VOICE_LENGTHS = (40, 150)
VOICE_IS_LONG = 80


@dataclass(frozen=True, slots=True)
class ReviewView:
    client: str
    rating: Rating | None
    comment: str
    service: str
    service_url: str
    date: str
    date_iso: str
    is_verified: bool
    picture: Picture | None
    reply: str
    reply_author: str


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    url: str
    count: int
    percent: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class ReviewsPage:
    rating: Rating | None
    total: int
    bars: tuple[Bar, ...]
    reviews: tuple[ReviewView, ...]
    is_filtered: bool


@dataclass(frozen=True, slots=True)
class Voice:
    text: str
    css_class: str
    by: str


def make_review(catalog: Catalog, review: Review, *, about: UUID | None = None) -> ReviewView:
    """`about` is the service or person whose page it stands on: that need not be said again."""
    service = catalog.service(review.service_id) if review.service_id else None
    is_said = bool(about) and review.service_id == about
    day = review.date.astimezone(catalog.zone).date()
    reply = review.response
    name = to_text(service.name) if service else to_text(review.service_name)
    return ReviewView(
        client=to_text(review.client_name),
        rating=make_rating(review.rating),
        comment=to_text(review.comment),
        service="" if is_said else name,
        service_url=page_url("service", service.id, service.name) if service and not is_said else "",
        date=formats.format_date_with_year(day, locale()),
        date_iso=day.isoformat(),
        is_verified=bool(review.is_verified),
        picture=first_picture(review.images, width=192, shape=(800, 800)),
        reply=to_text(reply.text) if reply else "",
        reply_author=(to_text(reply.author) if reply else "") or _("The salon"),
    )


def show_reviews(catalog: Catalog, asked: str) -> ReviewsPage:
    """`asked` is the rating to show alone, "1" to "5"; anything else shows all."""
    stars = int(asked) if asked in {"1", "2", "3", "4", "5"} else None
    aggregate = catalog.review_aggregate
    shown = [review for review in catalog.reviews if stars is None or review.rating == stars]
    total = aggregate.count or len(catalog.reviews)
    return ReviewsPage(
        rating=make_rating(aggregate.average),
        total=total,
        bars=tuple(_make_bar(number, aggregate.distribution, total, stars) for number in (5, 4, 3, 2, 1)),
        reviews=tuple(make_review(catalog, review) for review in shown),
        is_filtered=stars is not None,
    )


def choose_voices(catalog: Catalog, count: int) -> tuple[Voice, ...]:
    """Five-star comments that can be read aloud: those of a good length, verified, newest first."""
    least, most = VOICE_LENGTHS
    good = [review for review in catalog.reviews if review.rating == 5 and to_text(review.comment)]
    short = [review for review in good if len(to_text(review.comment)) <= most]
    best = sorted(short, key=lambda review: (len(to_text(review.comment)) < least, not review.is_verified))
    return tuple(_make_voice(review) for review in best[:count])


def _make_voice(review: Review) -> Voice:
    text = to_text(review.comment)
    by = [to_text(review.client_name), to_text(review.service_name)]
    return Voice(
        text=_("“%(text)s”") % {"text": text},
        css_class="quote__text--long" if len(text) > VOICE_IS_LONG else "",
        by=", ".join(part for part in by if part),
    )


def _make_bar(stars: int, distribution: dict[str, int], total: int, chosen: int | None) -> Bar:
    count = distribution.get(str(stars), 0)
    return Bar(
        label=ngettext("%(count)d star", "%(count)d stars", stars) % {"count": stars},
        url=f"{reverse('reviews')}?rating={stars}",
        count=count,
        percent=f"{100 * count / total:.1f}" if total else "0",
        is_chosen=stars == chosen,
    )
