"""One day of a calendar, laid out for a page: a column per member of staff, a row per quarter hour."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from .availability import GRID, Span, load_business, opening_spans
from .state import State, all_entities
from .wire import Row, loads, now, parse_date

# Shown when the salon is closed.
USUAL_DAY = (9 * 3600, 18 * 3600)


def read_day(state: State, slug: str, text: str | None) -> Row:
    """{date, isToday, previous, next, hours, rows, closed, columns}; `text` is a local date, else today."""
    business = load_business(state, slug)
    zone = ZoneInfo(business["timezone"])
    today = now().astimezone(zone).date()
    day = _read_date(text, today)
    midnight = int(datetime.combine(day, datetime.min.time(), zone).timestamp())
    spans = opening_spans(business, day, zone)
    booked = _bookings_of(state, slug, midnight, zone, day)
    start, end = _frame(spans, booked, midnight)
    return {
        "date": day,
        "isToday": day == today,
        "previous": day - timedelta(days=1),
        "next": day + timedelta(days=1),
        "zone": business["timezone"],
        "open": bool(spans),
        "note": next((d.get("note") for d in business["specialHours"] if d["date"] == day.isoformat()), None),
        "hours": [(_row_of(t, start), _wall(t, zone)) for t in range(start, end, 3600)],
        "rows": (end - start) // GRID,
        "closed": [(_row_of(a, start), _row_of(b, start)) for a, b in _gaps(spans, start, end)],
        "columns": _columns(state, slug, booked, start, zone),
        "count": sum(row["status"] != "cancelled" for row in booked),
    }


def _read_date(text: str | None, today: date) -> date:
    try:
        day = parse_date(text or "")
    except ValueError:
        return today
    return day if abs((day - today).days) < 1000 else today


def _bookings_of(state: State, slug: str, midnight: int, zone: ZoneInfo, day: date) -> list[Row]:
    tomorrow = int(datetime.combine(day + timedelta(days=1), datetime.min.time(), zone).timestamp())
    rows = state.rows(
        "SELECT doc, starts, ends FROM entity WHERE slug = ? AND kind = 'bookings' "
        "AND starts >= ? AND starts < ? ORDER BY starts",
        slug,
        midnight,
        tomorrow,
    )
    return [{**loads(row["doc"]), "starts": row["starts"], "ends": row["ends"]} for row in rows]


def _frame(spans: list[Span], booked: list[Row], midnight: int) -> Span:
    """From the hour before which nothing happens to the one after which nothing does."""
    starts = [a for a, _ in spans] + [row["starts"] for row in booked] or [midnight + USUAL_DAY[0]]
    ends = [b for _, b in spans] + [row["ends"] for row in booked] or [midnight + USUAL_DAY[1]]
    first = min(starts) - (min(starts) - midnight) % 3600
    return first, max(ends) + (first - max(ends)) % 3600


def _gaps(spans: list[Span], start: int, end: int) -> list[Span]:
    gaps, cursor = [], start
    for span in [*spans, (end, end)]:
        if span[0] > cursor:
            gaps.append((cursor, span[0]))
        cursor = max(cursor, span[1])
    return gaps


def _columns(state: State, slug: str, booked: list[Row], start: int, zone: ZoneInfo) -> list[Row]:
    staff = [person for person in all_entities(state, slug, "staff") if person["isActive"]]
    known = {person["id"] for person in staff}
    strangers = [row for row in booked if row["staffId"] not in known]
    columns = [
        {
            "person": person,
            "blocks": [_block(row, start, zone) for row in booked if row["staffId"] == person["id"]],
        }
        for person in staff
    ]
    if strangers:
        columns.append(
            {"person": {"name": "No longer here"}, "blocks": [_block(r, start, zone) for r in strangers]}
        )
    return columns


def _block(row: Row, start: int, zone: ZoneInfo) -> Row:
    return {
        "booking": row,
        "first": _row_of(row["starts"], start),
        "last": max(_row_of(row["ends"] + GRID - 1, start), _row_of(row["starts"], start) + 1),
        "from": _wall(row["starts"], zone),
        "to": _wall(row["ends"], zone),
        "online": "idempotencyKey" in row,
        "title": ", ".join(item.get("name", "") for item in row["items"]),
    }


def _row_of(moment: int, start: int) -> int:
    return (moment - start) // GRID + 1


def _wall(moment: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(moment, zone).strftime("%H:%M")
