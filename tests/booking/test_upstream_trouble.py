"""Mango Biz is down, slow to say what it did, or of another opinion."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from booking.models import Booking, BookingState
from booking.services import cancel_booking, deliver_due_bookings, delivery, move_booking, purge_drafts
from booking.services.outcomes import postpone
from catalog import cache as catalog_cache
from store.models import Email, Store
from store.tenancy import StoreInfo, store_scope
from tests.booking.helpers import ZOE, Api, Control, sweep_later

pytestmark = pytest.mark.django_db(transaction=True)


def mails(luna: StoreInfo) -> list[str]:
    with store_scope(luna):
        return sorted(mail.fact.split("/")[2] for mail in Email.objects.all())


def test_down_at_confirm_is_pending_and_delivered_later(
    api: Api, control: Control, cut: str, luna: StoreInfo
) -> None:
    draft = api.draft(cut, api.slots(cut)[0], client=ZOE).json()["data"]
    control.faults(down="503")
    answer = api.post(f"draft/{draft['id']}/confirm")
    assert answer.status_code == 202
    booking = answer.json()["data"]
    assert booking["status"] == "pending"
    assert mails(luna) == ["pending"]
    assert api.post(f"draft/{draft['id']}/confirm").status_code == 202

    sweep_later(1)  # still down: tried, and put off again
    assert api.get(booking["token"]).json()["data"]["status"] == "pending"
    control.faults()
    sweep_later(60)
    assert api.get(booking["token"]).json()["data"]["status"] == "confirmed"
    assert mails(luna) == ["confirmed", "pending"]
    assert len(control.bookings()) == 1
    sweep_later(120)
    assert len(control.bookings()) == 1


def test_an_answer_lost_after_the_commit_books_once(
    api: Api, control: Control, cut: str, luna: StoreInfo
) -> None:
    draft = api.draft(cut, api.slots(cut)[0], client=ZOE).json()["data"]
    control.faults(answerLostRate=1)
    answer = api.post(f"draft/{draft['id']}/confirm")
    assert answer.status_code == 202
    with store_scope(luna):
        assert Booking.objects.get().unknown_outcome
    assert len(control.bookings()) == 1
    sweep_later()  # answers to writes are still lost, but the look-up finds it
    [upstream] = control.bookings()
    booking = api.get(answer.json()["data"]["token"]).json()["data"]
    assert booking["status"] == "confirmed"
    assert booking["confirmationNumber"] == upstream["confirmationNumber"]


def test_the_price_changed_is_asked_first(api: Api, control: Control, cut: str) -> None:
    draft = api.draft(cut, api.slots(cut)[0], client=ZOE).json()["data"]
    control.patch("services", cut, {"price": 123.5})  # our copy is not told
    answer = api.post(f"draft/{draft['id']}/confirm", {"acceptedTotal": draft["totalPrice"]})
    assert answer.status_code == 409
    error = answer.json()["error"]
    assert error["code"] == "PRICE_CHANGED"
    assert error["details"]["totalPrice"] == 123.5
    assert control.bookings() == []
    again = api.post(f"draft/{draft['id']}/confirm", {"acceptedTotal": 123.5})
    assert again.status_code == 201, again.content
    assert again.json()["data"]["totalPrice"] == 123.5


def test_a_total_the_client_did_not_see_is_refused_without_asking(
    api: Api, control: Control, cut: str
) -> None:
    draft = api.draft(cut, api.slots(cut)[0], client=ZOE).json()["data"]
    control.faults(down="close")
    answer = api.post(f"draft/{draft['id']}/confirm", {"acceptedTotal": 1})
    assert answer.status_code == 409
    assert answer.json()["error"]["details"]["totalPrice"] == draft["totalPrice"]


def test_a_slot_taken_meanwhile_offers_others(api: Api, control: Control, cut: str, luna: StoreInfo) -> None:
    slot = api.slots(cut)[0]
    draft = api.draft(cut, slot, client=ZOE).json()["data"]
    control.close(slot["startTime"], slot["endTime"])
    answer = api.post(f"draft/{draft['id']}/confirm")
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "SLOT_UNAVAILABLE"
    assert answer.json()["error"]["details"]["alternatives"]
    assert mails(luna) == []
    assert api.get(f"draft/{draft['id']}").status_code == 410
    assert api.post(f"draft/{draft['id']}/confirm").status_code == 409


def test_taken_while_pending_is_rejected_by_mail(
    api: Api, control: Control, cut: str, luna: StoreInfo
) -> None:
    slot = api.slots(cut)[0]
    draft = api.draft(cut, slot, client=ZOE).json()["data"]
    control.faults(down="503")
    booking = api.post(f"draft/{draft['id']}/confirm").json()["data"]
    control.faults()
    control.close(slot["startTime"], slot["endTime"])
    sweep_later()
    answer = api.get(booking["token"]).json()["data"]
    assert answer["status"] == "rejected"
    assert answer["alternatives"]
    assert mails(luna) == ["pending", "rejected"]
    with store_scope(luna):
        assert "/book/time/?service=" in Email.objects.get(fact__contains="/rejected/").text


def test_after_three_days_it_has_failed(api: Api, control: Control, cut: str, luna: StoreInfo) -> None:
    slot = api.slots(cut, start=(timezone.now() + timedelta(days=8)).date())[0]
    draft = api.draft(cut, slot, client=ZOE).json()["data"]
    control.faults(down="503")
    booking = api.post(f"draft/{draft['id']}/confirm").json()["data"]
    sweep_later(72 * 60 + 1)
    assert api.get(booking["token"]).json()["data"]["status"] == "failed"
    assert mails(luna) == ["failed", "pending"]
    control.faults()
    sweep_later(73 * 60)
    assert control.bookings() == []


def test_a_worker_killed_while_sending_leaves_a_row_that_is_due(
    api: Api, control: Control, cut: str, luna: StoreInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = api.draft(cut, api.slots(cut)[0], client=ZOE).json()["data"]
    monkeypatch.setattr("booking.services.delivery.outcomes.settle_confirmed", _die)
    with pytest.raises(SystemExit):
        api.post(f"draft/{draft['id']}/confirm")
    monkeypatch.undo()
    with store_scope(luna):
        row = Booking.objects.get()
        assert row.state == BookingState.SUBMITTING
    assert deliver_due_bookings() == 0  # the lease still runs
    sweep_later(1)
    with store_scope(luna):
        assert Booking.objects.get().state == BookingState.CONFIRMED
    assert len(control.bookings()) == 1


def _die(*_: object) -> None:
    raise SystemExit


def test_cancelling_while_down_is_told_later(api: Api, control: Control, cut: str, luna: StoreInfo) -> None:
    slot = api.slots(cut, start=(timezone.now() + timedelta(days=5)).date())[0]
    booking = api.booked(cut, slot)
    control.faults(down="503")
    answer = api.post(f"{booking['token']}/cancellation")
    assert answer.status_code == 202
    assert answer.json()["data"]["status"] == "confirmed"
    assert api.post(f"{booking['token']}/cancellation").status_code == 202
    control.faults()
    sweep_later()
    assert api.get(booking["token"]).json()["data"]["status"] == "cancelled"
    assert control.bookings()[0]["status"] == "cancelled"
    assert mails(luna) == ["cancelled", "confirmed"]


def test_moving_while_down_is_told_later(api: Api, control: Control, cut: str, luna: StoreInfo) -> None:
    slots = api.slots(cut, start=(timezone.now() + timedelta(days=5)).date())
    booking = api.booked(cut, slots[0])
    wanted = slots[-1]["startTime"]
    control.faults(down="503")
    answer = api.send("PUT", booking["token"], {"startTime": wanted})
    assert answer.status_code == 202
    assert answer.json()["data"]["startTime"] == slots[0]["startTime"]
    control.faults()
    # What is wanted is held against others meanwhile.
    assert booking["staffId"] not in next(
        (
            s["staffIds"]
            for s in api.slots(cut, start=(timezone.now() + timedelta(days=5)).date())
            if s["startTime"] == wanted
        ),
        [],
    )
    sweep_later()
    assert api.get(booking["token"]).json()["data"]["startTime"] == wanted
    assert mails(luna) == ["confirmed", "moved"]


def test_a_pending_booking_can_be_withdrawn(api: Api, control: Control, cut: str, luna: StoreInfo) -> None:
    draft = api.draft(cut, api.slots(cut)[0], client=ZOE).json()["data"]
    control.faults(rateLimited=3)  # a definite no: nothing was done
    booking = api.post(f"draft/{draft['id']}/confirm").json()["data"]
    assert booking["status"] == "pending"
    answer = api.post(f"{booking['token']}/cancellation")
    assert answer.status_code == 200
    assert answer.json()["data"]["status"] == "cancelled"
    control.faults()
    sweep_later()
    assert control.bookings() == []


def test_no_times_while_down(api: Api, control: Control, cut: str) -> None:
    assert api.slots(cut)
    control.faults(down="close")
    cache.delete_pattern("*") if hasattr(cache, "delete_pattern") else None
    today = timezone.now().date() + timedelta(days=20)
    answer = api.get("availability", serviceId=cut, **{"from": today, "to": today})
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "UPSTREAM_UNAVAILABLE"
    assert answer.headers["Retry-After"]


def test_an_expired_draft_is_gone_and_its_time_free(api: Api, cut: str, luna: StoreInfo) -> None:
    slot = api.slots(cut)[0]
    draft = api.draft(cut, slot, client=ZOE).json()["data"]
    later = datetime.fromisoformat(draft["expiresAt"]) + timedelta(seconds=1)
    with time_machine.travel(later):
        assert api.get(f"draft/{draft['id']}").status_code == 410
        assert api.post(f"draft/{draft['id']}/confirm").status_code == 410
        assert api.send("PATCH", f"draft/{draft['id']}", {"extend": True}).status_code == 410
        assert api.draft(cut, slot, staffId=draft["staffId"]).status_code == 201
    with time_machine.travel(later + timedelta(days=1, minutes=20)):
        assert purge_drafts() == 2
    with store_scope(luna):
        assert not Booking.objects.exists()


def test_prices_are_kept_exactly(api: Api, cut: str, luna: StoreInfo) -> None:
    api.booked(cut, api.slots(cut)[0])
    with store_scope(luna):
        assert Booking.objects.get().total_price == Decimal("98.00")


def test_a_worker_that_lost_its_lease_writes_nothing(
    api: Api, control: Control, cut: str, luna: StoreInfo
) -> None:
    draft = api.draft(cut, api.slots(cut)[0], client=ZOE).json()["data"]
    control.faults(down="503")
    api.post(f"draft/{draft['id']}/confirm")
    control.faults()
    with store_scope(luna):
        slow = Booking.objects.get()
        slow.lease(timezone.now())
        Booking.objects.update(due_at=slow.due_at, leased_until=slow.leased_until)
        sweep_later(1)  # another worker took it over and was faster
        postpone(slow, error="too late", maybe_done=True, retry_after=0)
        row = Booking.objects.get()
        assert row.state == BookingState.CONFIRMED
        assert row.due_at is None
    assert mails(luna) == ["confirmed", "pending"]


def test_a_revoked_key_waits_for_an_operator(api: Api, control: Control, cut: str, luna: StoreInfo) -> None:
    draft = api.draft(cut, api.slots(cut)[0], client=ZOE).json()["data"]
    store = Store.objects.get(pk=luna.id)
    good, store.api_key = store.api_key, "mk_revoked"
    store.save()
    answer = api.post(f"draft/{draft['id']}/confirm")
    assert answer.status_code == 202
    store.api_key = good
    store.save()
    sweep_later()
    assert api.get(answer.json()["data"]["token"]).json()["data"]["status"] == "confirmed"


def test_one_rows_bug_does_not_hold_up_the_others(
    api: Api, control: Control, cut: str, luna: StoreInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    slots = api.slots(cut)
    drafts = [api.draft(cut, slot, client=ZOE).json()["data"] for slot in (slots[0], slots[-1])]
    control.faults(down="503")
    for draft in drafts:
        api.post(f"draft/{draft['id']}/confirm")
    control.faults()
    send, bad = delivery._send, drafts[0]["id"]

    def send_or_die(booking: Booking, client: object) -> object:
        if str(booking.pk) == bad:
            raise ZeroDivisionError
        return send(booking, client)  # type: ignore[arg-type]

    monkeypatch.setattr(delivery, "_send", send_or_die)
    sweep_later()
    assert len(control.bookings()) == 1
    monkeypatch.undo()
    sweep_later(60)
    assert len(control.bookings()) == 2


def test_nobody_waits_for_mango_biz_while_rows_are_locked(
    api: Api, control: Control, cut: str, luna: StoreInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With every copy expired: making, delivering, moving and cancelling read the catalogue outside locks."""
    asked_under_lock: list[bool] = []
    read = catalog_cache.read

    def note(*args, **kwargs):
        asked_under_lock.append(connection.in_atomic_block)
        return read(*args, **kwargs)

    monkeypatch.setattr(catalog_cache, "read", note)
    slots = api.slots(cut)
    draft = api.draft(cut, slots[0], client=ZOE).json()["data"]
    control.faults(down="503")
    token = api.post(f"draft/{draft['id']}/confirm").json()["data"]["token"]
    control.faults()
    sweep_later(1)
    with store_scope(luna):
        booking = Booking.objects.get()
        later = next(slot for slot in slots if slot["startTime"] > slots[0]["startTime"])
        move_booking(booking_id=booking.pk, start=datetime.fromisoformat(later["startTime"]))
        cancel_booking(booking_id=booking.pk)
    assert api.get(token).json()["data"]["status"] == "cancelled"
    assert asked_under_lock
    assert not any(asked_under_lock)
