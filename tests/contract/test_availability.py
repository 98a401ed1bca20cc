"""Slots are what a salon could really do: hours, breaks, people, clocks that change, notice and horizon."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import requests

from .conftest import Salon, in_days, new_key, wall

ZONE = "America/Los_Angeles"


def starts(slots: list[dict], zone: str = ZONE) -> list[str]:
    return [wall(slot["startTime"], zone) for slot in slots]


def a_service_of(salon: Salon, minutes: int) -> dict:
    return next(s for s in salon.rows("services") if s["duration"] == minutes and s["isBookableOnline"])


def next_clock_change(zone: str, *, forward: bool) -> date:
    """The local day on which clocks next go forward or back, at least two days from now."""
    day = in_days(2)
    for _ in range(400):
        before, after = (
            datetime(d.year, d.month, d.day, 12, tzinfo=ZoneInfo(zone)).utcoffset()
            for d in (day - timedelta(days=1), day)
        )
        assert before is not None
        assert after is not None
        if before != after and (after > before) == forward:
            return day
        day += timedelta(days=1)
    raise AssertionError(f"{zone} does not change its clocks")


def test_lunch_is_kept_free(luna: Salon) -> None:
    luna.open_daily(("10:00", "13:00"), ("14:00", "16:00"))
    service = a_service_of(luna, 60)
    assert starts(luna.slots(service["id"], in_days(5))) == [
        "10:00", "10:15", "10:30", "10:45", "11:00", "11:15", "11:30", "11:45", "12:00",
        "14:00", "14:15", "14:30", "14:45", "15:00",
    ]  # fmt: skip


def test_slots_stand_on_the_quarter_hour_even_when_the_door_opens_between(luna: Salon) -> None:
    luna.open_daily(("09:40", "11:05"))
    assert starts(luna.slots(a_service_of(luna, 60)["id"], in_days(5))) == ["09:45", "10:00"]


def test_special_hours_replace_the_weeks(luna: Salon) -> None:
    luna.open_daily(("09:00", "17:00"))
    short, closed, usual = in_days(5), in_days(6), in_days(7)
    special = [
        {"date": short.isoformat(), "spans": [{"open": "12:00", "close": "13:15"}]},
        {"date": closed.isoformat(), "note": "Closed", "spans": []},
    ]
    luna.office("PATCH", "/business", {"specialHours": special})
    service = a_service_of(luna, 60)["id"]
    assert starts(luna.slots(service, short)) == ["12:00", "12:15"]
    assert luna.slots(service, closed) == []
    assert len(luna.slots(service, usual)) == 29
    assert len(luna.slots(service, short, usual)) == 31


@pytest.mark.parametrize(("zone", "hours"), [("Europe/Berlin", 1), ("Australia/Lord_Howe", 0.5)])
@pytest.mark.parametrize("forward", [True, False])
def test_days_on_which_clocks_change(luna: Salon, zone: str, hours: float, forward: bool) -> None:
    """01:00 to 05:00 on the wall is longer or shorter by what the clocks jump; no slot outlasts it."""
    luna.office("PATCH", "/business", {"timezone": zone})
    luna.open_daily(("01:00", "05:00"))
    day = next_clock_change(zone, forward=forward)
    slots = luna.slots(a_service_of(luna, 60)["id"], day)
    really_open = 4 - hours if forward else 4 + hours
    assert len(slots) == (really_open - 1) * 4 + 1
    moments = [datetime.fromisoformat(slot["startTime"]) for slot in slots]
    assert {b - a for a, b in itertools.pairwise(moments)} == {timedelta(minutes=15)}
    assert (starts(slots, zone)[0], wall(slots[-1]["endTime"], zone)) == ("01:00", "05:00")
    ordinary = luna.slots(a_service_of(luna, 60)["id"], day + timedelta(days=1))
    assert (len(ordinary), starts(ordinary, zone)[0], starts(ordinary, zone)[-1]) == (13, "01:00", "04:00")


@pytest.mark.parametrize("forward", [True, False])
def test_daytime_stays_on_the_wall_across_a_clock_change(salons: dict[str, Salon], forward: bool) -> None:
    island = salons["one-chair"]
    island.open_daily(("08:30", "12:00"))
    day = next_clock_change("Australia/Lord_Howe", forward=forward)
    slots = island.slots(a_service_of(island, 30)["id"], day - timedelta(days=1), day)
    by_wall = starts(slots, "Australia/Lord_Howe")
    assert by_wall[: len(by_wall) // 2] == by_wall[len(by_wall) // 2 :]
    first, second = slots[0]["startTime"], slots[len(slots) // 2]["startTime"]
    jump = datetime.fromisoformat(second) - datetime.fromisoformat(first)
    assert jump == timedelta(hours=23.5 if forward else 24.5)


def test_add_ons_make_it_longer(luna: Salon) -> None:
    luna.open_daily(("10:00", "12:00"))
    service = a_service_of(luna, 60)
    twenty, ten = (next(a for a in service["addOns"] if a["duration"] == n) for n in (20, 10))
    slots = luna.slots(service["id"], in_days(5), addOnIds=f"{twenty['id']},{ten['id']}")
    assert starts(slots) == ["10:00", "10:15", "10:30"]
    assert wall(slots[0]["endTime"], ZONE) == "11:30"


def test_services_are_done_back_to_back_by_who_can_do_all(luna: Salon) -> None:
    luna.open_daily(("10:00", "13:00"))
    services = [s for s in luna.rows("services") if s["isActive"] and s["isBookableOnline"]]
    bookable = {p["id"] for p in luna.rows("staff") if p["isActive"] and p["isBookableOnline"]}
    one, other = next(
        (a, b)
        for a in services
        for b in services
        if 0 < len(set(a["staffIds"]) & set(b["staffIds"]) & bookable) < len(set(a["staffIds"]) & bookable)
        and a["duration"] + b["duration"] <= 180
    )
    slots = luna.slots(f"{one['id']},{other['id']}", in_days(5))
    both = set(one["staffIds"]) & set(other["staffIds"]) & bookable
    assert slots
    assert all(set(slot["staffIds"]) == both for slot in slots)
    length = datetime.fromisoformat(slots[0]["endTime"]) - datetime.fromisoformat(slots[0]["startTime"])
    assert length == timedelta(minutes=one["duration"] + other["duration"])


def test_nobody_can_do_what_no_one_person_does(luna: Salon) -> None:
    services = [s for s in luna.rows("services") if s["isActive"] and s["isBookableOnline"]]
    one, other = next(
        (a, b) for a in services for b in services if not set(a["staffIds"]) & set(b["staffIds"])
    )
    assert luna.slots(f"{one['id']},{other['id']}", in_days(1), in_days(14)) == []


def test_notice_and_horizon(luna: Salon) -> None:
    luna.open_daily(("00:00", "24:00"), bookingLeadMinutes=600, bookingHorizonDays=3)
    service = a_service_of(luna, 60)["id"]
    local_today = datetime.now(ZoneInfo(ZONE)).date()
    slots = luna.slots(service, local_today, local_today + timedelta(days=20))
    ahead = datetime.fromisoformat(slots[0]["startTime"]) - datetime.now(UTC)
    assert timedelta(minutes=599) <= ahead <= timedelta(minutes=615)
    last_day = datetime.fromisoformat(slots[-1]["startTime"]).astimezone(ZoneInfo(ZONE)).date()
    assert last_day == local_today + timedelta(days=3)


def test_taken_time_is_gone_and_comes_back(salons: dict[str, Salon]) -> None:
    island = salons["one-chair"]
    island.open_daily(("09:00", "11:00"))
    service, zone, day = a_service_of(island, 30), "Australia/Lord_Howe", in_days(5)
    slot = next(s for s in island.slots(service["id"], day) if wall(s["startTime"], zone) == "09:45")
    made = island.book(island.a_booking(slot, service)).json()["data"]
    assert starts(island.slots(service["id"], day), zone) == ["09:00", "09:15", "10:15", "10:30"]
    island.call("DELETE", f"/bookings/{made['id']}")
    assert len(island.slots(service["id"], day)) == 7


def test_blackouts_for_one_and_for_all(luna: Salon) -> None:
    luna.open_daily(("10:00", "12:00"))
    service, day = a_service_of(luna, 60), in_days(5)
    slots = luna.slots(service["id"], day)
    person = slots[0]["staffIds"][0]
    blackout = {"startTime": slots[0]["startTime"], "endTime": slots[-1]["endTime"]}
    luna.office("POST", "/blackouts", {**blackout, "staffId": person, "reason": "Training"})
    assert all(person not in slot["staffIds"] for slot in luna.slots(service["id"], day))
    assert luna.slots(service["id"], day, staffId=person) == []
    everybody = luna.office("POST", "/blackouts", blackout)
    assert luna.slots(service["id"], day) == []
    told = luna.get("/availability/blackouts", **{"from": day.isoformat(), "to": day.isoformat()}).json()[
        "data"
    ]
    assert {(row["staffId"], row["reason"]) for row in told} == {(person, "Training"), (None, "")}
    luna.office("DELETE", f"/blackouts/{everybody['id']}")
    assert luna.slots(service["id"], day)


@pytest.mark.parametrize("field", ["isActive", "isBookableOnline"])
def test_what_is_switched_off_cannot_be_booked(luna: Salon, field: str) -> None:
    luna.open_daily(("10:00", "12:00"))
    service, day = a_service_of(luna, 60), in_days(5)
    slot = luna.slots(service["id"], day)[0]
    person = slot["staffIds"][0]
    luna.office("PATCH", f"/staff/{person}", {field: False})
    assert person not in luna.slots(service["id"], day)[0]["staffIds"]
    assert luna.slots(service["id"], day, staffId=person) == []
    luna.office("PATCH", f"/services/{service['id']}", {field: False})
    assert luna.slots(service["id"], day) == []
    refused = luna.book(luna.a_booking(slot, service))
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "SERVICE_NOT_BOOKABLE")


def test_every_slot_told_can_be_booked(luna: Salon) -> None:
    """Offers are held to: a day is filled from its own list until nothing is left, and nothing overlaps."""
    luna.open_daily(("10:00", "12:30"))
    service, day = a_service_of(luna, 60), in_days(5)
    made = []
    while slots := luna.slots(service["id"], day):
        answer = luna.book(luna.a_booking(slots[0], service), new_key())
        assert answer.status_code == 201, answer.text
        made.append(answer.json()["data"])
    assert len(made) == 2 * len({row["staffId"] for row in made})
    taken = sorted((row["staffId"], row["startTime"], row["endTime"]) for row in made)
    assert all(a[0] != b[0] or a[2] <= b[1] for a, b in itertools.pairwise(taken))


def test_a_fresh_sandbox_looks_lived_in_but_has_room(luna: Salon, tmp_path) -> None:
    from tests.sandbox_process import start_sandbox

    process = start_sandbox(tmp_path)
    try:
        salon = Salon(process.url, luna.slug, luna.tenant_id, luna.key, luna.secret)
        told = requests.get(f"{process.url}/sandbox/luna-hair/bookings", timeout=20).json()["data"]
        assert len(told) > 100
        assert len(salon.slots(salon.a_service()["id"], in_days(1), in_days(14))) > 80
    finally:
        process.stop()
