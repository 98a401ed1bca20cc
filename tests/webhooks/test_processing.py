"""What webhooks of the catalogue do: one question for many, the newest wins, the next client finds it."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from catalog.queries import get_catalog
from store.tenancy import StoreInfo, store_scope
from tests.catalog.upstream import Upstream, make_row
from tests.webhooks.conftest import Inbox, Sender
from webhooks import handlers
from webhooks.models import InboxEvent
from webhooks.services import replay

pytestmark = pytest.mark.django_db(transaction=True)


def change(upstream: Upstream, kind: str, number: int = 0, *, version: int, **fields: Any) -> dict[str, Any]:
    """Mango Biz changes one of its rows; returns what a webhook tells of it."""
    row = make_row(kind, number, version=version, **fields)
    if kind == "business":
        upstream.business = row
    else:
        others = [other for other in upstream.rows[kind] if other["id"] != row["id"]]
        upstream.rows[kind] = sorted([*others, row], key=lambda other: str(other["name"]))
    return row


def names_of(store: StoreInfo) -> list[str]:
    with store_scope(store):
        return [service.name for service in get_catalog().services]


def test_many_events_cost_one_question_a_collection(
    mango: Sender, upstream: Upstream, inbox: Inbox, luna: StoreInfo
) -> None:
    for number in range(30):
        mango.send("services.updated", change(upstream, "services", number, version=2))
        mango.send("products.updated", change(upstream, "products", number, version=2))
    inbox.work()
    assert upstream.counts() == {"/sync/services": 1, "/sync/products": 1}
    assert Counter(inbox.states().values()) == {"done: up to date": 60}
    assert len(names_of(luna)) == 30
    assert upstream.counts() == {"/sync/services": 1, "/sync/products": 1}, "the next client finds it warm"


@pytest.mark.parametrize("kind", ["business", "services", "products", "staff", "gallery", "reviews"])
def test_every_collection_is_brought_up_to_date(
    mango: Sender, upstream: Upstream, inbox: Inbox, luna: StoreInfo, kind: str
) -> None:
    mango.send(f"{kind}.updated", change(upstream, kind, version=9))
    inbox.work()
    row = InboxEvent.across_stores.get()
    assert (row.state, row.due_at, row.lease, row.attempts) == ("done", None, None, 1)
    assert row.finished_at is not None
    assert len(upstream.asked) == 1


def test_a_version_that_is_here_costs_no_question(mango: Sender, upstream: Upstream, inbox: Inbox) -> None:
    row = change(upstream, "services", version=5)
    mango.send("services.updated", row, event_id="a")
    inbox.work()
    upstream.asked.clear()
    mango.send("services.updated", row, event_id="b")
    mango.send("services.updated", {**row, "version": 3}, event_id="c")
    inbox.work()
    assert inbox.states() == {"a": "done: up to date", "b": "done: already known", "c": "done: already known"}
    assert upstream.asked == []


def test_out_of_order_and_five_times_each(
    mango: Sender, upstream: Upstream, inbox: Inbox, luna: StoreInfo
) -> None:
    """Versions 1 to 6 of four services, shuffled, some with the same id: the newest stays."""
    told = []
    for version in range(2, 7):
        for number in range(4):
            name = f"{number} in version {version}"
            told.append(
                (change(upstream, "services", number, version=version, name=name), f"{number}-{version}")
            )
    told *= 5
    random.Random(7).shuffle(told)
    for number, (row, event_id) in enumerate(told):
        mango.send("services.updated", row, event_id=event_id)
        if number % 9 == 0:
            inbox.work()
    inbox.work()
    assert InboxEvent.across_stores.count() == 20
    assert set(InboxEvent.across_stores.values_list("state", flat=True)) == {"done"}
    assert names_of(luna) == [f"{number} in version 6" for number in range(4)]


def test_the_newest_of_several_about_one_is_what_counts(
    mango: Sender, upstream: Upstream, inbox: Inbox, luna: StoreInfo
) -> None:
    """Version 3 is here; of 2 and 4 in one batch the older one must not be taken for all."""
    old = change(upstream, "services", version=3, name="Version 3")
    mango.send("services.updated", old)
    inbox.work()
    new = change(upstream, "services", version=4, name="Version 4")
    for row in (new, {**old, "version": 2}):
        mango.send("services.updated", row)
    inbox.work()
    assert names_of(luna) == ["Version 4"]


def test_what_is_deleted_stays_deleted(
    mango: Sender, upstream: Upstream, inbox: Inbox, luna: StoreInfo
) -> None:
    """Also where the last word about it comes before an older one."""
    row = change(upstream, "services", 1, version=2)
    mango.send("services.updated", row)
    inbox.work()
    assert "services 001" in names_of(luna)
    upstream.rows["services"].remove(row)
    mango.send("services.deleted", {"id": row["id"], "version": 3}, event_id="deleted")
    inbox.work()
    mango.send("services.updated", {**row, "version": 2}, event_id="late")
    inbox.work()
    assert set(InboxEvent.across_stores.values_list("state", flat=True)) == {"done"}
    assert "services 001" not in names_of(luna)


def test_what_nobody_handles_is_kept_for_later(
    mango: Sender, upstream: Upstream, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(handlers._handlers, "orders.updated")
    mango.send("orders.updated", event_id="a")
    inbox.work()
    assert inbox.states() == {"a": "ignored: nobody here handles this kind"}
    assert replay(InboxEvent.across_stores.filter(state="ignored")) == 1
    row = inbox.event("a")
    assert (row.state, row.outcome, row.finished_at, row.replays) == ("received", "", None, 1)
    assert upstream.asked == []


def test_the_neighbour_is_not_asked_about(
    mango: Sender, upstream: Upstream, inbox: Inbox, luna: StoreInfo, barber: StoreInfo, salons: Any
) -> None:
    mango.send("services.updated", change(upstream, "services", version=2, name="New"))
    inbox.work()
    assert names_of(luna) == ["New"]
    assert [asked.headers["Authorization"] for asked in upstream.asked] == [
        f"Bearer {salons['luna-hair'].api_key}"
    ]
    assert names_of(barber) == ["services 000"]
