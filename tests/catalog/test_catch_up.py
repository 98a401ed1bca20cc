"""Copies brought up to what webhooks told of, in all the ways that can go."""

import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache as django_cache
from django.db import connection
from django_redis import get_redis_connection

import config.redis
from catalog import kept, memory, renewal
from catalog.errors import NotAsked, UpstreamChanged, UpstreamUnavailable
from catalog.models import Snapshot
from catalog.queries import get_catalog
from catalog.services import catch_up, expire, sync_store
from store.tenancy import StoreInfo, store_scope
from tests.catalog.conftest import Clock, redis_at, start_valkey, wait_until
from tests.catalog.upstream import Reply, Upstream, down, make_row, once_open

pytestmark = pytest.mark.django_db
Told = dict[uuid.UUID, tuple[int, datetime]]

CUT = uuid.UUID(make_row("services", 0)["id"])


def told(version: int, *, of: uuid.UUID = CUT) -> Told:
    """As if the webhook came this moment."""
    return {of: (version, datetime.now(UTC))}


def change(upstream: Upstream, version: int, **fields: Any) -> None:
    later = f"2026-11-23T11:{version:02}:00Z"
    upstream.rows["services"][0] |= {"version": version, "updatedAt": later, **fields}


@pytest.fixture
def warm(redis: None, salon: StoreInfo, upstream: Upstream) -> StoreInfo:
    """Every copy is there and fresh; nothing was asked yet."""
    sync_store()
    upstream.asked.clear()
    return salon


def shown() -> list[str]:
    """What another process shows, without asking."""
    memory.forget_all()
    return [service.name for service in get_catalog().services]


def test_what_is_known_already_asks_nobody(warm: StoreInfo, upstream: Upstream) -> None:
    assert catch_up("services", told(1)) == frozenset()
    assert not upstream.asked


def test_a_change_is_there_for_the_next_page(warm: StoreInfo, upstream: Upstream) -> None:
    change(upstream, 2, name="New")
    assert catch_up("services", told(2)) == frozenset()
    assert shown() == ["New"]
    assert upstream.counts() == {"/sync/services": 1}
    assert (
        Snapshot.objects.get(name="services").digest
        == kept.find(warm.id, ["services"]).entries["services"].digest
    )


def test_many_changes_are_one_question(warm: StoreInfo, upstream: Upstream) -> None:
    upstream.rows["services"] = [make_row("services", number, version=3) for number in range(40)]
    known = {uuid.UUID(row["id"]): (3, datetime.now(UTC)) for row in upstream.rows["services"]}
    assert catch_up("services", known) == frozenset()
    assert len(upstream.asked) == 1


def test_an_older_or_repeated_webhook_changes_nothing(warm: StoreInfo, upstream: Upstream) -> None:
    change(upstream, 5, name="New")
    catch_up("services", told(5))
    upstream.asked.clear()
    for version in (4, 5, 1):
        assert catch_up("services", told(version)) == frozenset()
    assert (shown(), upstream.asked) == (["New"], [])


def test_what_was_deleted_goes(warm: StoreInfo, upstream: Upstream) -> None:
    upstream.rows["services"] = []
    event = told(2)
    assert catch_up("services", event) == frozenset()
    assert shown() == []
    upstream.asked.clear()
    assert catch_up("services", event) == frozenset()  # the same webhook again
    assert not upstream.asked


def test_what_was_deleted_and_restored_stays(warm: StoreInfo, upstream: Upstream) -> None:
    upstream.rows["services"] = []
    catch_up("services", told(2))
    upstream.rows["services"] = [make_row("services", 0, version=3, name="Back")]
    assert catch_up("services", told(3)) == frozenset()
    assert catch_up("services", told(2)) == frozenset()  # the deletion comes once more, late
    assert shown() == ["Back"]


def test_an_answer_older_than_what_was_told_is_asked_for_again(warm: StoreInfo, upstream: Upstream) -> None:
    """A Mango Biz of several servers: the one that answers has not heard yet."""
    event = told(2)
    assert catch_up("services", event) == {CUT}
    change(upstream, 2, name="New")
    assert catch_up("services", event) == frozenset()
    assert shown() == ["New"]


def test_what_changes_left_out_a_whole_answer_tells(warm: StoreInfo, upstream: Upstream) -> None:
    """A long list is read by what changed; a row that came with an old date is in the whole list only."""
    rows = [make_row("services", number, updatedAt="2026-11-20T10:00:00Z") for number in range(120)]
    rows[7]["updatedAt"] = "2026-11-23T10:00:00Z"
    upstream.rows["services"] = rows
    sync_store(is_full=True)
    imported = make_row("services", 300, name="Imported", updatedAt="2026-11-01T10:00:00Z")
    rows.append(imported)
    del rows[50]  # without a word
    assert catch_up("services", told(1, of=uuid.UUID(imported["id"]))) == frozenset()
    names = shown()
    assert "Imported" in names
    assert "services 050" not in names


def test_a_long_list_is_read_by_what_changed(warm: StoreInfo, upstream: Upstream) -> None:
    rows = [make_row("services", number, updatedAt="2026-11-20T10:00:00Z") for number in range(120)]
    rows[7]["updatedAt"] = "2026-11-23T10:00:00Z"
    upstream.rows["services"] = rows
    sync_store(is_full=True)
    upstream.asked.clear()
    change(upstream, 2, name="New")
    assert catch_up("services", told(2)) == frozenset()
    assert [asked.query["updatedSince"] for asked in upstream.asked] == ["2026-11-23T09:55:00Z"]


def test_nothing_kept_at_all_is_read(redis: None, salon: StoreInfo, upstream: Upstream) -> None:
    assert catch_up("services", told(1)) == frozenset()
    assert upstream.counts() == {"/sync/services": 1}
    assert shown() == ["services 000"]


def test_a_copy_that_cannot_be_read_is_read_anew(warm: StoreInfo, upstream: Upstream) -> None:
    meta = django_cache.get(kept.meta_key(warm.id, "services"))
    django_cache.set(kept.body_key(warm.id, "services", meta["digest"]), b"broken")
    Snapshot.objects.filter(name="services").update(body=b"broken")
    memory.forget_all()
    assert catch_up("services", told(1)) == frozenset()
    assert shown() == ["services 000"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [(down, UpstreamUnavailable), (lambda _asked: Reply(200, b"<html>"), UpstreamChanged)],
)
def test_while_mango_biz_does_not_answer_the_old_copy_serves_and_is_not_fresh(
    warm: StoreInfo, upstream: Upstream, answer: Any, error: type[Exception]
) -> None:
    change(upstream, 2, name="New")
    event = told(2)
    upstream.answer = answer
    with pytest.raises(error):
        catch_up("services", event)
    assert shown() == ["services 000"]
    upstream.answer = upstream.honestly
    assert catch_up("services", event) == frozenset()
    assert shown() == ["New"]


def test_a_worker_killed_on_the_way_leaves_a_copy_that_is_asked_for_again(
    warm: StoreInfo, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def be_killed(*_: Any) -> None:
        raise Killed

    change(upstream, 2, name="New")
    monkeypatch.setattr(renewal, "fetch", be_killed)
    with pytest.raises(Killed):
        catch_up("services", told(2))
    monkeypatch.undo()
    assert shown() == ["New"]


def test_told_to_wait_it_waits(salon: StoreInfo, upstream: Upstream, clock: Clock) -> None:
    sync_store()
    change(upstream, 2, name="New")
    event = told(2)
    upstream.answer = lambda _asked: Reply(429, headers={"Retry-After": "60"})
    with pytest.raises(UpstreamUnavailable):
        catch_up("services", event)
    upstream.answer = upstream.honestly
    upstream.asked.clear()
    with pytest.raises(NotAsked):
        catch_up("services", event)
    assert not upstream.asked
    clock(1.1)
    memory.forget_all()
    assert catch_up("services", event) == frozenset()


def test_expire_is_for_all_that_are_named(warm: StoreInfo, upstream: Upstream) -> None:
    expire(["services", "staff"])
    get_catalog()
    assert set(upstream.counts()) == {"/sync/services", "/sync/staff"}


# --- others at the same time ------------------------------------------------------------------------------


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    gate = threading.Event()
    yield gate
    gate.set()


@pytest.mark.django_db(transaction=True)
def test_workers_side_by_side_ask_once(warm: StoreInfo, upstream: Upstream, gate: threading.Event) -> None:
    change(upstream, 2, name="New")
    upstream.answer = once_open(upstream, gate)
    event = told(2)

    def work(_: int) -> frozenset[uuid.UUID]:
        try:
            with store_scope(warm):
                return catch_up("services", event)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as workers:
        results = workers.map(work, range(8))
        wait_until(lambda: upstream.asked)
        gate.set()
        assert set(results) == {frozenset()}
    assert shown() == ["New"]
    assert len(upstream.asked) == 1


def test_what_another_worker_brought_meanwhile_stays_fresh(
    warm: StoreInfo, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was asked for after the webhook came, if before this worker said so."""
    change(upstream, 2, name="New")
    event, expire_copy = told(2), kept.expire

    def be_slow(*arguments: Any, **named: Any) -> None:
        sync_store()
        expire_copy(*arguments, **named)

    monkeypatch.setattr(kept, "expire", be_slow)
    assert catch_up("services", event) == frozenset()
    upstream.asked.clear()
    assert (shown(), upstream.asked) == (["New"], [])


def test_what_others_left_in_redis_alone_gets_into_the_snapshot(
    warm: StoreInfo, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page brings only Redis up to date, and so does a worker that is killed half-way."""
    change(upstream, 2, name="New")
    event, take_latch = told(2), memory.take_latch

    def be_second(*arguments: Any) -> bool:
        with monkeypatch.context() as patch:
            patch.setattr(renewal.snapshots, "save", lambda _entry: None)
            sync_store()
        return take_latch(*arguments)

    monkeypatch.setattr(memory, "take_latch", be_second)
    assert catch_up("services", event) == frozenset()
    django_cache.clear()
    upstream.answer = down
    assert shown() == ["New"]


@pytest.mark.django_db(transaction=True)
def test_an_answer_asked_for_before_the_webhook_does_not_count(
    warm: StoreInfo, upstream: Upstream, gate: threading.Event
) -> None:
    """A page is asking; then the row changes and its webhook comes; then the page gets its old answer."""

    def visit() -> str:
        try:
            with store_scope(warm):
                return get_catalog().services[0].name
        finally:
            connection.close()

    upstream.answer = once_open(upstream, gate)
    kept.expire(warm.id, "services")
    with ThreadPoolExecutor(1) as pool:
        page = pool.submit(visit)
        wait_until(lambda: upstream.asked)
        change(upstream, 2, name="New")
        upstream.answer = upstream.honestly
        event = told(2)
        threading.Timer(0.2, gate.set).start()
        assert catch_up("services", event) == frozenset()
        assert page.result() == "services 000"
    asked = len(upstream.asked)
    assert (shown(), len(upstream.asked)) == (["New"], asked)


def test_an_answer_that_comes_later_than_the_webhooks_is_not_taken_for_newer(
    warm: StoreInfo, upstream: Upstream, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page's question hangs for longer than a worker waits for it."""
    monkeypatch.setattr(renewal, "RENEWAL_SECONDS", 0.05)
    monkeypatch.setattr(renewal, "OTHERS_SECONDS", 0.1)
    upstream.answer = once_open(upstream, gate)
    kept.expire(warm.id, "services")
    get_catalog()
    change(upstream, 2, name="New")
    upstream.answer = upstream.honestly
    assert catch_up("services", told(2)) == frozenset()
    gate.set()
    wait_until(lambda: not memory.is_latched(renewal._latch_key(warm.id, "services")))
    assert shown() == ["New"]
    assert not get_catalog().is_stale


def test_what_was_told_while_redis_was_away_is_not_lost(
    salon: StoreInfo, upstream: Upstream, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Redis is gone, a webhook is worked off, Redis is back with the copies of its last dump."""
    monkeypatch.setattr(config.redis, "REST_SECONDS", 0.05)
    valkey = start_valkey(directory=tmp_path)
    settings.CACHES = redis_at(valkey.url)
    try:
        sync_store()
        get_redis_connection("default").save()
        valkey.kill()
        change(upstream, 2, name="New")
        assert catch_up("services", told(2)) == frozenset()
        valkey = start_valkey(valkey.port, tmp_path)
        wait_until(lambda: django_cache.get(kept.meta_key(salon.id, "services")))
        assert shown() == ["New"]
    finally:
        valkey.kill()
