"""What Mango Biz tells, as frozen values (source: the contract `mango-biz.openapi.yaml`).

Optional fields that are missing or null become an empty tuple, "", zero or None. Money is Decimal in the
business's currency, durations are minutes, instants are aware datetimes, opening hours are wall time in
the business's zone. Values are shared between threads and requests: never change what is inside.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from config.structs import make_ready

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
WallTime = Annotated[str, msgspec.Meta(pattern=r"^([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?$|^24:00(:00)?$")]
# Bounds beyond which a number is a mistake, and would overflow where it is added to a date.
Minutes = Annotated[int, msgspec.Meta(ge=0, le=7 * 24 * 60)]
MAX_MONEY = Decimal(10) ** 9

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SELLABLE = frozenset({"in_stock", "low_stock", "pre_order"})
ZERO = Decimal(0)


class Upstream(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """camelCase outside, snake_case inside; unknown fields are ignored."""


class Entity(Upstream, frozen=True, kw_only=True):
    id: UUID
    version: int
    updated_at: Instant


def _parse_wall_time(text: str) -> time:
    hours, minutes = (int(part) for part in text.split(":"))
    return time(hours % 24, minutes)


def _check_money(*amounts: Decimal | None) -> None:
    """A price that is below zero, absurd or not a number sinks its entity rather than a till."""
    for amount in amounts:
        if amount is not None and (not amount.is_finite() or not 0 <= amount <= MAX_MONEY):
            raise ValueError("not an amount of money")


def _keep_within(struct: msgspec.Struct, name: str, highest: int) -> None:
    """What is only shown is left out where it makes no sense."""
    value: Decimal | None = getattr(struct, name)
    if value is not None and (not value.is_finite() or not 0 <= value <= highest):
        msgspec.structs.force_setattr(struct, name, None)


def _to_utc(struct: msgspec.Struct, *names: str) -> None:
    for name in names:
        moment: datetime = getattr(struct, name)
        if moment.tzinfo is not UTC:
            msgspec.structs.force_setattr(struct, name, moment.astimezone(UTC))


def _web_links(links: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """(name, address) of what a browser may safely follow: no `javascript:`."""

    def pick() -> Iterator[tuple[str, str]]:
        for name, url in links.items():
            if url.lower().startswith(("https://", "http://")):
                yield name, url

    return tuple(pick())


# --- pieces -------------------------------------------------------------------------------------------


class Image(Upstream, frozen=True, kw_only=True):
    """`url` is Mango Biz's: pages show `catalog.images.image_url(image, width)` instead."""

    url: str
    alt: str = ""
    width: int = 0  # pixels of the original; 0 where unknown
    height: int = 0


class Span(Upstream, frozen=True, kw_only=True):
    """Opening hours, wall time: "09:00" to "18:00"; "24:00" is the day's end."""

    open: WallTime
    close: WallTime

    def __post_init__(self) -> None:
        for name in ("open", "close"):  # "9:00" and "09:00:00" are told too
            hours, minutes = getattr(self, name).split(":")[:2]
            msgspec.structs.force_setattr(self, name, f"{int(hours):02}:{minutes}")

    @property
    def opens(self) -> time:
        return _parse_wall_time(self.open)

    @property
    def closes(self) -> time:
        """Midnight (00:00) where the day's end is meant."""
        return _parse_wall_time(self.close)


class DayHours(Upstream, frozen=True, kw_only=True):
    day: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    spans: tuple[Span, ...] = ()


class SpecialHours(Upstream, frozen=True, kw_only=True):
    """Instead of the weekday's hours; no spans means closed."""

    date: date
    note: str = ""
    spans: tuple[Span, ...] = ()


class Contact(Upstream, frozen=True, kw_only=True):
    email: str = ""
    phone: str = ""  # E.164


class Address(Upstream, frozen=True, kw_only=True):
    line1: str = ""
    line2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""  # ISO 3166-1 alpha-2
    latitude: float | None = None
    longitude: float | None = None


class Question(Upstream, frozen=True, kw_only=True):
    question: str
    answer: str = ""


class Policies(Upstream, frozen=True, kw_only=True):
    cancellation_window_hours: Annotated[int, msgspec.Meta(ge=0, le=366 * 24)] = 24
    cancellation_text: str = ""
    deposit_text: str = ""
    returns_text: str = ""
    booking_lead_minutes: Annotated[int, msgspec.Meta(ge=0, le=366 * 24 * 60)] = 0
    booking_horizon_days: Annotated[int, msgspec.Meta(ge=0, le=5 * 366)] = 60
    faq: tuple[Question, ...] = ()


class Shipping(Upstream, frozen=True, kw_only=True):
    """None for `flat_rate`: does not ship; for `free_from`: never free."""

    pickup: bool = False
    flat_rate: Decimal | None = None
    free_from: Decimal | None = None
    countries: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_money(self.flat_rate, self.free_from)


# --- the catalogue ------------------------------------------------------------------------------------


class Business(Entity, frozen=True, kw_only=True):
    name: str
    timezone: str  # IANA; ask `Catalog.zone` for a ZoneInfo that always is one
    currency: str  # ISO 4217
    description: str = ""
    logo: Image | None = None
    images: tuple[Image, ...] = ()
    contact: Contact = Contact()
    address: Address = Address()
    hours: tuple[DayHours, ...] = ()
    special_hours: tuple[SpecialHours, ...] = ()
    policies: Policies = Policies()
    tax_rate: Decimal | None = None  # share of the net price: 0.0875 is 8.75 %
    shipping: Shipping = Shipping()
    social_media: dict[str, str] = {}

    def __post_init__(self) -> None:
        _keep_within(self, "tax_rate", 1)

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """The local day's opening hours, special ones first; empty when closed."""
        special = self.special_on(day)
        if special is not None:
            return special.spans
        weekday = WEEKDAYS[day.weekday()]
        return tuple(span for entry in self.hours if entry.day == weekday for span in entry.spans)

    def special_on(self, day: date) -> SpecialHours | None:
        return next((entry for entry in self.special_hours if entry.date == day), None)

    @property
    def social_links(self) -> tuple[tuple[str, str], ...]:
        return _web_links(self.social_media)


class AddOn(Upstream, frozen=True, kw_only=True):
    id: UUID
    name: str
    duration: Minutes
    price: Decimal

    def __post_init__(self) -> None:
        _check_money(self.price)


class Service(Entity, frozen=True, kw_only=True):
    name: str
    category: str
    duration: Minutes
    price: Decimal
    is_active: bool
    is_bookable_online: bool
    description: str = ""
    price_from: bool = False  # the price is where it starts
    deposit_amount: Decimal = ZERO
    images: tuple[Image, ...] = ()
    add_ons: tuple[AddOn, ...] = ()
    benefits: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    staff_ids: tuple[UUID, ...] = ()
    sort_order: int = 0

    def __post_init__(self) -> None:
        _check_money(self.price, self.deposit_amount)


class Product(Entity, frozen=True, kw_only=True):
    """`stock_status` is in_stock, low_stock, out_of_stock or pre_order, or something newer."""

    name: str
    category: str
    price: Decimal
    stock_status: str
    is_active: bool
    description: str = ""
    sku: str = ""
    brand: str = ""
    compare_at_price: Decimal | None = None
    stock_quantity: int | None = None
    images: tuple[Image, ...] = ()
    tags: tuple[str, ...] = ()
    weight_grams: int | None = None
    sort_order: int = 0

    def __post_init__(self) -> None:
        _check_money(self.price, self.compare_at_price)

    @property
    def is_available(self) -> bool:
        """Can be put into the cart; a status we do not know cannot."""
        return self.stock_status in SELLABLE


class Staff(Entity, frozen=True, kw_only=True):
    name: str
    is_active: bool
    is_bookable_online: bool
    title: str = ""
    bio: str = ""
    photo: Image | None = None
    specialties: tuple[str, ...] = ()
    certifications: tuple[str, ...] = ()
    experience_years: int | None = None
    rating: Decimal | None = None  # 0 to 5
    review_count: int = 0
    service_ids: tuple[UUID, ...] = ()
    languages: tuple[str, ...] = ()
    social_media: dict[str, str] = {}
    sort_order: int = 0

    def __post_init__(self) -> None:
        _keep_within(self, "rating", 5)

    @property
    def social_links(self) -> tuple[tuple[str, str], ...]:
        return _web_links(self.social_media)


class GalleryItem(Entity, frozen=True, kw_only=True):
    image: Image
    title: str = ""
    description: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    staff_id: UUID | None = None
    service_id: UUID | None = None
    featured: bool = False
    sort_order: int = 0


class ReviewResponse(Upstream, frozen=True, kw_only=True):
    text: str = ""
    date: Instant | None = None
    author: str = ""


class Review(Entity, frozen=True, kw_only=True):
    client_name: str
    rating: Annotated[int, msgspec.Meta(ge=1, le=5)]
    date: Instant
    comment: str = ""
    service_id: UUID | None = None
    service_name: str = ""
    staff_id: UUID | None = None
    is_verified: bool = False
    images: tuple[Image, ...] = ()
    response: ReviewResponse | None = None


class ReviewAggregate(Upstream, frozen=True, kw_only=True):
    """Over all reviews; `distribution` counts by stars, "1" to "5"."""

    count: int = 0
    average: Decimal = ZERO
    distribution: dict[str, int] = {}


# --- availability, bookings, orders ---------------------------------------------------------------------


class Slot(Upstream, frozen=True, kw_only=True):
    """A start that can be booked now; `staff_ids` are those who could take it. Times are UTC."""

    start_time: Instant
    end_time: Instant
    staff_ids: tuple[UUID, ...]

    def __post_init__(self) -> None:
        _to_utc(self, "start_time", "end_time")


class SlotList(Upstream, frozen=True, kw_only=True):
    data: tuple[Slot, ...]  # by time
    timezone: str  # IANA, the business's


class Blackout(Upstream, frozen=True, kw_only=True):
    """Nothing can be booked; `staff_id` None means nobody works. Times are UTC."""

    start_time: Instant
    end_time: Instant
    staff_id: UUID | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        _to_utc(self, "start_time", "end_time")


class BookedItem(Upstream, frozen=True, kw_only=True):
    service_id: UUID | None = None
    name: str = ""
    price: Decimal = ZERO
    duration: int = 0
    add_on_ids: tuple[UUID, ...] = ()


class Booking(Entity, frozen=True, kw_only=True):
    """Mango Biz's booking, without the client's details: we have them, sealed."""

    confirmation_number: str
    status: Literal["confirmed", "completed", "cancelled", "no_show"]
    start_time: Instant
    end_time: Instant
    total_price: Decimal
    items: tuple[BookedItem, ...] = ()
    staff_id: UUID | None = None
    staff_name: str = ""
    notes: str = ""
    idempotency_key: str = ""

    def __post_init__(self) -> None:
        _to_utc(self, "start_time", "end_time")

    def __repr__(self) -> str:
        return f"Booking(id={self.id}, version={self.version}, status={self.status!r}, ***)"


class Order(Entity, frozen=True, kw_only=True):
    """Mango Biz's order, without the client's details: we have them, sealed."""

    order_number: str
    status: Literal["confirmed", "processing", "ready", "shipped", "completed", "cancelled", "refunded"]
    total: Decimal
    tracking_url: str = ""
    idempotency_key: str = ""

    def __repr__(self) -> str:
        return f"Order(id={self.id}, version={self.version}, status={self.status!r}, ***)"


make_ready(globals())
