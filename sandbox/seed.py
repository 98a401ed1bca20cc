"""A fresh start: the salons, and appointments that make their calendars look lived in."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from .availability import GRID, Span, Visit, load_business, local_date, opening_spans
from .bookings import describe_items, store_booking
from .state import State, all_entities, put_entity
from .tenants import LANGUAGES, add_tenant
from .wire import Row, loads, now, to_rfc3339

if TYPE_CHECKING:
    from .app import Sandbox

FOLDER = Path(__file__).parent / "salons"
KINDS = ("services", "products", "staff", "gallery", "reviews")
PAST_DAYS, FUTURE_DAYS = 3, 14
# Where the stores of a platform at "localhost" want domains to lead.
FIRST_RECORDS = [{"name": "stores.localhost", "type": "A", "value": "127.0.0.1"}]
# How full a day is, drawn per salon and day: most leave plenty, one in ten next to nothing.
FULLNESS = (0.15, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.65, 0.92)


def plant(sandbox: Sandbox) -> None:
    """Add the salons that are not there yet; nothing is announced to the stores."""
    planted = {row["slug"] for row in sandbox.state.rows("SELECT slug FROM tenant")}
    with sandbox.state.transaction():
        for slug in (slug for slug in LANGUAGES if slug not in planted):
            target = sandbox.options.webhook_target_template
            add_tenant(sandbox.state, slug, target.replace("{slug}", slug) if target else None)
            _plant_salon(sandbox.state, slug)
            if sandbox.options.appointments:
                _plant_appointments(sandbox, slug)
        if not sandbox.state.rows("SELECT 1 FROM dns_record"):
            sandbox.dns.add(FIRST_RECORDS)


def _plant_salon(state: State, slug: str) -> None:
    salon = loads((FOLDER / f"{slug}.json").read_bytes())
    put_entity(state, slug, "business", salon["business"], touch=False)
    for kind in KINDS:
        for row in salon[kind]:
            put_entity(state, slug, kind, row, touch=False)


def _plant_appointments(sandbox: Sandbox, slug: str) -> None:
    business = load_business(sandbox.state, slug)
    zone = ZoneInfo(business["timezone"])
    today = local_date(int(now().timestamp()), zone)
    services = [s for s in all_entities(sandbox.state, slug, "services") if s["isActive"]]
    clients = _clients(sandbox.state, slug)
    team = [p for p in all_entities(sandbox.state, slug, "staff") if p["isActive"]]
    for offset in range(-PAST_DAYS, FUTURE_DAYS + 1):
        day = today + timedelta(days=offset)
        draw = Random(f"{slug} {day}")
        fullness = draw.choice(FULLNESS)
        for person in team:
            offered = [s for s in services if person["id"] in s.get("staffIds", [])]
            for span in opening_spans(business, day, zone) if offered else []:
                _fill_span(
                    sandbox,
                    slug,
                    span,
                    person=person,
                    offered=offered,
                    clients=clients,
                    draw=draw,
                    fullness=fullness,
                )
    _plant_blackout(sandbox.state, slug, team, today, zone)


def _fill_span(
    sandbox: Sandbox,
    slug: str,
    span: Span,
    *,
    person: Row,
    offered: list[Row],
    clients: list[Row],
    draw: Random,
    fullness: float,
) -> None:
    """Walk through an open stretch, putting in a visit with probability `fullness`, else a pause."""
    cursor, close = -(-span[0] // GRID) * GRID, span[1]
    while cursor < close:
        fitting = [s for s in offered if cursor + s["duration"] * 60 <= close]
        if not fitting or draw.random() > fullness:
            cursor += GRID * draw.choice((2, 3, 4))
            continue
        visit = Visit(((draw.choice(fitting), ()),))
        _store_visit(sandbox, slug, cursor, visit, person=person, client=draw.choice(clients), draw=draw)
        cursor = -(-(cursor + visit.seconds) // GRID) * GRID


def _store_visit(
    sandbox: Sandbox, slug: str, start: int, visit: Visit, *, person: Row, client: Row, draw: Random
) -> None:
    end = start + visit.seconds
    number = sandbox.state.next_number(slug, "booking")
    booking = {
        "id": str(UUID(int=draw.getrandbits(128), version=4)),
        "confirmationNumber": f"BK-{now().year}-{number:04d}",
        "status": "completed" if end < now().timestamp() else "confirmed",
        "startTime": to_rfc3339(start),
        "endTime": to_rfc3339(end),
        "staffId": person["id"],
        "staffName": person["name"],
        "items": describe_items(visit),
        "client": client,
        "totalPrice": visit.price,
    }
    store_booking(sandbox, slug, booking, starts=start, ends=end)


def _clients(state: State, slug: str) -> list[Row]:
    """The invented people who wrote the salon's reviews."""
    clients = []
    for number, review in enumerate(all_entities(state, slug, "reviews"), 1):
        first, _, last = review["clientName"].partition(" ")
        email = f"client{number}@{slug}.example.com"
        clients.append({"firstName": first, "lastName": last or "-", "email": email})
    return clients


def _plant_blackout(state: State, slug: str, team: list[Row], today: date, zone: ZoneInfo) -> None:
    """One member of staff is away for a day in the third week; a salon of one is not."""
    if len(team) > 1:
        day = today + timedelta(days=16)
        spans = opening_spans(
            {
                "hours": [],
                "specialHours": [{"date": day.isoformat(), "spans": [{"open": "00:00", "close": "24:00"}]}],
            },
            day,
            zone,
        )
        state.run(
            "INSERT INTO blackout VALUES (?, ?, ?, ?, ?, ?)",
            str(UUID(int=Random(f"{slug} blackout").getrandbits(128), version=4)),
            slug,
            spans[0][0],
            spans[0][1],
            team[-1]["id"],
            "Training",
        )
