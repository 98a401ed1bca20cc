"""Opening hours: open or not right now, the week around today, the days that are different."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from catalog.presenters.parts import locale, to_text
from catalog.queries import Catalog
from catalog.schemas import Business, Span
from store import formats

LOOK_AHEAD_DAYS = 14
ANNOUNCE_DAYS = 7
SPECIAL_DAYS = 92


@dataclass(frozen=True, slots=True)
class OpenNow:
    """What the door says: `until` is when it will say something else."""

    is_open: bool
    text: str
    until: datetime | None

    @property
    def css_class(self) -> str:
        return "hours__now" if self.is_open else "hours__now hours__now--closed"


@dataclass(frozen=True, slots=True)
class DayRow:
    day: str
    note: str
    spans: tuple[str, ...]
    is_today: bool = False


def say_open_now(catalog: Catalog, now: datetime) -> OpenNow:
    business, zone = catalog.business, catalog.zone
    local = now.astimezone(zone)
    for opens, closes in _periods(business, local.date() - timedelta(days=1), zone):
        if opens <= now < closes:
            clock = formats.format_clock(closes.astimezone(zone).time(), locale())
            return OpenNow(True, _("Open until %(time)s") % {"time": clock}, closes)
        if opens > now:
            return OpenNow(False, _say_opening(opens.astimezone(zone), local), opens)
    return OpenNow(False, _("Closed for now"), None)


def list_week(catalog: Catalog, now: datetime) -> tuple[DayRow, ...]:
    """Monday to Sunday of this week, special days included."""
    business, today = catalog.business, now.astimezone(catalog.zone).date()
    monday = today - timedelta(days=today.weekday())
    special = {row.date: to_text(row.note) for row in business.special_hours}
    return tuple(
        DayRow(
            day=formats.format_weekday(day.weekday(), locale()),
            note=special.get(day, ""),
            spans=_say_spans(business.spans_on(day)),
            is_today=day == today,
        )
        for day in (monday + timedelta(days=offset) for offset in range(7))
    )


def list_special_days(catalog: Catalog, now: datetime, *, days: int = SPECIAL_DAYS) -> tuple[DayRow, ...]:
    """The coming days with hours of their own, soonest first."""
    today = now.astimezone(catalog.zone).date()
    special = catalog.business.special_hours
    coming = [row for row in special if today <= row.date <= today + timedelta(days=days)]
    return tuple(
        DayRow(
            formats.format_day(row.date, locale()),
            to_text(row.note),
            _say_spans(row.spans),
            row.date == today,
        )
        for row in sorted(coming, key=lambda row: row.date)
    )


def announce(catalog: Catalog, now: datetime) -> str:
    """The next special day, when it is near enough to matter; else empty."""
    near = list_special_days(catalog, now, days=ANNOUNCE_DAYS)
    if not near:
        return ""
    note = near[0].note or (", ".join(near[0].spans) if near[0].spans else _("Closed"))
    return f"{near[0].day}: {note}"


def _periods(business: Business, start: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """Open periods from a day on, in UTC; one that ends before it begins ends on the next day."""
    for offset in range(LOOK_AHEAD_DAYS + 1):
        day = start + timedelta(days=offset)
        for span in sorted(business.spans_on(day), key=lambda span: span.open):
            last = day + timedelta(days=1) if span.closes <= span.opens else day
            opens = _first_moment(datetime.combine(day, span.opens), zone)
            closes = _first_moment(datetime.combine(last, span.closes), zone)
            if opens < closes:  # else the clocks skip all of it
                yield opens, closes


def _first_moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """When the clock on the wall first shows that time or a later one, to the minute, in UTC.

    A time that comes twice is its first coming; one that the clocks skip is the moment they skip it.
    """
    # Reckoned with the offset before a change, and with the one after it.
    before = wall.replace(tzinfo=zone).astimezone(UTC)
    after = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if before <= after:
        return before
    offset = before.astimezone(zone).utcoffset()
    minutes = (after + timedelta(minutes=passed) for passed in count())
    return next(moment for moment in minutes if moment.astimezone(zone).utcoffset() == offset)


def _say_opening(opens: datetime, local: datetime) -> str:
    clock = formats.format_clock(opens.time(), locale())
    days = (opens.date() - local.date()).days
    if days == 0:
        return _("Closed, opens at %(time)s") % {"time": clock}
    if days == 1:
        return _("Closed, opens tomorrow at %(time)s") % {"time": clock}
    if days < 7:
        day = formats.format_weekday(opens.weekday(), locale())
    else:
        day = formats.format_day(opens.date(), locale())
    return _("Closed, opens %(day)s at %(time)s") % {"day": day, "time": clock}


def _say_spans(spans: Sequence[Span]) -> tuple[str, ...]:
    return tuple(
        formats.format_span(span.opens, span.closes, locale())
        for span in sorted(spans, key=lambda span: span.open)
    )
