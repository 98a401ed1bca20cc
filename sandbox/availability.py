"""When a visit could start: opening hours less appointments, blackouts and the notice a salon wants.

Inside, moments are whole seconds since 1970, so that adding minutes is right on the days clocks change.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from .state import State, all_entities, get_entity
from .wire import Row, now, to_rfc3339

GRID = 15 * 60
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

Span = tuple[int, int]


@dataclass(frozen=True)
class Visit:
    """Services with their add-ons, done back to back by one member of staff."""

    parts: tuple[tuple[Row, tuple[Row, ...]], ...]

    @property
    def seconds(self) -> int:
        return (
            sum(int(service["duration"] + sum(a["duration"] for a in extra)) for service, extra in self.parts)
            * 60
        )

    @property
    def price(self) -> Decimal:
        return sum((Decimal(str(x["price"])) for s, extra in self.parts for x in (s, *extra)), Decimal())

    @property
    def bookable(self) -> bool:
        return all(service["isActive"] and service["isBookableOnline"] for service, _ in self.parts)

    def staff_ids(self) -> set[str]:
        """Who can do all of it."""
        return set.intersection(*(set(service.get("staffIds", [])) for service, _ in self.parts))


@dataclass(frozen=True)
class Slot:
    start: int
    end: int
    staff_ids: tuple[str, ...]

    def as_json(self) -> Row:
        return {
            "startTime": to_rfc3339(self.start),
            "endTime": to_rfc3339(self.end),
            "staffIds": list(self.staff_ids),
        }


def find_slots(
    state: State,
    slug: str,
    *,
    seconds: int,
    staff_ids: Iterable[str],
    first: date,
    last: date,
    ignore_booking: str | None = None,
) -> list[Slot]:
    """Slots on local days `first` to `last`, by time, for whoever of `staff_ids` may be booked online."""
    business = load_business(state, slug)
    zone = ZoneInfo(business["timezone"])
    earliest, last_day = _bookable_window(business, zone)
    first, last = max(first, local_date(earliest, zone)), min(last, last_day)
    staff = bookable_staff(state, slug, staff_ids)
    if first > last or not staff:
        return []
    busy = _busy_spans(state, slug, first, last, zone, ignore_booking=ignore_booking)
    takers: dict[int, list[str]] = defaultdict(list)
    for day in _days(first, last):
        for span in opening_spans(business, day, zone):
            for person in staff:
                for start in _free_starts(span, busy[person], seconds, earliest):
                    takers[start].append(person)
    return [Slot(start, start + seconds, tuple(people)) for start, people in sorted(takers.items())]


def find_alternatives(
    state: State,
    slug: str,
    *,
    seconds: int,
    staff_ids: Iterable[str],
    around: int,
    ignore_booking: str | None = None,
) -> list[Row]:
    """Up to five slots nearest to the moment that was wanted, by time."""
    business = load_business(state, slug)
    day = local_date(around, ZoneInfo(business["timezone"]))
    today = now().date()
    day = min(
        max(day, today), today + timedelta(days=int(business["policies"].get("bookingHorizonDays", 90)))
    )
    reach = timedelta(days=10)
    slots = find_slots(
        state,
        slug,
        seconds=seconds,
        staff_ids=staff_ids,
        first=day - reach,
        last=day + reach,
        ignore_booking=ignore_booking,
    )
    nearest = sorted(slots, key=lambda slot: abs(slot.start - around))[:5]
    return [slot.as_json() for slot in sorted(nearest, key=lambda slot: slot.start)]


def load_business(state: State, slug: str) -> Row:
    return all_entities(state, slug, "business")[0]


def load_visit(state: State, slug: str, items: list[Row]) -> Visit:
    """Items as in a BookingRequest. Raises LookupError for a service or add-on that is not there."""
    parts = []
    for item in items:
        service = get_entity(state, slug, "services", item["serviceId"])
        if service is None:
            raise LookupError(f"There is no service {item['serviceId']}.")
        offered = {add_on["id"]: add_on for add_on in service.get("addOns", [])}
        wanted = [identifier.lower() for identifier in item.get("addOnIds", [])]
        missing = [identifier for identifier in wanted if identifier not in offered]
        if missing:
            raise LookupError(f"{service['name']} has no add-on {missing[0]}.")
        parts.append((service, tuple(offered[identifier] for identifier in dict.fromkeys(wanted))))
    return Visit(tuple(parts))


def bookable_staff(state: State, slug: str, staff_ids: Iterable[str]) -> list[str]:
    """Those of `staff_ids` who work and may be booked online, in the salon's own order."""
    wanted = set(staff_ids)
    staff = all_entities(state, slug, "staff")
    return [p["id"] for p in staff if p["id"] in wanted and p["isActive"] and p["isBookableOnline"]]


def opening_spans(business: Row, day: date, zone: ZoneInfo) -> list[Span]:
    """Open stretches of a local day; special hours replace the week's, and no spans means closed."""
    special = [d for d in business.get("specialHours", []) if d["date"] == day.isoformat()]
    if special:
        spans = special[0]["spans"]
    else:
        name = WEEKDAYS[day.weekday()]
        spans = [span for d in business["hours"] if d["day"] == name for span in d["spans"]]
    return sorted((_instant(day, s["open"], zone), _instant(day, s["close"], zone)) for s in spans)


def _instant(day: date, wall: str, zone: ZoneInfo) -> int:
    """The second at which the clock on the wall first shows that time, or a later one.

    A time that comes twice is its first coming; one that the clocks skip is the moment they skip it. So a
    stretch never turns round, overlaps the next one or runs into the day after.
    """
    hour, minute = (int(part) for part in wall.split(":")[:2])
    if hour == 24:
        day, hour = day + timedelta(days=1), 0
    local = datetime.combine(day, time(hour, minute), zone)
    # Reckoned with the offset before a change, and with the one after it.
    before, after = int(local.timestamp()), int(local.replace(fold=1).timestamp())
    if before <= after:
        return before
    new_offset = _offset(before, zone)
    window = range(after, before)  # the time is skipped: somewhere in here the clocks jump
    return after + bisect_left(window, True, key=lambda moment: _offset(moment, zone) == new_offset)


def _offset(moment: int, zone: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(moment, zone).utcoffset()


def _bookable_window(business: Row, zone: ZoneInfo) -> tuple[int, date]:
    """The earliest moment and the last local day that may be booked."""
    policies = business["policies"]
    earliest = int(now().timestamp()) + int(policies.get("bookingLeadMinutes", 0)) * 60
    today = now().astimezone(zone).date()
    return earliest, today + timedelta(days=int(policies.get("bookingHorizonDays", 90)))


def local_date(moment: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(moment, zone).date()


def _days(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def _busy_spans(
    state: State, slug: str, first: date, last: date, zone: ZoneInfo, *, ignore_booking: str | None
) -> dict[str, list[Span]]:
    """Taken stretches by staff id, in order; a blackout without staff is everybody's."""
    start = _instant(first, "00:00", zone)
    end = _instant(last + timedelta(days=2), "00:00", zone)
    # No visit is longer than a day, so nothing that began earlier still runs.
    booked = state.rows(
        "SELECT starts, ends, staff_id FROM entity WHERE slug = ? AND kind = 'bookings' "
        "AND starts > ? AND starts < ? AND status <> 'cancelled' AND id <> ?",
        slug,
        start - 86400,
        end,
        ignore_booking or "",
    )
    closed = state.rows(
        "SELECT starts, ends, staff_id FROM blackout WHERE slug = ? AND ends > ? AND starts < ?",
        slug,
        start,
        end,
    )
    everybody = [person["id"] for person in all_entities(state, slug, "staff")]
    busy: dict[str, list[Span]] = defaultdict(list)
    for row in [*booked, *closed]:
        for person in [row["staff_id"]] if row["staff_id"] else everybody:
            busy[person].append((row["starts"], row["ends"]))
    for spans in busy.values():
        spans.sort()
    return busy


def _free_starts(span: Span, busy: list[Span], seconds: int, earliest: int) -> Iterator[int]:
    """Starts on the quarter hour that fit between the busy stretches of one open span."""
    cursor, close = span
    for start, end in [*(b for b in busy if b[1] > span[0] and b[0] < close), (close, close)]:
        moment = -(-max(cursor, earliest) // GRID) * GRID
        while moment + seconds <= min(start, close):
            yield moment
            moment += GRID
        cursor = max(cursor, end)
