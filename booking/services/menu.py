"""What is to be booked, checked against the catalogue: lines with today's prices, and who does them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from uuid import UUID
from zoneinfo import ZoneInfo

from booking.models import AddOnLine, Booking, Line
from booking.services.errors import ServiceNotBookable, UnknownService
from catalog.presenters.parts import to_text
from catalog.queries import get_catalog
from catalog.schemas import Service, Staff

MAX_SERVICES = 8
HORIZON_DAYS = 90  # where the salon's policies do not say


@dataclass(frozen=True, slots=True)
class Wish:
    """A service with add-ons, as asked for."""

    service_id: UUID
    add_on_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class Choice:
    """Lines as the catalogue has them now, done back to back by one person. staff_id None is anybody."""

    lines: tuple[Line, ...]
    staff_id: UUID | None
    zone: ZoneInfo
    currency: str
    deposit: Decimal

    @cached_property
    def minutes(self) -> int:
        return sum(line.minutes + sum(add_on.minutes for add_on in line.add_ons) for line in self.lines)

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.minutes)

    @cached_property
    def total(self) -> Decimal:
        return sum(
            (line.price + sum((a.price for a in line.add_ons), Decimal(0)) for line in self.lines), Decimal(0)
        )

    @property
    def is_from(self) -> bool:
        return any(line.price_from for line in self.lines)

    @property
    def wishes(self) -> tuple[Wish, ...]:
        return tuple(Wish(line.service_id, tuple(a.id for a in line.add_ons)) for line in self.lines)

    @cached_property
    def cache_key(self) -> str:
        parts = [f"{line.service_id}+{'+'.join(str(a.id) for a in line.add_ons)}" for line in self.lines]
        return sha256(f"{self.staff_id}|{','.join(parts)}".encode()).hexdigest()[:32]

    def with_anybody(self) -> "Choice":
        return replace(self, staff_id=None)

    def for_person(self, staff_id: UUID | None) -> "Choice":
        return replace(self, staff_id=staff_id)


def choose(*, wishes: Sequence[Wish], staff_id: UUID | None) -> Choice:
    """Look everything up. Raises UnknownService, ServiceNotBookable."""
    catalog = get_catalog()
    services = [_find_service(wish.service_id) for wish in wishes]
    lines = tuple(_build_line(service, wish) for service, wish in zip(services, wishes, strict=True))
    if staff_id is not None:
        person = find_staff(staff_id)
        if person is None:
            raise UnknownService("staffId")
        if person.id not in {able.id for able in staff_for(services)}:
            raise ServiceNotBookable(f"{staff_id} does not do all of it")
    return Choice(
        lines=lines,
        staff_id=staff_id,
        zone=catalog.zone,
        currency=catalog.business.currency,
        deposit=sum((service.deposit_amount for service in services), Decimal(0)),
    )


def choose_again(booking: Booking, *, staff_id: UUID | None = None) -> Choice:
    """The same services at today's prices. Raises UnknownService, ServiceNotBookable."""
    wishes = [Wish(line.service_id, tuple(a.id for a in line.add_ons)) for line in booking.lines]
    return choose(wishes=wishes, staff_id=staff_id or booking.staff_id)


def choice_of(booking: Booking) -> Choice:
    """The services as they were booked, for finding another time: what is booked may be moved as it is."""
    return Choice(booking.lines, booking.staff_id, booking.zone, booking.currency, booking.deposit_due)


def match_add_ons(service_ids: Iterable[UUID], add_on_ids: Iterable[UUID]) -> tuple[Wish, ...]:
    """Wishes from two flat lists: each add-on goes to the first service that offers it.

    Mango Biz reads its own `addOnIds` the same way. Raises UnknownService for one that nobody offers.
    """
    left = list(dict.fromkeys(add_on_ids))
    wishes = []
    for service_id in service_ids:
        offered = {add_on.id for add_on in _find_service(service_id).add_ons}
        taken = tuple(add_on_id for add_on_id in left if add_on_id in offered)
        left = [add_on_id for add_on_id in left if add_on_id not in offered]
        wishes.append(Wish(service_id, taken))
    if left:
        raise UnknownService("addOnIds")
    return tuple(wishes)


def staff_for(services: Iterable[Service]) -> list[Staff]:
    """Who can be booked online for all of them, in the salon's order."""
    catalog = get_catalog()
    able = [{person.id for person in catalog.staff_for(service)} for service in services]
    return [
        person
        for person in catalog.staff
        if person.is_bookable_online and all(person.id in ids for ids in able)
    ]


def find_services(service_ids: Iterable[UUID]) -> list[Service]:
    """Raises UnknownService, ServiceNotBookable."""
    return [_find_service(service_id) for service_id in service_ids]


def find_staff(staff_id: UUID | None) -> Staff | None:
    return get_catalog().staff_member(staff_id)


def staff_name(staff_id: UUID | None) -> str:
    person = find_staff(staff_id)
    return to_text(person.name) if person else ""


def booking_horizon(today: date) -> date:
    """The last local day that can be booked."""
    return today + timedelta(days=get_catalog().business.policies.booking_horizon_days or HORIZON_DAYS)


def _find_service(service_id: UUID) -> Service:
    service = get_catalog().service(service_id)
    if service is None:
        raise UnknownService("serviceId")
    if not service.is_bookable_online:
        raise ServiceNotBookable(str(service_id))
    return service


def _build_line(service: Service, wish: Wish) -> Line:
    offered = {add_on.id: add_on for add_on in service.add_ons}
    if missing := [add_on_id for add_on_id in wish.add_on_ids if add_on_id not in offered]:
        raise UnknownService("addOnIds") from LookupError(str(missing[0]))
    return Line(
        service_id=service.id,
        name=to_text(service.name),
        price=service.price,
        minutes=service.duration,
        price_from=service.price_from,
        add_ons=tuple(
            AddOnLine(add_on.id, to_text(add_on.name), add_on.price, add_on.duration)
            for add_on in (offered[add_on_id] for add_on_id in dict.fromkeys(wish.add_on_ids))
        ),
    )
