"""What the salon changes in Mango Biz reaches the booking and its client: once, in words that fit."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from analytics.models import Alert
from booking.models import Booking
from booking.services import outcomes
from catalog.schemas import Booking as UpstreamBooking
from store.models import Email
from store.tenancy import StoreInfo, store_scope
from tests.booking.helpers import ZOE, Api, Control, hear, last_entry, mails, sweep_later
from tests.conftest import Salon

pytestmark = pytest.mark.django_db(transaction=True)

Row = dict[str, Any]


@pytest.fixture
def move(control: Control, salons: dict[str, Salon]) -> Callable[[str], Row]:
    """move(start): the salon moves the only booking."""
    key = salons["luna-hair"].api_key
    return lambda start: control.put(control.bookings()[0]["id"], start, api_key=key)


def row_of(luna: StoreInfo) -> Booking:
    with store_scope(luna):
        return Booking.objects.get()


def newest(luna: StoreInfo, kind: str) -> Email:
    with store_scope(luna):
        return Email.objects.filter(fact__contains=f"/{kind}/").latest("created_at")


def test_the_salon_cancels(control: Control, booked: Row, luna: StoreInfo) -> None:
    said = control.cancel(control.bookings()[0]["id"])
    assert hear(luna, said)
    assert not hear(luna, said)
    row = row_of(luna)
    assert row.state == "cancelled"
    assert row.remind_at is None
    assert mails(luna) == ["confirmed", "cancelled"]
    assert "The salon canceled your booking" in newest(luna, "cancelled").text
    method, event = last_entry(luna, "cancelled")
    assert (method, event["SEQUENCE"]) == ("CANCEL", 1)
    assert event["UID"] == last_entry(luna, "confirmed")[1]["UID"]


def test_the_page_says_who_canceled_and_offers_no_undo(
    api: Api, control: Control, booked: Row, luna: StoreInfo
) -> None:
    hear(luna, control.cancel(control.bookings()[0]["id"]))
    page = api.client.get(f"/bookings/{booked['token']}/").content.decode()
    assert "The salon canceled your booking" in page
    assert "restoration" not in page


def test_the_salon_moves(control: Control, booked: Row, slots: list[Row], luna: StoreInfo, move: Any) -> None:
    planned = row_of(luna).remind_at
    said = move(slots[-1]["startTime"])
    assert hear(luna, said)
    assert not hear(luna, said)
    row = row_of(luna)
    assert row.start_at == datetime.fromisoformat(slots[-1]["startTime"])
    assert planned != row.remind_at == row.start_at - timedelta(hours=24)
    assert mails(luna) == ["confirmed", "moved"]
    assert "The salon moved your booking" in newest(luna, "moved").text
    method, event = last_entry(luna, "moved")
    assert (method, event["SEQUENCE"]) == ("REQUEST", 1)
    assert event["DTSTART"].dt == row.start_at


def test_somebody_else_will_do_it(control: Control, booked: Row, slots: list[Row], luna: StoreInfo) -> None:
    other = next(who for who in slots[0]["staffIds"] if who != booked["staffId"])
    said = control.patch("bookings", control.bookings()[0]["id"], {"staffId": other, "staffName": "Another"})
    assert hear(luna, said)
    row = row_of(luna)
    assert (str(row.held_staff_id), row.staff_name) == (other, "Another")
    mail = newest(luna, "moved")
    assert "The salon changed your booking" in mail.text
    assert "Another" in mail.text
    assert mail.subject.startswith("Changed: ")


def test_a_note_is_nothing_to_write_about(control: Control, booked: Row, luna: StoreInfo) -> None:
    said = control.patch(
        "bookings", control.bookings()[0]["id"], {"notes": "by the window", "totalPrice": 90}
    )
    assert hear(luna, said)
    row = row_of(luna)
    assert (row.version, row.total_price, row.calendar_sequence) == (said["version"], 90, 0)
    assert mails(luna) == ["confirmed"]


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [("completed", "completed", "Thank you for coming"), ("no_show", "no-show", "We missed you")],
)
def test_after_the_visit(
    api: Api, control: Control, booked: Row, luna: StoreInfo, status: str, kind: str, words: str
) -> None:
    said = control.patch("bookings", control.bookings()[0]["id"], {"status": status})
    assert hear(luna, said)
    assert not hear(luna, said)
    assert row_of(luna).state == status
    assert mails(luna) == ["confirmed", kind]
    assert words in newest(luna, kind).text
    assert "/book/time/?service=" in newest(luna, kind).text
    page = api.client.get(f"/bookings/{booked['token']}/").content.decode()
    assert words in page


def test_older_news_come_too_late(control: Control, booked: Row, luna: StoreInfo) -> None:
    upstream_id = control.bookings()[0]["id"]
    first = control.patch("bookings", upstream_id, {"notes": "first"})
    done = control.patch("bookings", upstream_id, {"status": "completed"})
    assert hear(luna, done)
    assert not hear(luna, first)
    assert row_of(luna).state == "completed"


def test_a_mistake_is_taken_back(control: Control, booked: Row, luna: StoreInfo) -> None:
    upstream_id = control.bookings()[0]["id"]
    hear(luna, control.cancel(upstream_id))
    said = control.patch("bookings", upstream_id, {"status": "confirmed"})
    assert hear(luna, said)
    row = row_of(luna)
    assert row.state == "confirmed"
    assert row.cancelled_at is None
    assert row.remind_at is not None
    assert mails(luna) == ["confirmed", "cancelled", "confirmed"]
    assert last_entry(luna, "confirmed")[1]["SEQUENCE"] == 2


def test_what_is_over_is_corrected_quietly(control: Control, booked: Row, luna: StoreInfo) -> None:
    upstream_id = control.bookings()[0]["id"]
    hear(luna, control.patch("bookings", upstream_id, {"status": "no_show"}))
    with time_machine.travel(datetime.fromisoformat(booked["endTime"])):
        hear(luna, control.patch("bookings", upstream_id, {"status": "confirmed"}))
    assert row_of(luna).state == "confirmed"
    hear(luna, control.patch("bookings", upstream_id, {"status": "no_show"}))
    hear(luna, control.patch("bookings", upstream_id, {"status": "cancelled"}))
    assert row_of(luna).state == "cancelled"
    assert mails(luna) == ["confirmed", "no-show"]


def test_other_peoples_bookings_are_not_ours(
    control: Control, booked: Row, luna: StoreInfo, barber: StoreInfo
) -> None:
    said = control.bookings()[0] | {"version": 9, "status": "cancelled"}
    assert not hear(barber, said)
    assert not hear(luna, said, id="00000000-0000-4000-8000-000000000001", idempotencyKey="")
    assert not hear(luna, said, id="00000000-0000-4000-8000-000000000001", idempotencyKey="front-desk 7")
    # Another appointment under a key that is long answered.
    assert not hear(luna, said, id="00000000-0000-4000-8000-000000000001")
    assert row_of(luna).state == "confirmed"


# --- while something of ours is under way ---------------------------------------------------------------


def test_a_webhook_is_the_answer_that_was_lost(api: Api, control: Control, cut: str, luna: StoreInfo) -> None:
    draft = api.draft(cut, api.slots(cut)[0], client=ZOE).json()["data"]
    control.faults(answerLostRate=1)
    assert api.post(f"draft/{draft['id']}/confirm").json()["data"]["status"] == "pending"
    [said] = control.bookings()
    assert not hear(luna, said, idempotencyKey=f"{draft['id']}.1")
    assert hear(luna, said)
    row = row_of(luna)
    assert (row.state, str(row.upstream_id), row.due_at) == ("confirmed", said["id"], None)
    assert row.confirmation_number == said["confirmationNumber"]
    sweep_later()
    assert mails(luna) == ["pending", "confirmed"]


def test_a_webhook_that_overtakes_the_answer(
    api: Api, control: Control, cut: str, luna: StoreInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker in flight has lost its lease and writes nothing; the client sees the booking anyway."""
    draft = api.draft(cut, api.slots(cut)[0], client=ZOE).json()["data"]
    settle = outcomes.settle_confirmed

    def settle_late(booking: Booking, upstream: UpstreamBooking) -> None:
        assert hear(luna, control.bookings()[0], version=upstream.version + 1)
        settle(booking, upstream)

    monkeypatch.setattr(outcomes, "settle_confirmed", settle_late)
    answer = api.post(f"draft/{draft['id']}/confirm")
    assert answer.status_code == 201
    row = row_of(luna)
    assert row.state == "confirmed"
    assert row.version == control.bookings()[0]["version"] + 1
    assert mails(luna) == ["confirmed"]


def test_our_own_changes_come_back_as_webhooks(
    api: Api, control: Control, booked: Row, slots: list[Row], luna: StoreInfo
) -> None:
    assert not hear(luna, control.bookings()[0])
    api.send("PUT", booked["token"], {"startTime": slots[-1]["startTime"]})
    assert not hear(luna, control.bookings()[0])
    api.post(f"{booked['token']}/cancellation")
    assert not hear(luna, control.bookings()[0])
    assert mails(luna) == ["confirmed", "moved", "cancelled"]


def test_a_webhook_answers_a_wanted_move(
    api: Api, control: Control, booked: Row, slots: list[Row], luna: StoreInfo
) -> None:
    control.faults(answerLostRate=1)
    answer = api.send("PUT", booked["token"], {"startTime": slots[-1]["startTime"]})
    assert answer.status_code == 202
    assert hear(luna, control.bookings()[0])
    row = row_of(luna)
    assert (row.action, row.due_at, row.wanted_start_at) == ("", None, None)
    assert mails(luna) == ["confirmed", "moved"]
    assert "Your booking has moved" in newest(luna, "moved").text
    sweep_later()
    assert mails(luna) == ["confirmed", "moved"]


def test_a_wanted_move_outlives_the_salons_own(
    api: Api, control: Control, booked: Row, slots: list[Row], luna: StoreInfo, move: Any
) -> None:
    control.faults(down="503")
    api.send("PUT", booked["token"], {"startTime": slots[-1]["startTime"]})
    control.faults()
    assert hear(luna, move(slots[8]["startTime"]))
    row = row_of(luna)
    assert row.start_at == datetime.fromisoformat(slots[8]["startTime"])
    assert row.action == "move"
    sweep_later()
    row = row_of(luna)
    assert row.start_at == datetime.fromisoformat(slots[-1]["startTime"])
    assert (row.action, row.calendar_sequence) == ("", 2)
    assert mails(luna) == ["confirmed", "moved", "moved"]


def test_an_answer_older_than_the_row_only_ends_the_wish(
    api: Api,
    control: Control,
    booked: Row,
    slots: list[Row],
    luna: StoreInfo,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settle = outcomes.settle_moved
    salons_time = datetime.fromisoformat(slots[8]["startTime"])

    def settle_late(booking: Booking, upstream: UpstreamBooking) -> None:
        """The salon moved it right after our own move, and its webhook was faster than our answer."""
        moved = control.bookings()[0] | {
            "version": upstream.version + 1,
            "startTime": slots[8]["startTime"],
            "endTime": slots[8]["endTime"],
        }
        assert hear(luna, moved)
        settle(booking, upstream)

    monkeypatch.setattr(outcomes, "settle_moved", settle_late)
    api.send("PUT", booked["token"], {"startTime": slots[-1]["startTime"]})
    row = row_of(luna)
    assert (row.start_at, row.action, row.due_at) == (salons_time, "", None)
    assert mails(luna) == ["confirmed", "moved"]


def test_a_webhook_answers_a_wanted_cancellation(
    api: Api, control: Control, booked: Row, luna: StoreInfo
) -> None:
    control.faults(answerLostRate=1)
    assert api.post(f"{booked['token']}/cancellation").status_code == 202
    assert hear(luna, control.bookings()[0])
    row = row_of(luna)
    assert (row.state, row.action, row.due_at) == ("cancelled", "", None)
    assert mails(luna) == ["confirmed", "cancelled"]
    assert "We are sorry you cannot come" in newest(luna, "cancelled").text


def test_whoever_cancels_is_not_told_of_a_new_time(
    api: Api, control: Control, booked: Row, slots: list[Row], luna: StoreInfo, move: Any
) -> None:
    control.faults(down="503")
    api.post(f"{booked['token']}/cancellation")
    control.faults()
    assert hear(luna, move(slots[-1]["startTime"]))
    assert row_of(luna).action == "cancel"
    sweep_later()
    assert mails(luna) == ["confirmed", "cancelled"]
    assert last_entry(luna, "cancelled")[1]["SEQUENCE"] == 2


def test_given_up_too_early(api: Api, control: Control, cut: str, luna: StoreInfo) -> None:
    """Made in spite of everything, and we hear of it only after three days: it is booked, so we say so."""
    slot = api.slots(cut, start=(timezone.now() + timedelta(days=8)).date())[0]
    draft = api.draft(cut, slot, client=ZOE).json()["data"]
    control.faults(answerLostRate=1)
    api.post(f"draft/{draft['id']}/confirm")
    sweep_later(72 * 60 + 1)
    assert row_of(luna).state == "failed"
    assert Alert.objects.get().is_open
    assert hear(luna, control.bookings()[0])
    assert row_of(luna).state == "confirmed"
    assert sorted(mails(luna)) == ["confirmed", "failed", "pending"]
    assert not Alert.objects.get().is_open
