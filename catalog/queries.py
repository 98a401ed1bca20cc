"""The catalogue of the store in scope, as pages and the booking read it."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import structlog

from catalog import cache
from catalog.cache import Copy
from catalog.entries import NAMES, Name
from catalog.errors import CatalogUnavailable
from catalog.reading import convert
from catalog.schemas import (
    Business,
    GalleryItem,
    Image,
    Product,
    Review,
    ReviewAggregate,
    Service,
    Staff,
)
from catalog.services import mango_biz
from store.tenancy import current_store

__all__ = ["Catalog", "CatalogUnavailable", "catalog_at_hand", "find_zone", "get_catalog", "one_copy"]

log = structlog.get_logger(__name__)

# Without one of these there is no page; without another there is one that shows less.
ESSENTIAL: tuple[Name, ...] = ("business", "services", "staff")

Held = dict[UUID, "Catalog | CatalogUnavailable"]

_held: ContextVar[Held | None] = ContextVar("catalogs", default=None)

Row = TypeVar("Row", Service, Product, Staff)


class Catalog:
    """One store's services, products, staff, gallery and reviews at one moment; inactive ones left out.

    Raises CatalogUnavailable where something essential is missing.
    """

    def __init__(self, copies: dict[Name, Copy]) -> None:
        if missing := [name for name in ESSENTIAL if name not in copies or not _has_rows(name, copies)]:
            raise CatalogUnavailable(", ".join(missing))
        self._copies = copies

    @property
    def as_of(self) -> datetime:
        """When Mango Biz last said the oldest part of this."""
        return datetime.fromtimestamp(min(copy.as_of for copy in self._copies.values()), UTC)

    @cached_property
    def version(self) -> str:
        """Another exactly when what the catalogue says is: 16 hex digits, the same in every process."""
        digests = sorted(f"{name}:{copy.digest}" for name, copy in self._copies.items())
        return hashlib.sha256("|".join(digests).encode()).hexdigest()[:16]

    @property
    def is_stale(self) -> bool:
        return len(self._copies) < len(NAMES) or any(copy.is_stale for copy in self._copies.values())

    @cached_property
    def business(self) -> Business:
        business: Business = self._rows("business")[0]
        return business

    @cached_property
    def zone(self) -> ZoneInfo:
        """The salon's zone; UTC for a name nobody knows."""
        try:
            return ZoneInfo(self.business.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return ZoneInfo("UTC")

    @cached_property
    def all_services(self) -> tuple[Service, ...]:
        """Inactive ones too: a past booking may name them."""
        return self._rows("services")

    @cached_property
    def services(self) -> tuple[Service, ...]:
        return _sorted(row for row in self.all_services if row.is_active)

    @cached_property
    def products(self) -> tuple[Product, ...]:
        return _sorted(row for row in self._rows("products") if row.is_active)

    @cached_property
    def all_staff(self) -> tuple[Staff, ...]:
        return self._rows("staff")

    @cached_property
    def staff(self) -> tuple[Staff, ...]:
        return _sorted(row for row in self.all_staff if row.is_active)

    @cached_property
    def gallery(self) -> tuple[GalleryItem, ...]:
        rows: tuple[GalleryItem, ...] = self._rows("gallery")
        return tuple(sorted(rows, key=lambda row: (row.sort_order, row.title)))

    @cached_property
    def reviews(self) -> tuple[Review, ...]:
        """Newest first."""
        rows: tuple[Review, ...] = self._rows("reviews")
        return tuple(sorted(rows, key=lambda row: row.date, reverse=True))

    @cached_property
    def review_aggregate(self) -> ReviewAggregate:
        """As Mango Biz says it; counted here where it says nothing we can read."""
        copy = self._copies.get("reviews")
        said = copy.value.extra.get("aggregate") if copy else None
        if isinstance(said, dict):
            try:
                return convert(said, ReviewAggregate)
            except msgspec.ValidationError as error:
                log.warning("review_aggregate_unreadable", error=str(error))
        ratings = Counter(review.rating for review in self.reviews)
        total = sum(rating * many for rating, many in ratings.items())
        return ReviewAggregate(
            count=ratings.total(),
            average=round(Decimal(total) / (ratings.total() or 1), 2),
            distribution={str(star): many for star, many in ratings.items()},
        )

    def service(self, service_id: UUID | None) -> Service | None:
        return self._services_by_id.get(service_id)

    def product(self, product_id: UUID | None) -> Product | None:
        return next((row for row in self.products if row.id == product_id), None)

    def staff_member(self, staff_id: UUID | None) -> Staff | None:
        return next((row for row in self.staff if row.id == staff_id), None)

    def staff_for(self, service: Service) -> tuple[Staff, ...]:
        """Who does it: as the service says, or as the staff say where it says nothing."""
        return tuple(row for row in self.staff if _does(row, service))

    def services_of(self, person: Staff) -> tuple[Service, ...]:
        return tuple(row for row in self.services if _does(person, row))

    @cached_property
    def _services_by_id(self) -> dict[UUID | None, Service]:
        return {row.id: row for row in self.services}

    def _rows(self, name: Name) -> tuple[Any, ...]:
        copy = self._copies.get(name)
        return copy.value.rows if copy else ()

    def list_images(self) -> Iterator[Image]:
        """Every picture the catalogue names, some of them more than once."""
        yield from self.business.images
        rows: Iterable[Service | Product | Review] = (*self.services, *self.products, *self.reviews)
        for row in rows:
            yield from row.images
        alone = [self.business.logo, *(row.photo for row in self.staff), *(row.image for row in self.gallery)]
        yield from (image for image in alone if image is not None)


def get_catalog() -> Catalog:
    """The catalogue of the store in scope, one copy a request. Raises CatalogUnavailable: there is none.

    Not inside a transaction, unless with catalog_at_hand: where a copy has expired it waits for Mango Biz.
    """
    held = _held.get()
    store_id = current_store().id
    if held is not None and (found := held.get(store_id)) is not None:
        if isinstance(found, CatalogUnavailable):
            raise found
        return found
    catalog = Catalog(cache.read(store_id, NAMES, mango_biz))
    if held is not None:
        held[store_id] = catalog
    return catalog


def find_zone() -> ZoneInfo:
    """The salon's zone, UTC where there is no catalogue."""
    try:
        return get_catalog().zone
    except CatalogUnavailable:
        return ZoneInfo("UTC")


@contextmanager
def one_copy() -> Iterator[Held]:
    """Inside, get_catalog answers the same object: a page is of one moment. Yields what was asked for."""
    held: Held = {}
    token = _held.set(held)
    try:
        yield held
    finally:
        _held.reset(token)


@contextmanager
def catalog_at_hand() -> Iterator[None]:
    """Asks now, so that nothing inside waits for Mango Biz: what runs there may hold locks.

    Where there is no catalogue, get_catalog says so at once.
    """
    with nullcontext(held) if (held := _held.get()) is not None else one_copy() as held:
        try:
            get_catalog()
        except CatalogUnavailable as error:
            held[current_store().id] = error
        yield


def _sorted(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(sorted(rows, key=lambda row: (row.sort_order, row.name)))


def _does(person: Staff, service: Service) -> bool:
    return person.id in service.staff_ids if service.staff_ids else service.id in person.service_ids


def _has_rows(name: Name, copies: dict[Name, Copy]) -> bool:
    """A salon may offer nothing yet; but a business there is."""
    return name != "business" or bool(copies[name].value.rows)
