"""What a visitor has chosen so far, as it stands in the address: going back and sharing keep it."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from booking.models import Booking
from booking.services import Choice, Wish, choose, match_add_ons
from booking.services.menu import MAX_SERVICES, find_services

REACH = timedelta(days=1000)


@dataclass(frozen=True, slots=True)
class Selection:
    """Ids are well-formed, not yet known to exist. `draft_id` is the visitor's own hold, to be replaced."""

    service_ids: tuple[UUID, ...] = ()
    add_on_ids: tuple[UUID, ...] = ()
    staff_id: UUID | None = None
    day: date | None = None
    draft_id: UUID | None = None

    def wishes(self) -> tuple[Wish, ...]:
        """Add-ons with the services they belong to; those that fit none are left out.

        Raises UnknownService, ServiceNotBookable for a service.
        """
        offered = {add_on.id for service in find_services(self.service_ids) for add_on in service.add_ons}
        return match_add_ons(self.service_ids, [add_on for add_on in self.add_on_ids if add_on in offered])

    def choose(self) -> Choice:
        """Raises UnknownService, ServiceNotBookable."""
        return choose(wishes=self.wishes(), staff_id=self.staff_id)

    def url(self, route: str, **changes: object) -> str:
        """The address of a step with this selection. Changes named like no field are added as they are."""
        own = {name: value for name, value in changes.items() if name in self.__slots__}
        extra = [
            (name, str(value)) for name, value in changes.items() if name not in self.__slots__ and value
        ]
        return f"{reverse(route)}?{replace(self, **own).query(extra)}"  # type: ignore[arg-type]

    def query(self, extra: list[tuple[str, str]]) -> str:
        pairs = [("service", str(service_id)) for service_id in self.service_ids]
        pairs += [("add", str(add_on_id)) for add_on_id in self.add_on_ids]
        pairs += [("staff", str(self.staff_id))] if self.staff_id else []
        pairs += [("day", self.day.isoformat())] if self.day else []
        pairs += [("draft", str(self.draft_id))] if self.draft_id else []
        return urlencode(pairs + extra)


def read_selection(query: QueryDict) -> Selection:
    """What is malformed is left out, as if nobody had said it."""
    return Selection(
        service_ids=_read_ids(query, "service")[:MAX_SERVICES],
        add_on_ids=_read_ids(query, "add")[:40],
        staff_id=next(iter(_read_ids(query, "staff")), None),
        day=read_day(query.get("day", "")),
        draft_id=next(iter(_read_ids(query, "draft")), None),
    )


def selection_of(booking: Booking, *, keeps_draft: bool) -> Selection:
    return Selection(
        service_ids=tuple(line.service_id for line in booking.lines),
        add_on_ids=tuple(add_on.id for line in booking.lines for add_on in line.add_ons),
        staff_id=booking.staff_id,
        day=booking.local_day,
        draft_id=booking.pk if keeps_draft else None,
    )


def _read_ids(query: QueryDict, name: str) -> tuple[UUID, ...]:
    found = []
    for text in query.getlist(name)[:60]:
        try:
            found.append(UUID(text[:36]))
        except ValueError:
            continue
    return tuple(dict.fromkeys(found))


def read_day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return day if abs(day - timezone.now().date()) < REACH else None


def read_instant(text: str) -> datetime | None:
    """An aware instant within reach of now, in UTC."""
    try:
        moment = datetime.fromisoformat(text[:40].replace("\0", ""))
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    try:
        return moment.astimezone(UTC) if abs(moment - timezone.now()) < REACH else None
    except OverflowError:
        return None
