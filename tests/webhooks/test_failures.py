"""When it does not work at once: back-off, dead letters, poison, and workers that die."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from analytics.models import Alert
from analytics.services import raise_alert
from store.durable import claim
from store.tenancy import StoreInfo
from tests.catalog.upstream import Asked, Reply, Upstream, refuse
from tests.webhooks.conftest import Inbox, Sender
from tests.webhooks.test_processing import change
from webhooks import handlers
from webhooks.models import InboxEvent
from webhooks.services import process_due, processing, purge_inbox, replay

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Stands still until it is moved."""
    with time_machine.travel(timezone.now(), tick=False) as moved:
        yield moved


def is_lunas(asked: Asked, salons: dict[str, object]) -> bool:
    return bool(salons["luna-hair"].api_key in asked.headers["Authorization"])  # type: ignore[attr-defined]


def test_mango_biz_behind_its_own_webhook(
    mango: Sender, upstream: Upstream, inbox: Inbox, clock: time_machine.Traveller
) -> None:
    mango.send("services.updated", {**upstream.rows["services"][0], "version": 2}, event_id="a")
    inbox.work()
    row = inbox.event("a")
    assert (row.state, row.attempts, row.lease) == ("received", 1, None)
    assert row.last_error == "Mango Biz answered with an older version"
    change(upstream, "services", version=2)
    inbox.work()
    assert inbox.event("a").attempts == 1, "not before its time"
    clock.shift(13)
    inbox.work()
    assert inbox.states() == {"a": "done: up to date"}


def test_eight_tries_in_about_a_day_then_an_alert_then_a_replay(
    mango: Sender, upstream: Upstream, inbox: Inbox, luna: StoreInfo, clock: time_machine.Traveller
) -> None:
    upstream.answer = lambda _asked: refuse(400, "NONSENSE")
    mango.send("services.updated", change(upstream, "services", version=2), event_id="a")
    pauses: list[float] = []
    while (row := inbox.event("a")).state == "received":
        assert row.due_at is not None
        pauses.append((row.due_at - timezone.now()).total_seconds())
        clock.move_to(row.due_at)
        inbox.work()
    for pause, expected in zip(pauses[1:], [10, 42, 176, 741, 3112, 13069, 54890], strict=True):
        assert 0.79 * expected <= pause <= 1.21 * expected
    assert len(set(pauses)) == 8
    assert (row.state, row.attempts, row.due_at) == ("dead", 8, None)
    assert "400 NONSENSE" in row.last_error
    alert = Alert.objects.get()
    assert (alert.kind, alert.store_id, alert.subject, alert.is_open) == ("webhook_dead", luna.id, "a", True)
    upstream.answer = upstream.honestly
    replay(InboxEvent.across_stores.filter(state="dead"))
    clock.shift(300)  # whatever rested after the failures has rested
    inbox.work()
    assert inbox.states() == {"a": "done: up to date"}
    assert not Alert.objects.get().is_open


def test_a_store_whose_mango_biz_is_away_costs_one_question_a_run(
    mango: Sender, neighbour: Sender, upstream: Upstream, inbox: Inbox, salons: dict[str, object]
) -> None:
    """And the neighbour is served all the same."""
    upstream.answer = lambda asked: (
        Reply(hang_up=True) if is_lunas(asked, salons) else upstream.honestly(asked)
    )
    for kind in ("services", "products", "staff", "gallery", "reviews"):
        row = change(upstream, kind, version=2)
        mango.send(f"{kind}.updated", row)
        neighbour.send(f"{kind}.updated", row)
    inbox.work()
    assert len({asked.path for asked in upstream.asked if is_lunas(asked, salons)}) == 1
    states = InboxEvent.across_stores.values_list("store__slug", "state").distinct()
    assert set(states.order_by()) == {("luna-hair", "received"), ("one-chair", "done")}


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_holds_up_its_own_store_only(
    mango: Sender, neighbour: Sender, upstream: Upstream, inbox: Inbox, salons: dict[str, object], status: int
) -> None:
    upstream.answer = lambda asked: (
        refuse(status, "UNAUTHORIZED") if is_lunas(asked, salons) else upstream.honestly(asked)
    )
    for sender in (mango, neighbour):
        for kind in ("services", "products"):
            sender.send(f"{kind}.updated", change(upstream, kind, version=2))
    inbox.work()
    assert len([asked for asked in upstream.asked if is_lunas(asked, salons)]) == 1
    assert InboxEvent.across_stores.filter(store__slug="one-chair", state="done").count() == 2


def test_a_refused_key_is_told_of_once(
    mango: Sender, luna: StoreInfo, upstream: Upstream, inbox: Inbox, clock: time_machine.Traveller
) -> None:
    """Not once more for each event that could not be looked at because of it."""
    raise_alert(Alert.Kind.KEY_REFUSED, store_id=luna.id)
    upstream.answer = lambda _asked: refuse(401, "UNAUTHORIZED")
    mango.send("services.updated", change(upstream, "services", version=2), event_id="a")
    for _try in range(8):
        clock.shift(timedelta(hours=24))
        inbox.work()
    assert inbox.event("a").state == "dead"
    assert [alert.kind for alert in Alert.objects.all()] == ["key_refused"]


def test_retry_after_is_kept_to(
    mango: Sender, upstream: Upstream, inbox: Inbox, clock: time_machine.Traveller
) -> None:
    upstream.answer = lambda _asked: refuse(429, "RATE_LIMITED", **{"Retry-After": "90"})
    mango.send("services.updated", change(upstream, "services", version=2), event_id="a")
    inbox.work()
    due = inbox.event("a").due_at
    assert due is not None
    assert due - timezone.now() >= timedelta(seconds=90)


def test_poison_among_others(mango: Sender, upstream: Upstream, inbox: Inbox) -> None:
    """An event nobody thought of: the batch is taken one by one, and only it is tried again."""
    for number in range(5):
        mango.send("services.updated", change(upstream, "services", number, version=2), event_id=f"{number}")
    InboxEvent.across_stores.filter(event_id="3").update(entity_id="poison")
    inbox.work()
    states = inbox.states()
    assert states.pop("3") == "received: ValueError"
    assert set(states.values()) == {"done: up to date"}


@pytest.mark.parametrize("payload", ["{", "[]", '{"data": {"status": "confirmed"}}', '{"data": null}'])
def test_a_booking_that_cannot_be_read(mango: Sender, upstream: Upstream, inbox: Inbox, payload: str) -> None:
    for event_id in ("a", "b"):
        mango.send("bookings.updated", event_id=event_id)
    for row in InboxEvent.across_stores.all():
        row.payload = payload
        row.save()
    inbox.work()
    assert {state.partition(":")[0] for state in inbox.states().values()} == {"received"}
    assert inbox.event("a").last_error


def test_a_killed_workers_events_come_back(
    mango: Sender, upstream: Upstream, inbox: Inbox, clock: time_machine.Traveller
) -> None:
    mango.send("services.updated", change(upstream, "services", version=2), event_id="a")
    claim(InboxEvent, limit=10, lease=processing.LEASE)  # and dies
    inbox.work()
    assert inbox.event("a").state == "received"
    clock.shift(processing.LEASE + timedelta(seconds=1))
    inbox.work()
    assert inbox.states() == {"a": "done: up to date"}
    assert inbox.event("a").attempts == 2


def test_one_that_kills_every_worker_is_given_up(
    mango: Sender, upstream: Upstream, inbox: Inbox, clock: time_machine.Traveller
) -> None:
    for event_id in ("a", "b"):
        mango.send("services.updated", change(upstream, "services", version=2), event_id=event_id)
    for _ in range(processing.DEATHS):
        InboxEvent.across_stores.filter(event_id="b").update(attempts=0)
        claim(InboxEvent, limit=10, lease=processing.LEASE)
        clock.shift(processing.LEASE + timedelta(seconds=1))
    inbox.work()
    assert inbox.event("a").state == "dead"
    assert Alert.objects.get().subject == "a"
    assert inbox.event("b").state == "done"


def test_a_worker_that_lost_its_lease_writes_nothing(
    mango: Sender, upstream: Upstream, inbox: Inbox, clock: time_machine.Traveller
) -> None:
    """It was replayed while Mango Biz was asked; so it is with a lease that ran out."""
    mango.send("services.updated", change(upstream, "services", version=2), event_id="a")

    def slowly(asked: Asked) -> Reply:
        replay(InboxEvent.across_stores.all())
        upstream.answer = upstream.honestly
        return upstream.honestly(asked)

    upstream.answer = slowly
    process_due(limit=1)
    row = inbox.event("a")
    assert (row.state, row.attempts, row.replays) == ("done", 1, 1), "by the second look, not the first"
    assert len(upstream.asked) >= 1


def test_a_run_that_is_over_gives_back_what_it_did_not_touch(
    mango: Sender, upstream: Upstream, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("services", "products"):
        mango.send(f"{kind}.updated", change(upstream, kind, version=2))
    moments = iter([0.0, 0.0, 1000.0])
    with monkeypatch.context() as patch:
        patch.setattr(processing, "time", SimpleNamespace(monotonic=lambda: next(moments, 1000.0)))
        inbox.work()
    assert upstream.asked == []
    for row in InboxEvent.across_stores.all():
        assert (row.state, row.attempts, row.lease) == ("received", 0, None)
    inbox.work()
    assert set(InboxEvent.across_stores.values_list("state", flat=True)) == {"done"}


def test_two_owners_of_one_kind_are_an_error() -> None:
    other = handlers.Handler("other", alone=lambda _event: "done")
    with pytest.raises(ImproperlyConfigured, match=r"services\.updated"):
        handlers.register(other, ["services.updated"])


def test_old_rows_are_forgotten(mango: Sender, upstream: Upstream, inbox: Inbox) -> None:
    now = timezone.now()
    ages = {"done": (29, 31), "dead": (89, 91), "ignored": (89, 91), "received": (1, 1000)}
    for state, days in ages.items():
        for age in days:
            mango.send("services.updated", event_id=f"{state} {age}")
            at = now - timedelta(days=age)
            InboxEvent.across_stores.filter(event_id=f"{state} {age}").update(state=state, received_at=at)
    assert purge_inbox() == 3
    assert set(inbox.states()) == {"done 29", "dead 89", "ignored 89", "received 1", "received 1000"}
