"""Which times are free: Mango Biz's slots, less what our own visitors hold and what we have yet to send."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import structlog
from django.core.cache import cache
from django.utils import timezone

from booking.services.errors import AvailabilityUnknown, ServiceNotBookable
from booking.services.holds import Span, find_busy, overlaps
from booking.services.menu import Choice, booking_horizon
from booking.services.slots import OpenSlot
from catalog.client import UpstreamChanged, UpstreamRejected, UpstreamUnavailable
from catalog.schemas import Slot
from catalog.services import mango_biz
from store.tenancy import current_store

log = structlog.get_logger(__name__)

# Mango Biz answers at most so many days at once.
WINDOW = timedelta(days=62)
# The strip of days, its arrows and the picker ask for the same days within a breath of each other.
REMEMBER_SECONDS = 4


@dataclass(frozen=True, slots=True)
class Availability:
    """Free slots by time; `held` are slots that somebody else is about to take, without people."""

    slots: tuple[OpenSlot, ...]
    held: tuple[OpenSlot, ...]
    zone: ZoneInfo
    next_day: date | None  # the first local day with a slot, from the first day asked for to the horizon

    def on(self, day: date) -> tuple[OpenSlot, ...]:
        return tuple(slot for slot in self.slots if slot.start.astimezone(self.zone).date() == day)


def find_availability(
    *,
    choice: Choice,
    first: date,
    last: date,
    is_fresh: bool = False,
    ignore: UUID | None = None,
    search_ahead: bool = True,
) -> Availability:
    """Slots on local days `first` to `last`, both included. Raises AvailabilityUnknown.

    `is_fresh` skips the few seconds' memory, for decisions; `ignore` is a booking about to be moved.
    """
    today = timezone.now().astimezone(choice.zone).date()
    horizon = booking_horizon(today)
    first, last = max(first, today), min(last, horizon)
    slots, held = _find_window(choice, first, last, is_fresh=is_fresh, ignore=ignore)
    next_day = slots[0].start.astimezone(choice.zone).date() if slots else None
    if next_day is None and search_ahead:
        next_day = _search_ahead(choice, max(last, first - timedelta(days=1)), horizon, ignore)
    return Availability(slots, held, choice.zone, next_day)


def find_next_slots(*, choice: Choice, count: int) -> tuple[OpenSlot, ...]:
    """The next free slots, at most `count`, from now on. Raises AvailabilityUnknown."""
    today = timezone.now().astimezone(choice.zone).date()
    found = find_availability(choice=choice, first=today, last=today + timedelta(days=13))
    if not found.slots and found.next_day:
        found = find_availability(choice=choice, first=found.next_day, last=found.next_day)
    return found.slots[:count]


def find_alternatives(
    *, choice: Choice, around: datetime, count: int = 5, ignore: UUID | None = None, is_fresh: bool = False
) -> tuple[OpenSlot, ...]:
    """The slots nearest to an instant, by time; with anybody where the wanted person has none.

    Empty when Mango Biz cannot be asked: an alternative is an extra, not a reason to fail.
    """
    day = around.astimezone(choice.zone).date()
    reach = timedelta(days=10)
    for candidate in (choice, choice.with_anybody()):
        try:
            found = find_availability(
                choice=candidate,
                first=day - reach,
                last=day + reach,
                ignore=ignore,
                is_fresh=is_fresh,
                search_ahead=False,
            )
        except (AvailabilityUnknown, ServiceNotBookable):
            return ()
        nearest = sorted(found.slots, key=lambda slot: abs(slot.start - around))[:count]
        if nearest or candidate.staff_id is None:
            return tuple(sorted(nearest, key=lambda slot: slot.start))
    return ()


def free_alternatives(slots: Iterable[OpenSlot]) -> tuple[OpenSlot, ...]:
    """Alternatives that Mango Biz gave, less what is held here or already past."""
    slots = [slot for slot in slots if slot.start > timezone.now()]
    if not slots:
        return ()
    busy = find_busy(start=min(slot.start for slot in slots), end=max(slot.end for slot in slots))
    return tuple(free for slot in slots if (free := _less_busy(slot, busy)).staff_ids)


def _search_ahead(choice: Choice, after: date, horizon: date, ignore: UUID | None) -> date | None:
    start = after + timedelta(days=1)
    while start <= horizon:
        end = min(start + WINDOW, horizon)
        slots, _held = _find_window(choice, start, end, is_fresh=False, ignore=ignore)
        if slots:
            return slots[0].start.astimezone(choice.zone).date()
        start = end + timedelta(days=1)
    return None


def _find_window(
    choice: Choice, first: date, last: date, *, is_fresh: bool, ignore: UUID | None
) -> tuple[tuple[OpenSlot, ...], tuple[OpenSlot, ...]]:
    """(free, held) on the days, asked for in pieces that Mango Biz answers."""
    upstream: list[OpenSlot] = []
    while first <= last:
        end = min(first + WINDOW, last)
        upstream += _ask(choice, first, end, is_fresh=is_fresh)
        first = end + timedelta(days=1)
    if not upstream:
        return (), ()
    busy = find_busy(start=upstream[0].start, end=max(slot.end for slot in upstream), ignore=ignore)
    shown = [(_less_busy(slot, busy), slot) for slot in upstream]
    free = tuple(slot for slot, _whole in shown if slot.staff_ids)
    return free, tuple(whole for slot, whole in shown if not slot.staff_ids and whole.staff_ids)


def _less_busy(slot: OpenSlot, busy: dict[UUID, list[Span]]) -> OpenSlot:
    people = tuple(who for who in slot.staff_ids if not overlaps(busy.get(who, ()), slot.start, slot.end))
    return OpenSlot(slot.start, slot.end, people)


def _ask(choice: Choice, first: date, last: date, *, is_fresh: bool) -> list[OpenSlot]:
    store_id = current_store().id
    era = cache.get(_era_key(store_id)) or ""
    key = f"slots:{store_id}:{era}:{choice.cache_key}:{first}:{last}"
    packed = None if is_fresh else cache.get(key)
    if packed is None:
        packed = [_pack(slot) for slot in _ask_mango_biz(choice, first, last)]
        cache.set(key, packed, timeout=REMEMBER_SECONDS)
    return [_unpack(row) for row in packed]


def forget_slots(store_id: UUID | None = None) -> None:
    """What was remembered is known to be wrong: somebody took, moved or freed a time.

    Of the store in scope, unless said: a commit may come when its scope is over.
    """
    cache.set(_era_key(store_id or current_store().id), uuid4().hex[:8], timeout=60)


def _era_key(store_id: UUID) -> str:
    return f"slots-era:{store_id}"


def _ask_mango_biz(choice: Choice, first: date, last: date) -> Iterable[Slot]:
    try:
        return (
            mango_biz()
            .find_slots(
                service_ids=[line.service_id for line in choice.lines],
                add_on_ids=[add_on.id for line in choice.lines for add_on in line.add_ons],
                staff_id=choice.staff_id,
                first_day=first,
                last_day=last,
            )
            .data
        )
    except UpstreamUnavailable as error:
        raise AvailabilityUnknown(int(error.retry_after or 0)) from error
    except UpstreamRejected as error:
        if error.status == 404:  # our copy of the catalogue has what Mango Biz has not any more
            raise ServiceNotBookable(error.code) from error
        log.error("availability_refused", code=error.code)
        raise AvailabilityUnknown from error
    except UpstreamChanged as error:
        log.error("availability_not_understood", error=str(error))
        raise AvailabilityUnknown from error


def _pack(slot: Slot) -> list[object]:
    return [slot.start_time.timestamp(), slot.end_time.timestamp(), [str(who) for who in slot.staff_ids]]


def _unpack(row: list[object]) -> OpenSlot:
    start, end, people = row
    return OpenSlot(_instant(start), _instant(end), tuple(UUID(who) for who in people))  # type: ignore[attr-defined]


def _instant(seconds: object) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)  # type: ignore[arg-type]
