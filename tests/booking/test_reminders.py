"""Reminders: a day and two hours before, once for each start, and never for what is off."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from booking.models import Booking
from booking.services import reminders
from booking.tasks import sweep_reminders
from store.models import Email, Store
from store.tenancy import StoreInfo, store_scope
from tests.booking.helpers import Api, Control, hear

pytestmark = pytest.mark.django_db(transaction=True)

Row = dict[str, Any]
DAY, HOURS = timedelta(hours=24), timedelta(hours=2)


def row_of(luna: StoreInfo) -> Booking:
    with store_scope(luna):
        return Booking.objects.get()


def sweep(start: datetime, distance: timedelta) -> None:
    """A worker looks, so long before the visit."""
    with time_machine.travel(start - distance):
        sweep_reminders.delay()


def reminders_of(luna: StoreInfo) -> list[Email]:
    with store_scope(luna):
        return list(Email.objects.filter(fact__contains="/reminder-").order_by("created_at"))


def kinds(luna: StoreInfo) -> list[str]:
    return [mail.fact.split("/")[2] for mail in reminders_of(luna)]


def test_a_day_and_two_hours_before(booked: Row, luna: StoreInfo) -> None:
    start = datetime.fromisoformat(booked["startTime"])
    sweep(start, DAY + timedelta(minutes=1))
    assert kinds(luna) == []
    sweep(start, DAY)
    sweep(start, DAY - timedelta(minutes=1))
    assert kinds(luna) == ["reminder-day"]
    sweep(start, HOURS + timedelta(minutes=1))
    assert kinds(luna) == ["reminder-day"]
    sweep(start, HOURS)
    sweep(start, HOURS - timedelta(minutes=1))
    assert kinds(luna) == ["reminder-day", "reminder-hours"]
    assert row_of(luna).remind_at is None


def test_it_says_when_where_with_whom_and_how_to_change(booked: Row, luna: StoreInfo) -> None:
    start = datetime.fromisoformat(booked["startTime"])
    sweep(start, DAY)
    [mail] = reminders_of(luna)
    row = row_of(luna)
    assert mail.subject.startswith("Reminder: ")
    assert mail.useful_until == start
    assert mail.calendar is None
    for words in (row.staff_name, "Half Moon Court", booked["token"], "https://www.openstreetmap.org/"):
        assert words in mail.text or words in mail.html, words


@pytest.mark.parametrize(
    ("ahead", "planned"),
    [
        (timedelta(hours=28), DAY),
        (timedelta(hours=27), DAY),
        (timedelta(hours=26, minutes=59), HOURS),
        (timedelta(hours=3), HOURS),
        (timedelta(hours=2, minutes=59), None),
    ],
    ids=["28h", "27h", "under-27h", "3h", "under-3h"],
)
def test_whoever_has_just_booked_knows_of_it(
    booked: Row, luna: StoreInfo, ahead: timedelta, planned: timedelta | None
) -> None:
    with store_scope(luna):
        row = Booking.objects.get()
        with time_machine.travel(row.start_at - ahead, tick=False):
            reminders.plan(row)
    assert row.remind_at == (row.start_at - planned if planned else None)


def test_as_the_salon_wants(booked: Row, luna: StoreInfo) -> None:
    start = datetime.fromisoformat(booked["startTime"])
    Store.objects.update(reminds_day_before=False)
    sweep(start, DAY)
    assert kinds(luna) == []
    sweep(start, HOURS)
    assert kinds(luna) == ["reminder-hours"]


def test_without_the_one_of_the_day_itself(booked: Row, luna: StoreInfo) -> None:
    start = datetime.fromisoformat(booked["startTime"])
    Store.objects.update(reminds_hours_before=False)
    sweep(start, DAY)
    sweep(start, HOURS)
    assert kinds(luna) == ["reminder-day"]


@pytest.mark.parametrize(
    ("back_at", "told"),
    [
        (timedelta(hours=20), ["reminder-day"]),
        (timedelta(hours=3, minutes=1), ["reminder-day"]),
        (timedelta(hours=2, minutes=59), []),
        (timedelta(minutes=10), ["reminder-hours"]),
        (timedelta(minutes=-1), []),
    ],
    ids=["20h", "over-3h", "under-3h", "10min", "begun"],
)
def test_after_a_time_without_workers(
    booked: Row, luna: StoreInfo, back_at: timedelta, told: list[str]
) -> None:
    start = datetime.fromisoformat(booked["startTime"])
    sweep(start, back_at)
    assert kinds(luna) == told


def test_none_once_it_is_canceled(api: Api, booked: Row, luna: StoreInfo) -> None:
    """Not even the one that waits to be sent."""
    start = datetime.fromisoformat(booked["startTime"])
    sweep(start, DAY)
    assert kinds(luna) == ["reminder-day"]
    api.post(f"{booked['token']}/cancellation")
    assert kinds(luna) == []
    sweep(start, HOURS)
    assert kinds(luna) == []


def test_none_while_a_cancellation_is_on_its_way(
    api: Api, control: Control, booked: Row, luna: StoreInfo
) -> None:
    control.faults(down="503")
    api.post(f"{booked['token']}/cancellation")
    assert row_of(luna).remind_at is None


def test_the_salon_cancels(control: Control, booked: Row, luna: StoreInfo) -> None:
    start = datetime.fromisoformat(booked["startTime"])
    sweep(start, DAY)
    hear(luna, control.cancel(control.bookings()[0]["id"]))
    sweep(start, HOURS)
    assert kinds(luna) == []


def test_a_refused_cancellation_is_reminded_of(
    api: Api, control: Control, booked: Row, luna: StoreInfo
) -> None:
    control.patch("bookings", control.bookings()[0]["id"], {"status": "completed"})  # we have not heard yet
    assert api.post(f"{booked['token']}/cancellation").status_code == 409
    row = row_of(luna)
    assert row.remind_at == row.start_at - DAY
    assert row.cancel_asked_at is None


def test_moved_it_is_reminded_of_at_the_new_time(
    api: Api, booked: Row, slots: list[Row], luna: StoreInfo
) -> None:
    old, new = (datetime.fromisoformat(text) for text in (booked["startTime"], slots[-1]["startTime"]))
    api.send("PUT", booked["token"], {"startTime": slots[-1]["startTime"]})
    sweep(old, DAY)
    assert kinds(luna) == []
    sweep(new, DAY)
    [mail] = reminders_of(luna)
    assert mail.fact.endswith(f"/{new:%Y%m%dT%H%M%SZ}")


def test_never_twice_for_the_same_start(
    api: Api, control: Control, booked: Row, slots: list[Row], luna: StoreInfo
) -> None:
    """Moved away and back after the reminder was sent."""
    start = datetime.fromisoformat(booked["startTime"])
    sweep(start, DAY)
    with store_scope(luna):
        Email.objects.update(state=Email.State.SENT)
    api.send("PUT", booked["token"], {"startTime": slots[-1]["startTime"]})
    api.send("PUT", booked["token"], {"startTime": slots[0]["startTime"]})
    assert row_of(luna).remind_at == start - DAY
    sweep(start, DAY)
    assert kinds(luna) == ["reminder-day"]


def test_a_day_is_24_hours_when_clocks_change(booked: Row, luna: StoreInfo) -> None:
    """1 November 2026, 10:00 in Los Angeles, standard time since that night."""
    start = datetime.fromisoformat("2026-11-01T18:00:00+00:00")
    with store_scope(luna):
        row = Booking.objects.get()
        row.set_time(start, start + timedelta(hours=1))
        with time_machine.travel(start - timedelta(days=5)):
            reminders.plan(row)
        assert row.remind_at is not None
        assert row.remind_at.astimezone(row.zone).hour == 11
        assert start - row.remind_at == DAY


def test_one_rows_bug_does_not_hold_up_the_others(
    api: Api, cut: str, slots: list[Row], luna: StoreInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = api.booked(cut, slots[0], staffId=slots[0]["staffIds"][0])
    api.booked(cut, slots[0], staffId=slots[0]["staffIds"][1])
    tell = reminders.mails.queue_reminder

    def tell_or_die(row: Booking, *, kind: str) -> None:
        if row.token == first["token"]:
            raise ZeroDivisionError
        tell(row, kind=kind)

    monkeypatch.setattr(reminders.mails, "queue_reminder", tell_or_die)
    start = datetime.fromisoformat(first["startTime"])
    sweep(start, DAY)
    assert kinds(luna) == ["reminder-day"]
    monkeypatch.undo()
    sweep(start, DAY - timedelta(minutes=6))
    assert kinds(luna) == ["reminder-day"] * 2


def test_the_neighbours_settings_and_rows_are_their_own(
    booked: Row, luna: StoreInfo, barber: StoreInfo
) -> None:
    Store.objects.filter(pk=barber.id).update(reminds_day_before=False, reminds_hours_before=False)
    sweep(datetime.fromisoformat(booked["startTime"]), DAY)
    assert kinds(luna) == ["reminder-day"]
    assert kinds(barber) == []
