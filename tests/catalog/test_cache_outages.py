"""The three layers under pages, each of them failing in turn. Redis is a real Valkey."""

import signal
import threading
from typing import Any

import pytest
from django.core.cache import cache as django_cache
from django.db import connection

from catalog import kept, memory, renewal
from catalog.entries import NAMES
from catalog.errors import CatalogUnavailable
from catalog.models import Snapshot
from catalog.queries import get_catalog
from catalog.services import mango_biz, sync_store
from store.tenancy import StoreInfo
from tests.catalog.conftest import Clock, redis_at, start_valkey
from tests.catalog.upstream import Reply, Upstream, down, once_open

pytestmark = pytest.mark.django_db


def test_mango_biz_down_serves_the_old_copy_with_its_age(
    redis: None, salon: StoreInfo, upstream: Upstream, clock: Clock
) -> None:
    before = get_catalog()
    clock(6)
    upstream.answer = down
    upstream.asked.clear()
    catalog = get_catalog()
    assert (catalog.is_stale, catalog.as_of) == (True, before.as_of)
    assert catalog.services == before.services
    asked = len(upstream.asked)
    assert get_catalog().is_stale
    assert len(upstream.asked) == asked  # nobody asks again for a while


def test_a_page_waits_for_no_answer_and_for_none_twice(
    redis: None, salon: StoreInfo, upstream: Upstream, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal, "RENEWAL_SECONDS", 0.05)
    get_catalog()
    clock(6.5)
    gate = threading.Event()
    upstream.answer = once_open(upstream, gate)
    upstream.asked.clear()
    assert get_catalog().is_stale
    assert not kept.find(salon.id, ()).is_resting  # it is still out, nothing has failed yet
    for _ in range(3):
        assert get_catalog().is_stale
    assert len(upstream.asked) <= 6
    gate.set()


@pytest.mark.parametrize(
    "fault", [Reply(hang_up=True), Reply(200, b"<!doctype html>"), Reply(401), Reply(truncate=True)]
)
def test_after_a_failure_pages_ask_no_more_for_a_while(
    redis: None, salon: StoreInfo, upstream: Upstream, clock: Clock, fault: Reply
) -> None:
    get_catalog()
    clock(6)
    upstream.answer = lambda _asked: fault
    assert get_catalog().is_stale
    upstream.asked.clear()
    for _ in range(3):
        assert get_catalog().is_stale
    assert not upstream.asked


@pytest.mark.parametrize("layers", ["redis", "no_redis"])
def test_redis_flushed_and_mango_biz_down_leaves_the_snapshot(
    layers: str, request: pytest.FixtureRequest, salon: StoreInfo, upstream: Upstream
) -> None:
    request.getfixturevalue(layers)
    before = get_catalog()
    django_cache.clear()
    memory.forget_all()
    upstream.answer = down
    catalog = get_catalog()
    assert (catalog.services, catalog.reviews) == (before.services, before.reviews)
    assert catalog.is_stale
    asked = len(upstream.asked)
    for _ in range(5):
        get_catalog()
    assert len(upstream.asked) == asked


def test_a_snapshot_that_could_not_be_written_is_written_by_the_next_sync(
    redis: None, salon: StoreInfo, upstream: Upstream
) -> None:
    """Confirmed copies are not resent, yet the database must get what it lacks."""
    get_catalog()
    Snapshot.objects.filter(name="services").delete()
    Snapshot.objects.filter(name="staff").update(body=b"older", digest="older")
    sync_store()
    django_cache.clear()
    memory.forget_all()
    upstream.answer = down
    catalog = get_catalog()
    assert (len(catalog.services), len(catalog.staff)) == (1, 1)


def test_redis_down_is_a_short_memory(no_redis: None, salon: StoreInfo, upstream: Upstream) -> None:
    get_catalog()
    for _ in range(5):
        assert not get_catalog().is_stale
    assert len(upstream.asked) == 6


def test_a_database_that_takes_nothing_costs_nobody_the_page(
    redis: None, salon: StoreInfo, upstream: Upstream
) -> None:
    mango_biz()  # the key is read before
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON")
    try:
        assert not get_catalog().is_stale
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only = OFF")
    assert not Snapshot.objects.exists()


def test_there_never_was_a_copy(redis: None, salon: StoreInfo, upstream: Upstream) -> None:
    upstream.answer = down
    with pytest.raises(CatalogUnavailable):
        get_catalog()
    upstream.answer = upstream.honestly
    django_cache.clear()
    memory.forget_all()
    assert get_catalog().services


def test_a_page_can_do_without_the_gallery(redis: None, salon: StoreInfo, upstream: Upstream) -> None:
    upstream.answer = lambda asked: Reply(500) if "gallery" in asked.path else upstream.honestly(asked)
    catalog = get_catalog()
    assert (catalog.gallery, len(catalog.services), catalog.is_stale) == ((), 1, True)


@pytest.mark.parametrize("broken", [b"", b"not zlib", b"x\x9c\x03\x00\x00\x00\x00\x01"])
def test_a_copy_that_cannot_be_read_is_fetched_again(
    redis: None, salon: StoreInfo, upstream: Upstream, broken: bytes
) -> None:
    get_catalog()
    meta = django_cache.get(kept.meta_key(salon.id, "gallery"))
    django_cache.set(kept.body_key(salon.id, "gallery", meta["digest"]), broken)
    memory.forget_all()
    get_catalog()
    assert len(get_catalog().gallery) == 1


@pytest.mark.parametrize(("said", "minutes"), [("60", 1), ("86400", 2)])
def test_told_to_come_later_nobody_asks_until_then(
    salon: StoreInfo, upstream: Upstream, clock: Clock, said: str, minutes: float
) -> None:
    """Within reason: nobody waits for a day."""
    get_catalog()
    clock(6)
    upstream.answer = lambda _asked: Reply(429, headers={"Retry-After": said})
    assert get_catalog().is_stale
    upstream.answer = upstream.honestly
    upstream.asked.clear()
    memory.forget_all()
    clock(minutes * 0.9)
    assert get_catalog().is_stale
    assert not upstream.asked
    clock(minutes * 0.2)
    memory.forget_all()
    get_catalog()
    assert upstream.asked


def test_the_sync_waits_as_well_and_stops_where_it_is_told(
    salon: StoreInfo, upstream: Upstream, clock: Clock
) -> None:
    upstream.answer = lambda _asked: Reply(429, headers={"Retry-After": "60"})
    report = sync_store()
    assert (report.failed, report.error) == (list(NAMES), "told to wait")
    assert len(upstream.asked) == 1
    assert sync_store().failed == list(NAMES)
    assert len(upstream.asked) == 1
    upstream.answer = upstream.honestly
    clock(1.1)
    memory.forget_all()
    assert not sync_store().failed


@pytest.mark.parametrize("trouble", [signal.SIGSTOP, signal.SIGKILL])
def test_pages_go_on_while_redis_hangs_or_is_gone(
    salon: StoreInfo, upstream: Upstream, settings: Any, trouble: signal.Signals
) -> None:
    valkey = start_valkey()
    settings.CACHES = redis_at(valkey.url)
    try:
        before = get_catalog().version
        valkey.process.send_signal(trouble)
        upstream.asked.clear()
        for _ in range(5):
            catalog = get_catalog()
            assert (catalog.version, catalog.is_stale) == (before, False)
        memory.forget_all()
        upstream.answer = down
        catalog = get_catalog()
        assert (catalog.version, catalog.is_stale) == (before, True)
    finally:
        valkey.kill()


def test_a_flushed_redis_is_filled_from_the_snapshot_and_confirmed(
    redis: None, salon: StoreInfo, upstream: Upstream
) -> None:
    before = get_catalog().version
    django_cache.clear()
    memory.forget_all()
    upstream.asked.clear()
    catalog = get_catalog()
    assert (catalog.version, catalog.is_stale) == (before, False)
    assert len(upstream.asked) == 6
    assert all("If-None-Match" in asked.headers for asked in upstream.asked)


def test_once_mango_biz_is_back_all_of_it_is_fresh_within_seconds(
    salon: StoreInfo, upstream: Upstream, clock: Clock
) -> None:
    """The breaker lets one question of six through; the others do not wait for long after its success."""
    get_catalog()
    clock(6)
    upstream.answer = down
    get_catalog()
    upstream.answer = upstream.honestly
    clock(16 / 60)
    memory.forget_all()
    assert get_catalog().is_stale
    clock(3 / 60)
    memory.forget_all()
    assert not get_catalog().is_stale
