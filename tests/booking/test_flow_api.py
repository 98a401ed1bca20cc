"""From a free time to a confirmed booking and back, through the JSON API."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from icalendar import Calendar

from booking.models import Booking
from catalog.queries import get_catalog
from store.models import Email
from store.tenancy import StoreInfo, store_scope
from tests.booking.helpers import ZOE, Api, Control, check_shape, key

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_booking_from_free_time_to_mango_biz(api: Api, control: Control, cut: str, luna: StoreInfo) -> None:
    slot = api.slots(cut)[0]
    answer = api.draft(cut, slot)
    assert answer.status_code == 201
    draft = answer.json()["data"]
    check_shape("DraftEnvelope", answer.json())
    assert draft["startTime"] == slot["startTime"]
    assert draft["staffId"] in slot["staffIds"]

    answer = api.post(f"draft/{draft['id']}/confirm", {"client": ZOE, "acceptedTotal": draft["totalPrice"]})
    assert answer.status_code == 201, answer.content
    check_shape("BookingEnvelope", answer.json())
    booking = answer.json()["data"]
    assert booking["status"] == "confirmed"
    assert booking["confirmationNumber"]

    [upstream] = control.bookings()
    assert upstream["idempotencyKey"] == draft["id"]
    assert upstream["client"]["phone"] == "+12135550107"
    assert upstream["staffId"] == draft["staffId"]

    answer = api.get(f"{booking['token']}")
    check_shape("BookingEnvelope", answer.json())
    assert answer.json()["data"]["status"] == "confirmed"
    with store_scope(luna):
        [mail] = Email.objects.all()
        assert mail.recipient == ZOE["email"]
        assert booking["token"] in mail.text
        assert "METHOD:REQUEST" in mail.calendar
    assert slot not in api.slots(cut, staffId=draft["staffId"])


def test_what_is_held_is_not_offered_to_others(api: Api, cut: str) -> None:
    slot = api.slots(cut)[0]
    held = api.draft(cut, slot).json()["data"]["staffId"]
    offered = {s["startTime"]: s["staffIds"] for s in api.slots(cut)}
    assert held not in offered.get(slot["startTime"], [])


def test_confirming_again_answers_the_same_booking(api: Api, control: Control, cut: str) -> None:
    draft = api.draft(cut, api.slots(cut)[0], client=ZOE).json()["data"]
    first = api.post(f"draft/{draft['id']}/confirm").json()["data"]
    again = api.post(f"draft/{draft['id']}/confirm")
    assert again.status_code == 201
    assert again.json()["data"]["token"] == first["token"]
    assert len(control.bookings()) == 1


def test_the_same_key_answers_the_same_draft(api: Api, luna: StoreInfo, cut: str) -> None:
    slot = api.slots(cut)[0]
    body = {"items": [{"serviceId": cut}], "startTime": slot["startTime"]}
    headers = {"Idempotency-Key": key()}
    first, again = (api.post("draft", body, **headers) for _ in range(2))
    assert first.content == again.content
    with store_scope(luna):
        assert Booking.objects.count() == 1
    other = api.post("draft", {**body, "notes": "hello"}, **headers)
    assert other.status_code == 422
    assert other.json()["error"]["code"] == "IDEMPOTENCY_MISMATCH"


def test_a_hold_can_be_extended_three_times(api: Api, cut: str) -> None:
    draft = api.draft(cut, api.slots(cut)[0]).json()["data"]
    for _ in range(3):
        answer = api.send("PATCH", f"draft/{draft['id']}", {"extend": True})
        assert answer.status_code == 200
        check_shape("DraftEnvelope", answer.json())
    refused = api.send("PATCH", f"draft/{draft['id']}", {"extend": True})
    assert refused.status_code == 422
    assert "extend" in refused.json()["error"]["details"]["fields"]


def test_moving_and_cancelling(api: Api, control: Control, cut: str, luna: StoreInfo) -> None:
    soon = date.today() + timedelta(days=5)
    slots = api.slots(cut, start=soon)
    booking = api.booked(cut, slots[0])
    moved = api.send("PUT", booking["token"], {"startTime": slots[-1]["startTime"]})
    assert moved.status_code == 200, moved.content
    check_shape("BookingEnvelope", moved.json())
    assert moved.json()["data"]["startTime"] == slots[-1]["startTime"]
    [upstream] = control.bookings()
    assert upstream["startTime"] == slots[-1]["startTime"]

    for _ in range(2):
        cancelled = api.post(f"{booking['token']}/cancellation")
        assert cancelled.status_code == 200
        assert cancelled.json()["data"]["status"] == "cancelled"
    assert control.bookings()[0]["status"] == "cancelled"
    with store_scope(luna):
        kinds = sorted(mail.fact.split("/")[2] for mail in Email.objects.all())
        assert kinds == ["cancelled", "confirmed", "moved"]
        uids = {line for mail in Email.objects.all() for line in mail.calendar.splitlines() if "UID" in line}
        assert len(uids) == 1
        found = {mail.fact.split("/")[2]: Calendar.from_ical(mail.calendar) for mail in Email.objects.all()}
        sequences = {kind: entry.walk("VEVENT")[0]["SEQUENCE"] for kind, entry in found.items()}
        assert sequences == {"confirmed": 0, "moved": 1, "cancelled": 2}
        assert found["cancelled"]["METHOD"] == "CANCEL"


def test_past_the_window_nothing_changes(api: Api, control: Control, cut: str) -> None:
    slots = api.slots(cut, start=date.today() + timedelta(days=5))
    booking = api.booked(cut, slots[0])
    start = datetime.fromisoformat(booking["startTime"])
    with time_machine.travel(start - timedelta(hours=23, minutes=59)):  # the salon wants 24
        refused = api.post(f"{booking['token']}/cancellation")
        assert refused.status_code == 409
        assert refused.json()["error"]["code"] == "NOT_CANCELLABLE"
        moved = api.send("PUT", booking["token"], {"startTime": slots[5]["startTime"]})
        assert moved.status_code == 409
        assert moved.json()["error"]["code"] == "NOT_CHANGEABLE"
        assert api.get(booking["token"]).json()["data"]["cancellableUntil"] is None
    assert control.bookings()[0]["status"] == "confirmed"


def test_the_neighbour_sees_nothing(api: Api, cut: str, barber: StoreInfo, visit: object) -> None:
    neighbour = Api(visit(barber))  # type: ignore[operator]
    slot = api.slots(cut)[0]
    draft = api.draft(cut, slot, client=ZOE).json()["data"]
    assert neighbour.get(f"draft/{draft['id']}").status_code == 404
    assert neighbour.post(f"draft/{draft['id']}/confirm").status_code == 404
    booking = api.post(f"draft/{draft['id']}/confirm").json()["data"]
    assert neighbour.get(booking["token"]).status_code == 404
    assert neighbour.post(f"{booking['token']}/cancellation").status_code == 404
    assert neighbour.draft(cut, slot).status_code == 422


def test_several_services_with_add_ons(api: Api, control: Control, luna: StoreInfo) -> None:
    with store_scope(luna):
        first = next(s for s in get_catalog().services if s.is_bookable_online and s.add_ons)
        alike = [s for s in get_catalog().services if s.staff_ids == first.staff_ids and s.is_bookable_online]
        second = next(s for s in alike if s.id != first.id)
    extra = first.add_ons[0]
    ids = f"{first.id},{second.id}"
    slot = api.slots(ids, addOnIds=str(extra.id))[0]
    items = [{"serviceId": first.id, "addOnIds": [extra.id]}, {"serviceId": second.id}]
    draft = api.post("draft", {"items": items, "startTime": slot["startTime"], "client": ZOE}).json()["data"]
    minutes = first.duration + extra.duration + second.duration
    start, end = (datetime.fromisoformat(draft[name]) for name in ("startTime", "endTime"))
    assert end - start == timedelta(minutes=minutes)
    assert draft["totalPrice"] == float(first.price + extra.price + second.price)
    assert api.post(f"draft/{draft['id']}/confirm").status_code == 201
    [upstream] = control.bookings()
    assert [item["addOnIds"] for item in upstream["items"]] == [[str(extra.id)], []]


def test_a_deposit_is_named_and_paid_at_the_salon(api: Api, luna: StoreInfo) -> None:
    with store_scope(luna):
        service = next(s for s in get_catalog().services if s.is_bookable_online and s.deposit_amount)
    draft = api.draft(str(service.id), api.slots(str(service.id))[0], client=ZOE).json()["data"]
    assert draft["depositDue"] == float(service.deposit_amount)
    assert "you pay that, like the rest, at the salon" in api.client.get(
        f"/book/{draft['id']}/details/"
    ).content.decode().replace("\n", " ")
    assert api.post(f"draft/{draft['id']}/confirm").status_code == 201


def test_a_time_that_turns_out_taken_is_not_offered_again(api: Api, control: Control, cut: str) -> None:
    slot = api.slots(cut)[0]
    control.close(slot["startTime"], slot["endTime"])  # within the few seconds we remember
    assert slot in api.slots(cut)
    assert api.draft(cut, slot).status_code == 409
    assert slot not in api.slots(cut)
