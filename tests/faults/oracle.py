"""A second opinion on what clocks show: TZif files read by hand, whole seconds and integers only.

It shares with the code under test the files of the time zone database and nothing else: no zoneinfo, no
datetime arithmetic. https://www.rfc-editor.org/rfc/rfc8536 describes the files.
"""

from __future__ import annotations

import re
import struct
import zoneinfo
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import NamedTuple

DAY = 86_400
NBSP = "\u00a0"
# 1970 began on a Thursday, number 4.
WEEKDAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split()  # noqa: SIM905
MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)
LAST_YEAR = 2030
GRID = 15 * 60
LOOK = 300  # every offset, change and opening hour of today is a multiple
CHANGING = """
    Africa/Cairo Africa/Casablanca Africa/El_Aaiun America/Adak America/Denver America/Havana
    America/Los_Angeles America/New_York America/Nuuk America/Santiago America/Scoresbysund America/St_Johns
    Antarctica/Troll Asia/Beirut Asia/Gaza Asia/Jerusalem Atlantic/Azores Australia/Lord_Howe
    Australia/Sydney Europe/Berlin Europe/Chisinau Europe/Dublin Europe/London Pacific/Auckland
    Pacific/Chatham Pacific/Easter
""".split()  # noqa: SIM905 (a long list of short names)
STEADY = """
    America/Phoenix America/Sao_Paulo Asia/Ho_Chi_Minh Asia/Kathmandu Asia/Kolkata Asia/Tehran
    Europe/Kaliningrad Europe/Moscow Pacific/Apia Pacific/Honolulu UTC
""".split()  # noqa: SIM905
YEARS = (2025, 2028)
# As POSIX has it: a name, how far it is *behind* UTC, the same for summer, and when summer begins and ends.
NAME = r"([A-Za-z]+|<[-+0-9A-Za-z]+>)"
OFFSET = r"([-+]?[0-9:]+)?"
FOOTER = re.compile(rf"{NAME}{OFFSET}(?:{NAME}{OFFSET},([^,]+),([^,]+))?")


class Offset(NamedTuple):
    """How far clocks are ahead of UTC, and what that is called."""

    seconds: int
    name: str


class Wall(NamedTuple):
    """What a calendar and a clock on the wall show."""

    year: int
    month: int
    day: int
    hour: int
    minute: int

    @property
    def date(self) -> str:
        return f"{self.year:04}-{self.month:02}-{self.day:02}"

    @property
    def clock(self) -> str:
        return f"{self.hour:02}:{self.minute:02}"


class Change(NamedTuple):
    """Clocks jump: `at` is the first second of the new offset; `by` is positive where they go forward."""

    at: int
    by: int


@dataclass(frozen=True)
class Passages:
    """When a wall clock first passes a time, found by looking at it every few minutes."""

    start: int
    shown: tuple[int, ...]  # the latest time it showed so far, look by look

    def first(self, day: int, clock: str) -> int:
        """The moment it first shows that time ("24:00" too) of a day since 1970, or a later one."""
        return self.start + LOOK * bisect_left(self.shown, day * DAY + _read_clock(clock))


@dataclass(frozen=True)
class Zone:
    name: str
    moments: tuple[int, ...] = field(repr=False)
    offsets: tuple[Offset, ...] = field(repr=False)  # one more than moments: the first is for before them all

    def offset(self, moment: int) -> Offset:
        return self.offsets[bisect_right(self.moments, moment)]

    def wall(self, moment: int) -> Wall:
        return to_wall(moment + self.offset(moment).seconds)

    def changes(self, first_year: int, last_year: int) -> list[Change]:
        """Jumps of the clock, by UTC years, both included; a mere change of name is none."""
        start, end = days_before(first_year, 1, 1) * DAY, days_before(last_year + 1, 1, 1) * DAY
        return [
            Change(at, new.seconds - old.seconds)
            for at, old, new in zip(self.moments, self.offsets, self.offsets[1:], strict=False)
            if start <= at < end and new.seconds != old.seconds
        ]

    def passages(self, first_day: int, last_day: int) -> Passages:
        """For days since 1970 on the wall, both included."""
        start, end = (first_day - 1) * DAY, (last_day + 3) * DAY
        latest, shown = -1, []
        for moment in range(start, end, LOOK):
            latest = max(latest, moment + self.offset(moment).seconds)
            shown.append(latest)
        return Passages(start, tuple(shown))

    def comes_twice(self, moment: int) -> bool:
        """Whether the same day and time is on the wall at another moment too."""
        return len(self.moments_of(moment + self.offset(moment).seconds)) > 1

    def moments_of(self, wall: int) -> list[int]:
        """The moments, none to two of them, at which the wall shows that."""
        first, last = bisect_right(self.moments, wall - DAY), bisect_right(self.moments, wall + DAY)
        tried = {wall - offset.seconds for offset in self.offsets[first : last + 1]}
        return sorted(moment for moment in tried if moment + self.offset(moment).seconds == wall)


def days_before(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01 to a date of the Gregorian calendar, by counting from March."""
    shifted = year - (month <= 2)
    era_day = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return 365 * shifted + shifted // 4 - shifted // 100 + shifted // 400 + era_day - 719_468


def to_wall(seconds: int) -> Wall:
    """Seconds since 1970 on the wall's own clock."""
    days, rest = divmod(seconds, DAY)
    return Wall(*_to_date(days), rest // 3600, rest // 60 % 60)


@cache
def _to_date(days: int) -> tuple[int, int, int]:
    year = 1970 + days // 366
    while days_before(year + 1, 1, 1) <= days:
        year += 1
    month = max(m for m in range(1, 13) if days_before(year, m, 1) <= days)
    return year, month, days - days_before(year, month, 1) + 1


@cache
def load_zone(name: str) -> Zone:
    """From the very file that zoneinfo takes: the system's, else the tzdata package's."""
    places = [Path(place) / name for place in zoneinfo.TZPATH]
    file = next((place for place in places if place.is_file()), None)
    raw = (file or resources.files("tzdata") / "zoneinfo" / name).read_bytes()
    moments, offsets, footer = _parse(raw)
    for at, offset in _from_footer(footer):
        if not moments or at > moments[-1]:
            moments.append(at)
            offsets.append(offset)
    return Zone(name, tuple(moments), tuple(offsets))


def _parse(raw: bytes) -> tuple[list[int], list[Offset], str]:
    """Moments, the offsets before, between and after them, and the rule for the time after the last one."""
    size = _block_size(raw, 0, 4)
    assert raw[4:5] >= b"2"  # the first block has 32 bits only; the one to read comes after it
    _isut, _isstd, _leap, times, types, letters = struct.unpack_from(">6l", raw, size + 20)
    at = size + 44
    moments = list(struct.unpack_from(f">{times}q", raw, at))
    kinds = struct.unpack_from(f">{times}B", raw, at + 8 * times)
    table = at + 9 * times
    names = raw[table + 6 * types : table + 6 * types + letters]
    known = []
    for index in range(types):
        seconds, _is_summer, start = struct.unpack_from(">lBB", raw, table + 6 * index)
        known.append(Offset(seconds, names[start : names.index(b"\0", start)].decode()))
    footer = raw[size + _block_size(raw, size, 8) :].strip(b"\n").decode()
    return moments, [known[0], *(known[kind] for kind in kinds)], footer


def _block_size(raw: bytes, at: int, width: int) -> int:
    assert raw[at : at + 4] == b"TZif"
    isut, isstd, leap, times, types, letters = struct.unpack_from(">6l", raw, at + 20)
    return 44 + times * (width + 1) + types * 6 + letters + leap * (width + 4) + isstd + isut


def _from_footer(footer: str) -> list[tuple[int, Offset]]:
    """Every change that the rule makes until LAST_YEAR."""
    found = FOOTER.fullmatch(footer)
    assert found, footer
    name, behind, summer_name, summer_behind, begins, ends = found.groups()
    standard = Offset(-_read_clock(behind), name.strip("<>"))
    if summer_name is None:
        return []
    ahead = -_read_clock(summer_behind) if summer_behind else standard.seconds + 3600
    summer = Offset(ahead, summer_name.strip("<>"))
    changes = []
    for year in range(2020, LAST_YEAR + 1):
        changes.append((_read_rule(begins, year) - standard.seconds, summer))
        changes.append((_read_rule(ends, year) - summer.seconds, standard))
    return sorted(changes)


def _read_rule(rule: str, year: int) -> int:
    """ "M3.2.0/2": the second Sunday of March at 2; week 5 is the last one. Seconds on the wall."""
    date, _slash, clock = rule.partition("/")
    assert date.startswith("M"), f"{rule}: no zone has used another kind of rule since 2007"
    month, week, weekday = (int(part) for part in date[1:].split("."))
    first = days_before(year, month, 1)
    following = days_before(year + month // 12, month % 12 + 1, 1)
    days = [day for day in range(first, following) if (day + 4) % 7 == weekday]
    return (days[-1] if week == 5 else days[week - 1]) * DAY + _read_clock(clock or "2")


def _read_clock(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    parts = [int(part) for part in text.lstrip("+-").split(":")]
    return sign * sum(part * unit for part, unit in zip(parts, (3600, 60, 1), strict=False))


# --- what to look at ---


class Case(NamedTuple):
    """A zone and local days, counted from 1970, around a change; `at` is an ordinary midnight without one."""

    zone: Zone
    first: int
    last: int
    at: int


def list_cases(names: list[str]) -> list[Case]:
    return [case for name in names for case in _cases_of(load_zone(name))]


def _cases_of(zone: Zone) -> Iterator[Case]:
    changes = zone.changes(*YEARS) or [
        Change(days_before(year, month, 1) * DAY, 0)
        for year in range(YEARS[0], YEARS[1] + 1)
        for month in (1, 7)
    ]
    for at, _by in changes:
        before, after = ((moment + zone.offset(moment).seconds) // DAY for moment in (at - 1, at))
        yield Case(zone, before - 1, after + 1, at)


def expect_starts(passages: Passages, day: int, hours: list[tuple[str, str]], seconds: int) -> list[int]:
    """Quarter hours at which a visit fits in between the clock's first showing `open` and `close`."""
    starts = set()
    for opens, closes in hours:
        first, last = passages.first(day, opens), passages.first(day, closes) - seconds
        starts |= set(range(-(-first // GRID) * GRID, last + 1, GRID))
    return sorted(starts)


# --- in an American salon's words ---


def say_clock(wall: Wall) -> str:
    minutes = f":{wall.minute:02}" if wall.minute else ""
    return f"{wall.hour % 12 or 12}{minutes}{NBSP}{'pm' if wall.hour >= 12 else 'am'}"


def say_offset(offset: Offset) -> str:
    if offset.name.isalpha():
        return offset.name
    sign, ahead = "-" if offset.seconds < 0 else "+", abs(offset.seconds)
    return f"UTC{sign}{ahead // 3600:02}:{ahead // 60 % 60:02}"


def say_slot(zone: Zone, moment: int) -> str:
    """ "1:30 am", and whose where the wall shows it twice."""
    twice = f"{NBSP}{say_offset(zone.offset(moment))}" if zone.comes_twice(moment) else ""
    return say_clock(zone.wall(moment)) + twice


def say_weekday(day: int) -> str:
    return WEEKDAYS[(day + 4) % 7]


def say_day(day: int, *, is_long: bool) -> str:
    wall = to_wall(day * DAY)
    weekday, month = say_weekday(day), MONTHS[wall.month - 1]
    return f"{weekday}, {month} {wall.day}" if is_long else f"{weekday[:3]}, {month[:3]} {wall.day}"


def day_of(zone: Zone, moment: int) -> int:
    """The wall's day, counted from 1970."""
    return (moment + zone.offset(moment).seconds) // DAY


# --- what a calendar entry says (RFC 5545) ---


def read_moment(text: str, name: str, zone: Zone) -> int | None:
    """RFC 5545, 3.3.5: wall time that comes twice is its first coming."""
    event = text.partition("BEGIN:VEVENT")[2]
    found = re.search(rf"^{name}(?:;TZID=([^:]+))?:(\d{{8}}T\d{{6}})(Z?)\r$", event, re.MULTILINE)
    assert found
    wall = _read_wall(found[2])
    return wall if found[3] else next(iter(zone.moments_of(wall)), None)


def _read_wall(text: str) -> int:
    """ "20261101T013000" as seconds on the wall."""
    days = days_before(int(text[:4]), int(text[4:6]), int(text[6:8]))
    return days * DAY + int(text[9:11]) * 3600 + int(text[11:13]) * 60


def read_rules(text: str) -> Zone:
    """A VTIMEZONE: each rule begins at DTSTART and RDATEs, told in the time that it ends (3.6.5)."""
    begins = []
    for rule in re.findall(r"BEGIN:(?:STANDARD|DAYLIGHT)\r\n(.*?)END:", text.replace("\r\n ", ""), re.DOTALL):
        lines = dict(line.split(":", 1) for line in rule.splitlines())
        old, new = (_read_offset(lines[name]) for name in ("TZOFFSETFROM", "TZOFFSETTO"))
        walls = [lines["DTSTART"], *filter(None, lines.get("RDATE", "").split(","))]
        begins += [(_read_wall(wall) - old, old, new) for wall in walls]
    begins.sort()
    offsets = (
        [Offset(seconds, "") for seconds in (begins[0][1], *(new for _, _, new in begins))] if begins else []
    )
    return Zone("rules", tuple(at for at, _, _ in begins), tuple(offsets or [Offset(0, "UTC")]))


def _read_offset(text: str) -> int:
    return (-1 if text[0] == "-" else 1) * (int(text[1:3]) * 3600 + int(text[3:5]) * 60)
