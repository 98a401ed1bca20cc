"""Canceling with a confirm step, and taking it back for two minutes."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from booking.models import Booking
from booking.services import outcomes
from catalog.reading import convert
from catalog.schemas import Booking as UpstreamBooking
from store.models import Email
from store.tenancy import StoreInfo, store_scope
from tests.booking.helpers import ZOE, Api, Control, hear, last_entry, mails, sweep_later

pytestmark = pytest.mark.django_db(transaction=True)

Row = dict[str, Any]


@pytest.fixture
def manage(booked: Row) -> str:
    return f"/bookings/{booked['token']}/"


def row_of(luna: StoreInfo) -> Booking:
    with store_scope(luna):
        return Booking.objects.get()


def show(api: Api, path: str) -> str:
    return str(api.client.get(path).content.decode())


def undo(api: Api, manage: str) -> str:
    """Press it; what the page then says."""
    answer = api.client.post(f"{manage}restoration/")
    assert answer.status_code == 303
    return show(api, answer.headers["Location"])


# --- the confirm step -----------------------------------------------------------------------------------


def test_a_link_only_opens_a_page(api: Api, control: Control, manage: str, luna: StoreInfo) -> None:
    assert f'href="{manage}cancellation/"' in show(api, manage)
    page = show(api, f"{manage}cancellation/")
    assert "Cancel your booking?" in page
    assert "You can move or cancel online until" in page
    assert f'href="{manage}"' in page
    [form] = [
        form for form in re.findall(r"<form.*?</form>", page, flags=re.DOTALL) if "Cancel booking" in form
    ]
    assert 'method="post"' in form
    assert row_of(luna).state == "confirmed"
    api.client.post(f"{manage}cancellation/")
    assert control.bookings()[0]["status"] == "cancelled"
    assert "Your booking is canceled" in show(api, manage)
    assert api.client.get(f"{manage}cancellation/").headers["Location"].endswith(manage)


def test_past_the_window_it_says_whom_to_call(api: Api, booked: Row, manage: str, slots: list[Row]) -> None:
    with time_machine.travel(datetime.fromisoformat(booked["startTime"]) - timedelta(hours=23)):
        for answer in (
            api.client.get(f"{manage}cancellation/"),
            api.client.post(f"{manage}cancellation/"),
            api.client.get(f"{manage}move/"),
            api.client.post(f"{manage}move/", {"slot": slots[5]["startTime"]}),
        ):
            assert answer.status_code == 303
            page = show(api, answer.headers["Location"])
            assert "cannot be changed online any more" in page
            main = page[page.index("<main") : page.index("</main>")]
            assert 'href="tel:+12135550142"' in main
        assert 'href="tel:+12135550142"' in show(api, manage)


# --- taking it back -------------------------------------------------------------------------------------


def test_undo_books_it_again(api: Api, control: Control, manage: str, luna: StoreInfo) -> None:
    first = control.bookings()[0]
    api.client.post(f"{manage}cancellation/")
    page = show(api, manage)
    assert "You can take it back until" in page
    assert f'action="{manage}restoration/"' in page
    assert row_of(luna).remind_at is None

    assert "Your booking is back" in undo(api, manage)
    row = row_of(luna)
    assert (row.state, row.tries_of_key, row.cancelled_at, row.cancel_asked_at) == (
        "confirmed",
        1,
        None,
        None,
    )
    assert row.remind_at == row.start_at - timedelta(hours=24)
    live = [booking for booking in control.bookings() if booking["status"] == "confirmed"]
    assert [booking["idempotencyKey"] for booking in live] == [f"{row.pk}.1"]
    assert live[0]["id"] != first["id"]
    assert mails(luna) == ["confirmed", "cancelled", "restored"]
    method, event = last_entry(luna, "restored")
    assert (method, event["SEQUENCE"]) == ("REQUEST", 2)
    assert event["UID"] == last_entry(luna, "confirmed")[1]["UID"]
    assert "restoration" not in show(api, manage)


def test_pressed_twice_it_is_done_once(api: Api, control: Control, manage: str, luna: StoreInfo) -> None:
    api.client.post(f"{manage}cancellation/")
    assert "Your booking is back" in undo(api, manage)
    assert "Your booking stands" in undo(api, manage)
    assert [booking["status"] for booking in control.bookings()].count("confirmed") == 1
    assert mails(luna) == ["confirmed", "cancelled", "restored"]


def test_again_and_again(api: Api, control: Control, slots: list[Row], manage: str, luna: StoreInfo) -> None:
    """Every key is used once, also where it was moved in between."""
    for _ in range(2):
        api.client.post(f"{manage}cancellation/")
        assert "Your booking is back" in undo(api, manage)
    api.client.post(f"{manage}move/", {"slot": slots[-1]["startTime"]})
    api.client.post(f"{manage}cancellation/")
    undo(api, manage)
    row = row_of(luna)
    assert row.start_at == datetime.fromisoformat(slots[-1]["startTime"])
    [live] = [booking for booking in control.bookings() if booking["status"] == "confirmed"]
    assert live["startTime"] == slots[-1]["startTime"]
    assert live["idempotencyKey"] == row.upstream_key == f"{row.pk}.3"
    assert mails(luna) == [
        "confirmed",
        *["cancelled", "restored"] * 2,
        "moved",
        "cancelled",
        "restored",
    ]
    with store_scope(luna):
        sequences = [int(mail.fact.split("/")[3]) for mail in Email.objects.order_by("created_at")]
    assert sequences == list(range(8))


def test_after_two_minutes_it_is_too_late(api: Api, control: Control, manage: str) -> None:
    api.client.post(f"{manage}cancellation/")
    with time_machine.travel(timezone.now() + timedelta(seconds=121)):
        assert "restoration" not in show(api, manage)
        assert "cannot be taken back any more" in undo(api, manage)
    assert [booking["status"] for booking in control.bookings()] == ["cancelled"]


def test_what_the_salon_canceled_stays_so(api: Api, control: Control, manage: str, luna: StoreInfo) -> None:
    hear(luna, control.cancel(control.bookings()[0]["id"]))
    assert "cannot be taken back any more" in undo(api, manage)


def test_somebody_took_the_time_meanwhile(
    api: Api, control: Control, booked: Row, manage: str, cut: str, luna: StoreInfo, visit: Any
) -> None:
    """Held by another visitor of ours: decided under the same locks as everybody's."""
    api.client.post(f"{manage}cancellation/")
    slot = {"startTime": booked["startTime"]}
    assert Api(visit(luna)).draft(cut, slot, staffId=booked["staffId"]).status_code == 201
    page = undo(api, manage)
    assert "Somebody else has that time now" in page
    assert "Free instead" in page
    assert "restoration" not in page
    with store_scope(luna):
        assert Booking.objects.get(state="cancelled").tries_of_key == 0  # Mango Biz was not even asked
    assert mails(luna) == ["confirmed", "cancelled"]


def test_the_salon_gave_the_time_away(
    api: Api, control: Control, booked: Row, manage: str, luna: StoreInfo
) -> None:
    api.client.post(f"{manage}cancellation/")
    control.close(booked["startTime"], booked["endTime"])
    page = undo(api, manage)
    assert "Somebody else has that time now" in page
    assert "Free instead" in page
    assert row_of(luna).state == "cancelled"
    assert mails(luna) == ["confirmed", "cancelled"]


def test_undone_while_mango_biz_is_away(api: Api, control: Control, manage: str, luna: StoreInfo) -> None:
    api.client.post(f"{manage}cancellation/")
    control.faults(down="503")
    assert "Not confirmed yet" in undo(api, manage)
    row = row_of(luna)
    assert (row.state, row.upstream_id) == ("pending", None)  # the old one is surely gone
    control.faults()
    sweep_later()
    assert row_of(luna).state == "confirmed"
    assert [booking["status"] for booking in control.bookings()].count("confirmed") == 1
    assert sorted(mails(luna)) == ["cancelled", "confirmed", "pending", "restored"]


def test_undone_while_away_and_taken_meanwhile(
    api: Api, control: Control, booked: Row, manage: str, luna: StoreInfo
) -> None:
    api.client.post(f"{manage}cancellation/")
    control.faults(down="503")
    undo(api, manage)
    control.faults()
    control.close(booked["startTime"], booked["endTime"])
    sweep_later()
    assert row_of(luna).state == "cancelled"
    assert sorted(mails(luna)) == ["cancelled", "confirmed", "not-restored", "pending"]
    assert "Free instead" in show(api, manage)


def test_a_wish_mango_biz_never_heard_of_is_withdrawn(
    api: Api, control: Control, manage: str, luna: StoreInfo
) -> None:
    control.faults(rateLimited=3)  # a definite no: nothing was done
    api.client.post(f"{manage}cancellation/")
    page = show(api, manage)
    assert "Your cancellation is on its way" in page
    assert "You can take it back until" in page
    assert "Your booking stands" in undo(api, manage)
    row = row_of(luna)
    assert (row.state, row.action, row.due_at, row.tries_of_key) == ("confirmed", "", None, 0)
    assert row.remind_at is not None
    control.faults()
    sweep_later()
    assert [booking["status"] for booking in control.bookings()] == ["confirmed"]
    assert mails(luna) == ["confirmed"]


@pytest.mark.parametrize("is_canceled_there", [True, False], ids=["canceled-there", "kept-there"])
def test_a_wish_with_an_answer_lost(
    api: Api, control: Control, manage: str, luna: StoreInfo, is_canceled_there: bool
) -> None:
    """Nobody knows whether Mango Biz canceled it: it is asked before anything is booked."""
    control.faults(**({"answerLostRate": 1} if is_canceled_there else {"errorRate": 1}))
    api.client.post(f"{manage}cancellation/")
    assert row_of(luna).unknown_outcome
    control.faults()
    assert "Your booking is back" in undo(api, manage)
    row = row_of(luna)
    assert row.state == "confirmed"
    [live] = [booking for booking in control.bookings() if booking["status"] == "confirmed"]
    assert live["id"] == str(row.upstream_id)
    assert len(control.bookings()) == (2 if is_canceled_there else 1)
    assert mails(luna) == ["confirmed", "restored"]
    assert last_entry(luna, "restored")[1]["SEQUENCE"] == 2


def test_an_answer_lost_and_the_time_given_away(
    api: Api, control: Control, booked: Row, manage: str, luna: StoreInfo
) -> None:
    control.faults(answerLostRate=1)
    api.client.post(f"{manage}cancellation/")
    control.faults()
    control.close(booked["startTime"], booked["endTime"])
    assert "Somebody else has that time now" in undo(api, manage)
    assert row_of(luna).state == "cancelled"
    assert mails(luna) == ["confirmed", "cancelled"]
    method, event = last_entry(luna, "cancelled")
    assert (method, event["SEQUENCE"]) == ("CANCEL", 1)


def test_killed_while_canceling(
    api: Api, control: Control, manage: str, luna: StoreInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Done there, and nobody left here who knows."""

    def die(*_: object) -> None:
        raise SystemExit

    monkeypatch.setattr(outcomes, "settle_cancelled", die)
    with pytest.raises(SystemExit):
        api.client.post(f"{manage}cancellation/")
    monkeypatch.undo()
    assert row_of(luna).action == "cancel"
    with time_machine.travel(timezone.now() + timedelta(seconds=31)):  # its lease is over
        assert "Your booking is back" in undo(api, manage)
    [live] = [booking for booking in control.bookings() if booking["status"] == "confirmed"]
    assert live["id"] == str(row_of(luna).upstream_id)


def test_at_another_price_it_is_not_booked_unasked(
    api: Api, control: Control, cut: str, manage: str, luna: StoreInfo
) -> None:
    api.client.post(f"{manage}cancellation/")
    control.patch("services", cut, {"price": 123.5})
    assert "cannot be taken back any more" in undo(api, manage)
    assert row_of(luna).state == "cancelled"
    assert [booking["status"] for booking in control.bookings()] == ["cancelled"]


def test_late_news_of_the_old_appointment(api: Api, control: Control, manage: str, luna: StoreInfo) -> None:
    api.client.post(f"{manage}cancellation/")
    old = control.bookings()[0]
    assert old["status"] == "cancelled"
    undo(api, manage)
    assert not hear(luna, old)
    assert not hear(luna, old, version=old["version"] + 7)
    assert row_of(luna).state == "confirmed"


def test_news_of_both_while_it_is_on_its_way_back(
    api: Api, control: Control, manage: str, luna: StoreInfo
) -> None:
    """The cancellation's answer was lost, and so is that of making it again: webhooks tell of both."""
    control.faults(answerLostRate=1)
    api.client.post(f"{manage}cancellation/")
    undo(api, manage)
    row = row_of(luna)
    assert row.is_being_restored()
    by_state = {booking["status"]: booking for booking in control.bookings()}
    assert str(row.upstream_id) == by_state["cancelled"]["id"]
    assert hear(luna, by_state["cancelled"])
    assert row_of(luna).upstream_id is None
    assert hear(luna, by_state["confirmed"])
    row = row_of(luna)
    assert (row.state, str(row.upstream_id)) == ("confirmed", by_state["confirmed"]["id"])
    assert not hear(luna, by_state["cancelled"])
    assert mails(luna) == ["confirmed", "pending", "restored"]


def test_canceled_again_on_its_way_back(api: Api, control: Control, manage: str, luna: StoreInfo) -> None:
    """Neither the old nor the new appointment stays."""
    control.faults(answerLostRate=1)
    api.client.post(f"{manage}cancellation/")
    undo(api, manage)
    api.client.post(f"{manage}cancellation/")
    assert row_of(luna).action == "cancel"
    control.faults()
    sweep_later()
    assert row_of(luna).state == "cancelled"
    assert [booking["status"] for booking in control.bookings()] == ["cancelled", "cancelled"]


def test_a_request_withdrawn_before_it_was_sent(
    api: Api, control: Control, cut: str, slots: list[Row], luna: StoreInfo
) -> None:
    draft = api.draft(cut, slots[0], client=ZOE).json()["data"]
    control.faults(rateLimited=3)
    booking = api.post(f"draft/{draft['id']}/confirm").json()["data"]
    manage = f"/bookings/{booking['token']}/"
    assert "The salon does not have it yet" in show(api, f"{manage}cancellation/")
    api.client.post(f"{manage}cancellation/")
    assert row_of(luna).state == "cancelled"
    control.faults()
    undo(api, manage)
    assert row_of(luna).state == "confirmed"
    assert mails(luna) == ["pending", "cancelled", "confirmed"]


def test_undo_waits_for_whoever_is_canceling(
    api: Api, control: Control, manage: str, luna: StoreInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pressed while a worker tells Mango Biz: what that brings comes first."""
    control.faults(rateLimited=3)
    api.client.post(f"{manage}cancellation/")
    control.faults()
    with store_scope(luna):
        claimed = Booking.objects.get()
        claimed.lease(timezone.now() + timedelta(seconds=30))
        claimed.save()

    def worker_has_its_turn(_seconds: float) -> None:
        answer = convert(control.cancel(str(claimed.upstream_id)), UpstreamBooking)
        with store_scope(luna):
            outcomes.settle_cancelled(claimed, answer)

    monkeypatch.setattr("booking.services.confirming.time.sleep", worker_has_its_turn)
    assert "Your booking is back" in undo(api, manage)
    assert row_of(luna).tries_of_key == 1
    assert mails(luna) == ["confirmed", "cancelled", "restored"]


def test_the_neighbour_cannot(api: Api, manage: str, barber: StoreInfo, visit: Any, luna: StoreInfo) -> None:
    api.client.post(f"{manage}cancellation/")
    assert visit(barber).post(f"{manage}restoration/").status_code == 404
    assert row_of(luna).state == "cancelled"
    strict = Client(headers={"host": f"{luna.slug}.localhost"}, enforce_csrf_checks=True)
    assert strict.post(f"{manage}restoration/").status_code == 403
    assert api.client.get(f"{manage}restoration/").status_code == 405
