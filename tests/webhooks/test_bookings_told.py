"""What the salon does with a booking reaches its client: once, and with the webhook's own "done"."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from booking.models import Booking
from catalog import memory
from catalog.queries import get_catalog
from store.models import Email
from store.tenancy import StoreInfo, store_scope
from tests.booking.helpers import Api, Control
from tests.sandbox_process import SandboxProcess
from tests.webhooks.conftest import Inbox, Sender
from webhooks import handlers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def api(
    luna: StoreInfo, visit: Callable[[StoreInfo], Client], reset_sandbox: SandboxProcess
) -> Iterator[Api]:
    memory.forget_all()
    yield Api(visit(luna))
    memory.forget_all()


@pytest.fixture
def control(luna: StoreInfo, reset_sandbox: SandboxProcess) -> Control:
    return Control(reset_sandbox, luna.slug)


@pytest.fixture
def cut(luna: StoreInfo, api: Api) -> str:
    with store_scope(luna):
        services = get_catalog().services
    return str(next(s.id for s in services if len(s.staff_ids) > 2 and s.is_bookable_online))


@pytest.fixture
def upstreams(api: Api, control: Control, cut: str) -> dict[str, Any]:
    """A confirmed booking as Mango Biz has it."""
    api.booked(cut, api.slots(cut, days=9)[-1])
    return control.bookings()[0]


def state_of(store: StoreInfo) -> str:
    with store_scope(store):
        return str(Booking.objects.get().state)


def told(store: StoreInfo) -> int:
    with store_scope(store):
        return Email.objects.filter(fact__contains="cancelled").count()


def test_the_salon_cancels(mango: Sender, upstreams: dict[str, Any], inbox: Inbox, luna: StoreInfo) -> None:
    """However often and in whatever order it is told: one state, one e-mail."""
    cancelled = {**upstreams, "status": "cancelled", "version": upstreams["version"] + 1}
    mango.send("bookings.cancelled", cancelled, event_id="a")
    inbox.work()
    assert (state_of(luna), told(luna)) == ("cancelled", 1)
    for number in range(3):
        mango.send("bookings.cancelled", cancelled, event_id=f"again {number}".replace(" ", "-"))
        mango.send("bookings.updated", upstreams, event_id=f"late-{number}")
        inbox.work()
    assert (state_of(luna), told(luna)) == ("cancelled", 1)
    states = inbox.states()
    assert states.pop("a") == "done: booking updated"
    assert set(states.values()) == {"done: nothing to change"}


def test_somebody_elses_booking_is_nothing_to_us(
    mango: Sender, upstreams: dict[str, Any], inbox: Inbox, luna: StoreInfo
) -> None:
    mango.send("bookings.created", {**upstreams, "id": "0" * 8 + upstreams["id"][8:], "idempotencyKey": "x"})
    inbox.work()
    assert set(inbox.states().values()) == {"done: nothing to change"}
    assert state_of(luna) == "confirmed"


def test_the_neighbour_cannot_cancel_it(
    neighbour: Sender, upstreams: dict[str, Any], inbox: Inbox, luna: StoreInfo
) -> None:
    neighbour.send("bookings.cancelled", {**upstreams, "status": "cancelled", "version": 99})
    inbox.work()
    assert (state_of(luna), told(luna)) == ("confirmed", 0)


def test_effect_and_done_are_one(
    mango: Sender,
    upstreams: dict[str, Any],
    inbox: Inbox,
    luna: StoreInfo,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A worker that fails after it changed the booking has changed nothing; the next one does it once."""

    def fail(_store_id: object) -> None:
        raise RuntimeError("something broke")

    cancelled = {**upstreams, "status": "cancelled", "version": upstreams["version"] + 1}
    mango.send("bookings.cancelled", cancelled, event_id="a")
    with monkeypatch.context() as broken:
        broken.setattr(handlers, "forget_slots", fail)
        inbox.work()
    assert (state_of(luna), told(luna)) == ("confirmed", 0)
    assert inbox.states() == {"a": "received: RuntimeError"}
    with time_machine.travel(timezone.now() + timedelta(seconds=13)):
        inbox.work()
    assert (state_of(luna), told(luna)) == ("cancelled", 1)
    assert inbox.states() == {"a": "done: booking updated"}


def test_one_bad_booking_does_not_hold_up_the_next(
    mango: Sender, upstreams: dict[str, Any], inbox: Inbox, luna: StoreInfo
) -> None:
    mango.send("bookings.updated", {"id": upstreams["id"], "version": 50}, event_id="bad")
    mango.send("bookings.cancelled", {**upstreams, "status": "cancelled", "version": 51}, event_id="good")
    inbox.work()
    assert inbox.states() == {"bad": "received: ValidationError", "good": "done: booking updated"}
    assert state_of(luna) == "cancelled"


def test_free_times_are_asked_for_again(
    mango: Sender, api: Api, cut: str, upstreams: dict[str, Any], inbox: Inbox
) -> None:
    """A visit that was booked by telephone takes a time that was remembered as free."""
    before = cache.get(f"slots-era:{mango_store_id(mango)}")
    mango.send("bookings.created", {**upstreams, "id": "0" * 8 + upstreams["id"][8:], "idempotencyKey": "x"})
    inbox.work()
    assert cache.get(f"slots-era:{mango_store_id(mango)}") != before


def mango_store_id(mango: Sender) -> str:
    from store.models import Store

    return str(Store.objects.get(tenant_id=mango.tenant).pk)
