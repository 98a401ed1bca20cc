"""Slots, pages, e-mails, calendar entries and opening hours when clocks change, against an oracle.

Thirty-seven zones, every change of 2025 to 2028, each with the days around it. Every test counts what it
compared, so that none can pass by comparing nothing.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec
import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from booking.models import Booking, local_days, pack_lines
from booking.services import Choice
from booking.services.calendar import build_calendar
from booking.services.mails import list_facts
from booking.services.menu import Wish, choose
from booking.services.places import Place
from booking.timepage import Question, TimePage, make_time_page
from booking.words import say_clock as say_time
from booking.words import say_long_moment, say_zone
from catalog.presenters.hours import say_open_now
from catalog.queries import get_catalog, one_copy
from catalog.schemas import WEEKDAYS, DayHours, Slot, Span
from sandbox.availability import find_slots
from sandbox.state import State, put_entity
from store.models import Store
from store.tenancy import StoreInfo, store_scope
from tests.faults.oracle import (
    CHANGING,
    DAY,
    GRID,
    NBSP,
    STEADY,
    YEARS,
    Case,
    Passages,
    Zone,
    day_of,
    expect_starts,
    list_cases,
    load_zone,
    read_moment,
    read_rules,
    say_clock,
    say_day,
    say_slot,
    say_weekday,
    to_wall,
)

STAFF = str(uuid.UUID(int=1))
HOURS = {
    "day and night": [("00:00", "24:00")],
    "night, then day": [("00:00", "06:00"), ("09:00", "18:00")],
    "beginning and ending inside": [
        ("00:15", "00:45"),
        ("01:30", "02:30"),
        ("02:45", "03:15"),
        ("23:15", "23:45"),
    ],
    "touching": [("00:30", "01:45"), ("01:45", "02:15"), ("02:15", "05:00"), ("22:30", "24:00")],
}


class Tally:
    """Compares, and keeps count; the first few mismatches are told."""

    def __init__(self) -> None:
        self.count, self.wrong = 0, []

    def same(self, got: object, expected: object, *where: object) -> None:
        self.count += 1
        if got != expected:
            self.wrong.append((where, got, expected))

    def check(self, *, at_least: int) -> None:
        print(f"{self.count} compared, {len(self.wrong)} mismatches")
        assert not self.wrong, (len(self.wrong), self.wrong[:5])
        assert self.count >= at_least


# --- what the oracle expects to read ---


def to_date(day: int) -> date:
    """The same date for the code under test: a label, nothing is reckoned with it."""
    return date.fromisoformat(to_wall(day * DAY).date)


def to_datetime(moment: int) -> datetime:
    return datetime(*to_wall(moment)[:5], tzinfo=UTC)


def to_seconds(moment: datetime) -> int:
    whole, rest = divmod(moment - datetime(1970, 1, 1, tzinfo=UTC), timedelta(seconds=1))
    assert not rest
    return whole


# --- the sandbox as a library ---


class Salon:
    """A sandbox's state with one person and hours that are the same every day."""

    def __init__(self, folder: Path) -> None:
        self.state = State(folder / "sandbox.sqlite3")
        person = {"id": STAFF, "isActive": True, "isBookableOnline": True}
        self._put("staff", person)

    def open(self, zone: str, hours: list[tuple[str, str]], *, only_on: Iterable[date] = ()) -> None:
        spans = [{"open": opens, "close": closes} for opens, closes in hours]
        special = [{"date": day.isoformat(), "spans": spans} for day in only_on]
        week = [{"day": day, "spans": spans} for day in WEEKDAYS if not special]
        policies = {"bookingLeadMinutes": 0, "bookingHorizonDays": 90}
        salon = {"timezone": zone, "hours": week, "specialHours": special, "policies": policies}
        self._put("business", {"id": "salon", **salon})

    def _put(self, kind: str, doc: dict[str, object]) -> None:
        put_entity(
            self.state, "s", kind, {**doc, "version": 1, "updatedAt": "2025-01-01T00:00:00Z"}, touch=False
        )

    def starts(self, first: date, last: date, seconds: int) -> list[int]:
        slots = find_slots(self.state, "s", seconds=seconds, staff_ids=[STAFF], first=first, last=last)
        assert all(slot.end - slot.start == seconds for slot in slots)
        return [slot.start for slot in slots for _person in slot.staff_ids]


@pytest.fixture
def salon(tmp_path: Path) -> Salon:
    return Salon(tmp_path)


def days_earlier(case: Case) -> time_machine.travel:
    return time_machine.travel(to_datetime(case.at - 3 * DAY), tick=False)


# --- the tests ---


def test_the_oracle_knows_what_was_announced() -> None:
    """Changes as governments published them, in UTC."""
    announced = {
        "America/New_York": ("2025-03-09 07:00", 3600), "America/Havana": ("2025-11-02 05:00", -3600),
        "Australia/Lord_Howe": ("2025-04-05 15:00", -1800), "Antarctica/Troll": ("2025-03-30 01:00", 7200),
        "Africa/Casablanca": ("2025-02-23 02:00", -3600), "Europe/Dublin": ("2025-10-26 01:00", -3600),
        "Pacific/Chatham": ("2025-09-27 14:00", 3600), "Asia/Beirut": ("2025-03-29 22:00", 3600),
        "America/Santiago": ("2025-04-06 03:00", -3600), "America/Nuuk": ("2025-03-30 01:00", 3600),
        "Africa/Cairo": ("2025-04-24 22:00", 3600), "Asia/Jerusalem": ("2025-03-28 00:00", 3600),
    }  # fmt: skip
    for name, change in announced.items():
        changes = [(to_wall(at), by) for at, by in load_zone(name).changes(2025, 2025)]
        assert change in [(f"{wall.date} {wall.clock}", by) for wall, by in changes]
    assert all(load_zone(name).changes(*YEARS) for name in CHANGING)
    assert not any(load_zone(name).changes(*YEARS) for name in STEADY)


def test_the_sandboxs_own_slots(salon: Salon) -> None:
    """Each day on its own, and the days together: no slot is missing, there twice or another day's."""
    tally = Tally()
    for case in list_cases(CHANGING + STEADY):
        passages = case.zone.passages(case.first, case.last)
        for name, hours in HOURS.items():
            salon.open(case.zone.name, hours)
            for minutes in (30, 75):
                together = []
                with days_earlier(case):
                    for day in range(case.first, case.last + 1):
                        expected = expect_starts(passages, day, hours, minutes * 60)
                        got = salon.starts(to_date(day), to_date(day), minutes * 60)
                        tally.same(got, expected, case, name, minutes, to_date(day))
                        tally.same(
                            {day_of(case.zone, start) for start in got} <= {day}, True, case, name, day
                        )
                        tally.count += len(got)
                        together += expected
                    tally.same(
                        salon.starts(to_date(case.first), to_date(case.last), minutes * 60), together, case
                    )
    tally.check(at_least=300_000)


@pytest.mark.django_db
def test_slots_as_shown(luna: StoreInfo, salon: Salon, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page with the times: its strip of days, its title, and every button's words and value."""
    tally, hours = Tally(), HOURS["day and night"]
    _let_answer(monkeypatch, salon)
    with store_scope(luna), one_copy():
        for case in list_cases(CHANGING + STEADY):
            choice = replace(_choice(), zone=ZoneInfo(case.zone.name))
            passages = case.zone.passages(case.first, case.last)
            days = range(case.first, case.last + 1)
            salon.open(case.zone.name, hours, only_on=map(to_date, days))
            cache.clear()  # what was free in the zone before
            with days_earlier(case):
                for day in days:
                    page = make_time_page(Question(choice, to_date(day), lambda day, _who: str(day)))
                    starts = expect_starts(passages, day, hours, choice.minutes * 60)
                    _compare_page(tally, page, case.zone, day, starts)
    tally.check(at_least=80_000)


def _compare_page(tally: Tally, page: TimePage, zone: Zone, day: int, starts: list[int]) -> None:
    strip = next(one for one in page.days if one.is_chosen)
    tally.same(page.day_title, say_day(day, is_long=True), zone.name)
    tally.same((strip.weekday, strip.number), (say_weekday(day)[:3], to_wall(day * DAY).day), zone.name)
    tally.same(strip.note, f"{len(starts)} times", zone.name, day)
    got = [
        (group.name, to_seconds(datetime.fromisoformat(slot.value)), slot.text, slot.when)
        for group in page.groups
        for slot in group.slots
    ]
    expected = [_expect_button(zone, day, start) for start in starts]
    for button, row in zip_longest(got, expected):
        tally.same(button, row, zone.name)
    tally.same(len({text for _part, _start, text, _when in got}), len(starts), zone.name, day)


def _expect_button(zone: Zone, day: int, start: int) -> tuple[str, int, str, str]:
    text, hour = say_slot(zone, start), zone.wall(start).hour
    part = "Morning" if hour < 12 else "Afternoon" if hour < 17 else "Evening"
    return part, start, text, f"{say_day(day, is_long=False)}, {text}"


def _choice() -> Choice:
    service = next(s for s in get_catalog().services if s.is_bookable_online)
    return choose(wishes=[Wish(service.id)], staff_id=None)


def _let_answer(monkeypatch: pytest.MonkeyPatch, salon: Salon) -> None:
    """The sandbox follows the machine's clock, so it is asked here, where clocks are moved."""

    def ask(choice: Choice, first: date, last: date) -> list[Slot]:
        starts = (to_datetime(start) for start in salon.starts(first, last, choice.minutes * 60))
        return [Slot(start_time=s, end_time=s + choice.length, staff_ids=(uuid.UUID(STAFF),)) for s in starts]

    monkeypatch.setattr("booking.services.availability._ask_mango_biz", ask)


@pytest.mark.django_db
def test_what_a_booking_says_of_its_time(luna: StoreInfo) -> None:
    """Day, wall time and zone in e-mails and on pages, and the days whose locks it takes."""
    tally = Tally()
    with store_scope(luna), one_copy():
        choice = _choice()
        for case in list_cases(CHANGING + STEADY):
            zone, name = case.zone, ZoneInfo(case.zone.name)
            for start in range(case.at - DAY // 4, case.at + DAY // 4, GRID):
                end, day = start + 2700, day_of(zone, start)
                booking = _booking(choice, zone.name, start, end)
                long = f"{say_day(day, is_long=True)}, {say_slot(zone, start)}"
                tally.same(say_long_moment(booking.start_at, name), long, case)
                tally.same(booking.local_day, to_date(day), case)
                tally.same(list_facts(booking, Place())[0].text, f"{long}, {say_zone(name)}", case)
                tally.same(say_time(booking.end_at, name), say_slot(zone, end), case)
                days = range(day, day_of(zone, end - 1) + 1)
                got = local_days(booking.start_at, booking.end_at, name)
                tally.same(got, [to_date(one) for one in days], case)
    tally.check(at_least=60_000)


def _booking(choice: Choice, zone: str, start: int, end: int) -> Booking:
    booking = Booking(items=pack_lines(choice.lines), timezone=zone, total_price=Decimal(10), currency="USD")
    booking.store = Store(name="")
    booking.set_time(to_datetime(start), to_datetime(end))
    return booking


@pytest.mark.django_db
def test_calendar_entries_read_back(luna: StoreInfo) -> None:
    """By a calendar that knows the zone by name, and by one that reads only the rules that come with it."""
    tally = Tally()
    with store_scope(luna), one_copy():
        choice = _choice()
        for case in list_cases(CHANGING + STEADY):
            for start in (case.at + minutes * 60 for minutes in (-60, -30, 0, 30)):
                booking = _booking(choice, case.zone.name, start, start + 2700)
                text = build_calendar(booking=booking, method="PUBLISH", place="", salon_email="", link="")
                rules = read_rules(text)
                for reader in (case.zone, rules):
                    got = [read_moment(text, name, reader) for name in ("DTSTART", "DTEND")]
                    tally.same(got, [start, start + 2700], case, reader)
                if "TZID=" in text:  # an entry told in UTC alone has no rules
                    told, known = (
                        [c for c in z.changes(*YEARS) if abs(c.at - case.at) < 360 * DAY]
                        for z in (rules, case.zone)
                    )
                    tally.same(told, known, case)
    tally.check(at_least=3_000)


@pytest.mark.django_db
def test_the_sign_at_the_door(luna: StoreInfo) -> None:
    """ "Open until", "Closed, opens at", and the moment at which that changes."""
    tally = Tally()
    with store_scope(luna):
        business = get_catalog().business
        for hours in HOURS.values():
            spans = tuple(Span(open=opens, close=closes) for opens, closes in hours)
            week = tuple(DayHours(day=day, spans=spans) for day in WEEKDAYS)
            always = msgspec.structs.replace(business, hours=week, special_hours=())
            for case in list_cases(CHANGING + STEADY):
                catalog = SimpleNamespace(business=always, zone=ZoneInfo(case.zone.name))
                passages = case.zone.passages(case.first - 1, case.last + 2)
                for now in range(case.at - DAY // 8, case.at + DAY // 8, 2 * GRID):
                    sign = say_open_now(catalog, to_datetime(now))
                    got = (sign.is_open, sign.text, sign.until and to_seconds(sign.until))
                    tally.same(got, _expect_sign(case, passages, hours, now), case, hours, to_datetime(now))
    tally.check(at_least=12_000)


def _expect_sign(
    case: Case, passages: Passages, hours: list[tuple[str, str]], now: int
) -> tuple[bool, str, int]:
    days = range(case.first - 1, case.last + 3)
    periods = [
        (passages.first(day, opens), passages.first(day, closes)) for day in days for opens, closes in hours
    ]
    opens, closes = next((opens, closes) for opens, closes in periods if opens < closes and closes > now)
    if opens <= now:
        return True, f"Open until {say_clock(case.zone.wall(closes))}", closes
    tomorrow = "tomorrow " if day_of(case.zone, opens) > day_of(case.zone, now) else ""
    return False, f"Closed, opens {tomorrow}at {say_clock(case.zone.wall(opens))}", opens


@pytest.mark.django_db
def test_zones_are_named_for_what_their_clocks_do(luna: StoreInfo) -> None:
    """No clock that changes is said to be standard time, or called the same as one that never changes."""
    with store_scope(luna):
        changing, steady = ({say_zone(ZoneInfo(name)) for name in names} for names in (CHANGING, STEADY))
        assert not [name for name in changing if re.search("Standard|Daylight|Summer", name)]
        assert not changing & steady
        assert say_zone(ZoneInfo("America/Phoenix")) == "Mountain Standard Time"
        assert say_zone(ZoneInfo("UTC")) == "Coordinated Universal Time"


@pytest.mark.django_db
def test_the_hour_that_comes_twice_in_a_browser(
    luna: StoreInfo, salon: Salon, visit: Callable[[StoreInfo], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    zone = load_zone("America/Los_Angeles")
    back = next(at for at, by in zone.changes(2027, 2027) if by < 0)
    salon.open(zone.name, HOURS["day and night"])
    _let_answer(monkeypatch, salon)
    with time_machine.travel(to_datetime(back - 3 * DAY), tick=True):
        with store_scope(luna):
            choice = _choice()
        query = {"service": choice.lines[0].service_id, "day": zone.wall(back).date}
        html = visit(luna).get(f"/book/time/?{urlencode(query)}").content.decode()
    shown = re.findall(r'name="slot" value="([^"]+)" data-when="[^"]+, ([^"]+)" required>([^<]+)<', html)
    assert len(shown) == (25 * 3600 - choice.minutes * 60) // GRID + 1
    for value, when, text in shown:
        expected = say_slot(zone, to_seconds(datetime.fromisoformat(value.replace("&#x2B;", "+"))))
        assert (text, when) == (expected, expected)
    assert {f"1:30{NBSP}am{NBSP}PDT", f"1:30{NBSP}am{NBSP}PST"} <= {text for _value, _when, text in shown}
