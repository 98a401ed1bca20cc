"""Days that are not 24 hours long, visits that cross midnight, and when to try again."""

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from icalendar import Calendar

from booking.models import Booking, StaffDay, local_days, pack_lines
from booking.services import Choice, OpenSlot, SlotTaken, open_draft
from booking.services.calendar import build_calendar
from booking.services.menu import Wish, choose
from booking.services.schedule import GIVE_UP_AFTER, give_up_at, next_try
from booking.timepage import make_slot
from catalog.queries import get_catalog
from catalog.schemas import Slot
from store.names import short_name
from store.tenancy import StoreInfo, store_scope

LORD_HOWE = ZoneInfo("Australia/Lord_Howe")


def test_the_day_of_an_appointment_is_the_salons() -> None:
    start = datetime(2027, 4, 3, 14, 0, tzinfo=UTC)  # 01:00 on the 4th, half an hour before clocks go back
    assert local_days(start, start + timedelta(hours=1), LORD_HOWE) == [date(2027, 4, 4)]
    late = datetime(2027, 4, 4, 13, 0, tzinfo=UTC)  # 23:30 by the new clock, +10:30
    assert local_days(late, late + timedelta(minutes=30), LORD_HOWE) == [date(2027, 4, 4)]
    assert local_days(late, late + timedelta(minutes=31), LORD_HOWE) == [date(2027, 4, 4), date(2027, 4, 5)]


@pytest.mark.django_db
def test_the_half_hour_that_comes_twice_is_told_apart(barber: StoreInfo) -> None:
    with store_scope(barber):
        service = next(s for s in get_catalog().services if s.is_bookable_online)
        choice = choose(wishes=[Wish(service.id)], staff_id=None)
        assert choice.zone == LORD_HOWE
        first = datetime(2027, 4, 3, 14, 45, tzinfo=UTC)  # 01:45 summer time
        texts = [
            make_slot(OpenSlot(moment, moment + choice.length, ()), choice).text
            for moment in (first, first + timedelta(minutes=30), first + timedelta(hours=1))
        ]
    assert len(set(texts)) == 3
    assert texts[0].startswith("1:45")
    assert texts[1].startswith("1:45")
    assert texts[2].startswith("2:15")


def make_booking(store: StoreInfo, start: datetime, zone: ZoneInfo, service_id: uuid.UUID) -> Booking:
    choice = choose(wishes=[Wish(service_id)], staff_id=None)
    booking = Booking(
        store_id=store.id,
        items=pack_lines(choice.lines),
        timezone=str(zone),
        held_staff_id=uuid.uuid4(),
        total_price=Decimal(10),
        currency="AUD",
        expires_at=timezone.now(),
        first_name="Zoë",
        last_name="O",
        email="zoe@example.com",
    )
    booking.set_time(start, start + timedelta(hours=1))
    booking.set_token()
    booking.save()
    return booking


@pytest.mark.django_db
def test_a_calendar_entry_knows_the_half_hour(barber: StoreInfo) -> None:
    start = datetime(2027, 4, 4, 0, 0, tzinfo=UTC)
    with store_scope(barber):
        service = next(s for s in get_catalog().services if s.is_bookable_online)
        booking = make_booking(barber, start, LORD_HOWE, service.id)
        text = build_calendar(
            booking=booking,
            method="REQUEST",
            place="Here",
            salon_email="a@b.example",
            link="http://x.example/",
        )
    calendar = Calendar.from_ical(text)
    [event] = calendar.walk("VEVENT")
    assert event["DTSTART"].dt.astimezone(UTC) == start
    assert "TZOFFSETTO:+1030" in text
    assert "TZOFFSETTO:+1100" in text
    assert str(event["UID"]).startswith(str(booking.pk))
    assert calendar["METHOD"] == "REQUEST"
    assert "\r\n" in text


@pytest.mark.django_db(transaction=True)
def test_a_visit_over_midnight_locks_both_days(luna: StoreInfo, monkeypatch: pytest.MonkeyPatch) -> None:
    with store_scope(luna):
        service = next(s for s in get_catalog().services if len(s.staff_ids) > 1 and s.is_bookable_online)
        person = service.staff_ids[0]
        choice = choose(wishes=[Wish(service.id)], staff_id=person)
        tomorrow = timezone.now().astimezone(choice.zone).date() + timedelta(days=1)
        late = datetime(tomorrow.year, tomorrow.month, tomorrow.day, 23, 30, tzinfo=choice.zone).astimezone(
            UTC
        )
        starts = [late, late + timedelta(minutes=45)]  # the second one begins on the next day
        monkeypatch.setattr(
            "booking.services.availability._ask_mango_biz",
            lambda _choice, first, last: [
                Slot(start_time=start, end_time=start + choice.length, staff_ids=(person,))
                for start in starts
                if first <= start.astimezone(_choice.zone).date() <= last
            ],
        )
        open_draft(choice=choice, start=starts[0])
        assert list(StaffDay.objects.order_by("day").values_list("day", flat=True)) == [
            tomorrow,
            tomorrow + timedelta(days=1),
        ]
        with pytest.raises(SlotTaken):
            open_draft(choice=choice, start=starts[1])


def test_pauses_grow_to_a_quarter_of_an_hour() -> None:
    now = timezone.now()
    pauses = [(next_try(now, attempts) - now).total_seconds() for attempts in range(1, 30)]
    assert 4 <= pauses[0] <= 6
    assert 8 <= pauses[1] <= 12
    assert all(pause <= 1080 for pause in pauses)
    assert all(pause >= 720 for pause in pauses[9:])
    assert (next_try(now, 1, not_before_seconds=30) - now).total_seconds() == 30


def test_nobody_is_told_yes_after_the_visit() -> None:
    now = timezone.now()
    assert give_up_at(now, visit=now + timedelta(hours=2)) == now + timedelta(hours=2)
    assert give_up_at(now, visit=now + timedelta(days=30)) == now + GIVE_UP_AFTER


def test_a_choice_with_another_add_on_has_other_slots() -> None:
    base = Choice((), None, LORD_HOWE, "AUD", Decimal(0))
    assert base.cache_key != base.for_person(uuid.uuid4()).cache_key


@pytest.mark.parametrize(
    ("name", "called"),
    [("Zoë Lindqvist", "Zoë"), ("Phạm Minh Đức", "Đức"), ("Mai Nguyễn", "Mai"), ("Cher", "Cher"), ("", "")],
)
def test_people_are_called_as_they_are(name: str, called: str) -> None:
    assert short_name(name) == called
