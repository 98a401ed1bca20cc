"""The page with the times, as values: everything the template prints is decided here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking import words
from booking.paywords import Due, make_due
from booking.services import Availability, Choice, OpenSlot, find_alternatives, find_availability
from booking.services.menu import booking_horizon, find_services, staff_for, staff_name
from catalog.presenters.parts import Fact, to_text
from catalog.queries import get_catalog
from catalog.schemas import Staff
from store import formats
from store.names import short_name

STRIP_DAYS = 14
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NOON, EVENING = 12, 17


@dataclass(frozen=True, slots=True)
class Chip:
    text: str
    url: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class DayView:
    url: str
    weekday: str
    number: int
    load: str  # "", some, few, none, or shut
    note: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class SlotView:
    value: str
    text: str
    who: str
    when: str
    staff_id: UUID | None
    is_held: bool
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class SlotGroup:
    name: str
    slots: tuple[SlotView, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    rows: tuple[Fact, ...]
    length: str
    total: str
    is_from: bool
    deposit: str
    due: Due | None  # what of it is paid online when booking


@dataclass(frozen=True, slots=True)
class TimePage:
    zone: str
    people: tuple[Chip, ...]
    month: str
    days: tuple[DayView, ...]
    previous_url: str
    next_url: str
    day_title: str
    groups: tuple[SlotGroup, ...]
    next_free: Chip | None  # where the chosen day has nothing
    is_closed: bool
    is_full: bool
    alternatives: tuple[SlotView, ...]
    are_with_others: bool  # the alternatives: the person asked for has none
    summary: Summary
    who: str


@dataclass(frozen=True, slots=True)
class Question:
    """What the page is asked. `address` gives its own URL for a day and a person."""

    choice: Choice
    day: date | None
    address: Callable[[date | None, UUID | None], str]
    taken: datetime | None = None  # a time that somebody else just got
    picked: datetime | None = None
    ignore: UUID | None = None  # the visitor's own hold, or the booking to be moved

    def url(self, day: date) -> str:
        return self.address(day, self.choice.staff_id)

    def find(self, first: date, last: date) -> Availability:
        return find_availability(choice=self.choice, first=first, last=last, ignore=self.ignore)


def make_time_page(question: Question) -> TimePage:
    """Raises AvailabilityUnknown, ServiceNotBookable."""
    choice = question.choice
    today = timezone.now().astimezone(choice.zone).date()
    horizon = booking_horizon(today)
    asked = question.day or _local_day(question.taken or question.picked, choice.zone)
    wanted = min(max(asked or today, today), horizon)
    first = today + timedelta(days=(wanted - today).days // STRIP_DAYS * STRIP_DAYS)
    last = min(first + timedelta(days=STRIP_DAYS - 1), horizon)
    found = question.find(first, last)
    day = wanted if asked or found.next_day is None else found.next_day
    if day > last:  # nothing in these two weeks: show the ones that have something
        return make_time_page(replace(question, day=day))
    others = _alternatives(question)
    are_others = bool(others and choice.staff_id and choice.staff_id not in others[0].staff_ids)
    return TimePage(
        zone=words.say_zone(choice.zone),
        people=_list_people(question, day if asked else None),
        month=formats.format_month(day, words.locale()),
        days=tuple(_make_days(question, found, first, last, day)),
        previous_url=question.url(first - timedelta(days=STRIP_DAYS)) if first > today else "",
        next_url=question.url(last + timedelta(days=1)) if last < horizon else "",
        day_title=formats.format_long_day(day, words.locale()),
        groups=_group_slots(found, choice, day, question.picked),
        next_free=_next_free(question, found, day, last),
        is_closed=is_closed(day),
        is_full=not found.on(day),
        alternatives=tuple(
            make_slot(slot, choice.with_anybody() if are_others else choice) for slot in others
        ),
        are_with_others=are_others,
        summary=make_summary(choice),
        who=staff_name(choice.staff_id) if choice.staff_id else "",
    )


def _local_day(moment: datetime | None, zone: ZoneInfo) -> date | None:
    return moment.astimezone(zone).date() if moment else None


def make_summary(choice: Choice) -> Summary:
    return Summary(
        rows=words.list_prices(choice.lines, choice.currency),
        length=formats.format_minutes(choice.minutes),
        total=words.say_money(choice.total, choice.currency),
        is_from=choice.is_from,
        deposit=words.say_money(choice.deposit, choice.currency) if choice.deposit else "",
        due=make_due(
            total=choice.total, deposit=choice.deposit, currency=choice.currency, is_from=choice.is_from
        ),
    )


def is_closed(day: date) -> bool:
    """Whether the salon's own hours have nothing on that day."""
    business = get_catalog().business
    for special in business.special_hours:
        if special.date == day:
            return not special.spans
    return not any(hours.spans for hours in business.hours if hours.day == WEEKDAYS[day.weekday()])


def _list_people(question: Question, day: date | None) -> tuple[Chip, ...]:
    choice = question.choice
    able = staff_for(find_services([line.service_id for line in choice.lines]))
    if len(able) < 2:
        return ()
    anybody = Chip(_("Anyone"), question.address(day, None), choice.staff_id is None)
    return (
        anybody,
        *(
            Chip(
                _short_name(person, able),
                question.address(day, person.id),
                person.id == choice.staff_id,
            )
            for person in able
        ),
    )


def _short_name(person: Staff, others: list[Staff]) -> str:
    """The first name, as long as it is the only one of its kind."""
    name = to_text(person.name)
    short = short_name(name)
    same = [other for other in others if short_name(to_text(other.name)) == short]
    return short if len(same) == 1 else name


def _make_days(
    question: Question, found: Availability, first: date, last: date, chosen: date
) -> Iterable[DayView]:
    counts: dict[date, int] = {}
    for slot in found.slots:
        day = slot.start.astimezone(found.zone).date()
        counts[day] = counts.get(day, 0) + 1
    most = max(counts.values(), default=0)
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        load, note = _say_load(counts.get(day, 0), most, is_shut=is_closed(day))
        yield DayView(
            url=question.url(day),
            weekday=_say_weekday(day),
            number=day.day,
            load=load,
            note=note,
            is_chosen=day == chosen,
        )


def _say_weekday(day: date) -> str:
    days = formats.parse_locale(words.locale()).days
    return str(days["stand-alone"]["abbreviated"][day.weekday()])


def _say_load(count: int, most: int, *, is_shut: bool) -> tuple[str, str]:
    if count == 0:
        return ("shut", _("closed")) if is_shut else ("none", _("full"))
    note = ngettext("%(count)d time", "%(count)d times", count) % {"count": count}
    if count <= 3 or count * 4 < most:
        return "few", note
    return ("some", note) if count * 3 < most * 2 else ("", note)


def _group_slots(
    found: Availability, choice: Choice, day: date, picked: datetime | None
) -> tuple[SlotGroup, ...]:
    names = {_("Morning"): (0, NOON), _("Afternoon"): (NOON, EVENING), _("Evening"): (EVENING, 24)}
    free = {slot.start for slot in found.slots}
    shown = sorted((*found.slots, *found.held), key=lambda slot: slot.start)
    today = [slot for slot in shown if slot.start.astimezone(found.zone).date() == day]
    views = [(slot, make_slot(slot, choice, is_held=slot.start not in free, picked=picked)) for slot in today]
    groups = []
    for name, (from_hour, to_hour) in names.items():
        rows = tuple(
            view for slot, view in views if from_hour <= slot.start.astimezone(found.zone).hour < to_hour
        )
        if rows:
            groups.append(SlotGroup(name, rows))
    return tuple(groups)


def make_slot(
    slot: OpenSlot, choice: Choice, *, is_held: bool = False, picked: datetime | None = None
) -> SlotView:
    return SlotView(
        value=slot.start.isoformat(),
        text=words.say_clock(slot.start, choice.zone),
        who="" if choice.staff_id or is_held else _say_who(slot.staff_ids),
        when=words.say_moment(slot.start, choice.zone),
        staff_id=slot.staff_ids[0] if len(slot.staff_ids) == 1 else None,
        is_held=is_held,
        is_chosen=slot.start == picked and not is_held,
    )


def _say_who(staff_ids: tuple[UUID, ...]) -> str:
    if len(staff_ids) == 1:
        return short_name(staff_name(staff_ids[0]))
    return _("%(count)d free") % {"count": len(staff_ids)}


def _next_free(question: Question, found: Availability, day: date, last: date) -> Chip | None:
    """The next day with times after a day that has none."""
    if found.on(day):
        return None
    later = [slot for slot in found.slots if slot.start.astimezone(found.zone).date() > day]
    next_day = _local_day(later[0].start, found.zone) if later else None
    if next_day is None:
        after = last + timedelta(days=1)
        next_day = question.find(after, after).next_day
    if next_day is None:
        return None
    return Chip(formats.format_long_day(next_day, words.locale()), question.url(next_day), False)


def _alternatives(question: Question) -> tuple[OpenSlot, ...]:
    if question.taken is None:
        return ()
    return find_alternatives(choice=question.choice, around=question.taken, ignore=question.ignore)
