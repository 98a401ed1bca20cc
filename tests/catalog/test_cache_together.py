"""Many at once, early, late and in the background: one of them asks, none waits long."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from catalog import kept, memory, renewal
from catalog.errors import CatalogUnavailable
from catalog.models import Snapshot
from catalog.queries import get_catalog
from catalog.services import mango_biz
from store.tenancy import StoreInfo, store_scope
from tests.catalog.conftest import Clock, wait_until
from tests.catalog.upstream import PATHS, Asked, Reply, Upstream, down, make_row, once_open, slowly

pytestmark = pytest.mark.django_db


def visitor_of(salon: StoreInfo) -> Callable[..., str]:
    def visit(*_: Any) -> str:
        try:
            with store_scope(salon):
                return get_catalog().services[0].name
        finally:
            connection.close()

    return visit


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    gate = threading.Event()
    yield gate
    gate.set()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("layers", "visitors"), [("redis", 500), ("no_redis", 100)])
def test_many_cold_pages_at_once_ask_once(
    layers: str, visitors: int, request: pytest.FixtureRequest, salon: StoreInfo, upstream: Upstream
) -> None:
    request.getfixturevalue(layers)
    upstream.answer = slowly(upstream, 0.2)
    start, visit = threading.Barrier(visitors), visitor_of(salon)

    def visit_together(_: int) -> str:
        start.wait()
        return visit()

    with ThreadPoolExecutor(visitors) as pool:
        assert set(pool.map(visit_together, range(visitors))) == {"services 000"}
    assert upstream.counts() == dict.fromkeys(PATHS, 1)


def test_who_is_slower_than_the_answer_does_not_ask_again(
    redis: None, salon: StoreInfo, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its look into Redis and its latch another page asked, got its answer and let go."""
    take_latch = memory.take_latch

    def be_slow(key: str, seconds: float) -> bool:
        monkeypatch.setattr(memory, "take_latch", take_latch)
        get_catalog()
        return take_latch(key, seconds)

    monkeypatch.setattr(memory, "take_latch", be_slow)
    assert get_catalog().services
    assert upstream.counts() == dict.fromkeys(PATHS, 1)


@pytest.mark.django_db(transaction=True)
def test_while_one_refetches_the_others_get_the_old_copy_at_once(
    redis: None, salon: StoreInfo, upstream: Upstream, gate: threading.Event
) -> None:
    get_catalog()
    upstream.answer = once_open(upstream, gate)
    upstream.rows["services"][0]["name"] = "New"
    kept.expire(salon.id, "services")
    upstream.asked.clear()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(visitor_of(salon))
        wait_until(lambda: upstream.asked)
        assert get_catalog().services[0].name == "services 000"
        gate.set()
        assert first.result() == "New"
    assert len(upstream.asked) == 1


def test_an_answer_asked_for_before_a_change_is_not_fresh(
    redis: None, salon: StoreInfo, upstream: Upstream
) -> None:
    """The webhook comes while a page is reading: what that brings is from before the change."""
    get_catalog()
    kept.expire(salon.id, "services")

    def change_meanwhile(asked: Asked) -> Reply:
        reply = upstream.honestly(asked)
        if asked.path == "/sync/services":
            upstream.rows["services"][0]["name"] = "New"
            kept.expire(salon.id, "services")
            upstream.answer = upstream.honestly
        return reply

    upstream.answer = change_meanwhile
    assert get_catalog().services[0].name == "services 000"
    assert get_catalog().services[0].name == "New"


def test_a_slow_answer_is_for_the_next_reader(
    redis: None, salon: StoreInfo, upstream: Upstream, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    get_catalog()
    monkeypatch.setattr(renewal, "RENEWAL_SECONDS", 0.1)
    upstream.rows["services"][0]["name"] = "New"
    upstream.answer = once_open(upstream, gate)
    kept.expire(salon.id, "services")
    upstream.asked.clear()
    for _ in range(3):
        catalog = get_catalog()
        assert (catalog.services[0].name, catalog.is_stale) == ("services 000", False)
    gate.set()
    wait_until(lambda: get_catalog().services[0].name == "New")
    assert len(upstream.asked) == 1


def test_an_older_answer_does_not_replace_a_newer_one(
    redis: None, salon: StoreInfo, upstream: Upstream
) -> None:
    client = mango_biz()
    older = renewal.fetch(client, "services", None)
    upstream.rows["services"][0]["name"] = "New"
    newer = renewal.fetch(client, "services", None)
    for entry in (newer, older):
        renewal.store_entry(salon.id, entry)
    assert get_catalog().services[0].name == "New"
    assert Snapshot.objects.get(name="services").digest == newer.digest


# --- early ----------------------------------------------------------------------------------------------


def test_a_copy_near_its_end_is_renewed_while_everybody_is_served(
    redis: None, salon: StoreInfo, upstream: Upstream, clock: Clock, gate: threading.Event
) -> None:
    get_catalog()
    clock(4.5)
    upstream.rows["services"][0]["name"] = "New"
    upstream.answer = once_open(upstream, gate)
    upstream.asked.clear()
    for _ in range(3):
        catalog = get_catalog()
        assert (catalog.services[0].name, catalog.is_stale) == ("services 000", False)
    gate.set()
    wait_until(lambda: get_catalog().services[0].name == "New")
    clock(0.4)  # the copies of before are over by now
    assert not get_catalog().is_stale
    assert upstream.counts() == dict.fromkeys(PATHS, 1)


def test_a_copy_in_its_best_years_is_left_alone(
    redis: None, salon: StoreInfo, upstream: Upstream, clock: Clock
) -> None:
    get_catalog()
    clock(4)
    upstream.asked.clear()
    get_catalog()
    assert not renewal._pool._work_queue.qsize()
    assert not upstream.asked


def test_a_renewal_that_fails_leaves_a_fresh_copy_fresh(
    redis: None, salon: StoreInfo, upstream: Upstream, clock: Clock
) -> None:
    get_catalog()
    clock(4.5)
    upstream.answer = down
    assert not get_catalog().is_stale
    wait_until(lambda: kept.find(salon.id, ()).is_resting)
    upstream.asked.clear()
    memory.forget_all()
    assert not get_catalog().is_stale
    assert not upstream.asked


# --- too many questions -----------------------------------------------------------------------------------


def test_answers_that_take_for_ever_do_not_pile_up(
    redis: None,
    salon: StoreInfo,
    upstream: Upstream,
    gate: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With every thread waiting for Mango Biz nobody queues behind them: old copies are served at once."""
    get_catalog()
    monkeypatch.setattr(renewal, "_free", threading.BoundedSemaphore(2))
    monkeypatch.setattr(renewal, "RENEWAL_SECONDS", 0.05)
    upstream.answer = once_open(upstream, gate)
    for name in ("services", "staff", "products", "gallery"):
        kept.expire(salon.id, name)
    upstream.asked.clear()
    assert [get_catalog().services[0].name for _ in range(5)] == ["services 000"] * 5
    assert len(upstream.asked) == 2
    gate.set()
    wait_until(lambda: not get_catalog().is_stale and len(upstream.asked) == 4)


def test_a_first_copy_waits_for_a_free_thread(
    redis: None, salon: StoreInfo, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal, "_free", threading.BoundedSemaphore(1))
    assert get_catalog().services
    assert upstream.counts() == dict.fromkeys(PATHS, 1)
    monkeypatch.setattr(renewal, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(renewal, "_free", threading.BoundedSemaphore(1))
    renewal._free.acquire()
    kept.drop(salon.id, "services")
    Snapshot.objects.filter(name="services").delete()
    memory.forget_all()
    with pytest.raises(CatalogUnavailable):
        get_catalog()


def test_the_threads_leave_the_database_alone(
    redis: None, salon: StoreInfo, upstream: Upstream, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would open connections that nobody closes."""
    seen: list[str] = []
    ensure = BaseDatabaseWrapper.ensure_connection

    def note(self: Any) -> None:
        seen.append(threading.current_thread().name)
        ensure(self)

    monkeypatch.setattr(BaseDatabaseWrapper, "ensure_connection", note)
    get_catalog()
    upstream.rows["products"] = [make_row("products", number) for number in range(150)]
    clock(4.5)
    get_catalog()
    wait_until(lambda: len(get_catalog().products) == 150)
    clock(6)
    upstream.answer = down
    get_catalog()
    assert seen
    assert not [name for name in seen if name.startswith("mango-biz")]
