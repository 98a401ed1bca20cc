"""The three layers under pages, each of them failing in turn. Redis is a real Valkey."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache as django_cache
from django.db import connection

from catalog import cache, memory
from catalog.entries import NAMES
from catalog.errors import CatalogUnavailable
from catalog.models import Snapshot
from catalog.queries import get_catalog
from catalog.services import mango_biz, sync_store
from store.tenancy import StoreInfo, store_scope
from tests.catalog.upstream import Asked, Reply, Upstream, make_row

PATHS = {"/business", "/sync/services", "/sync/products", "/sync/staff", "/sync/gallery", "/sync/reviews"}
pytestmark = pytest.mark.django_db


def down(_asked: Asked) -> Reply:
    return Reply(503)


def slowly(upstream: Upstream, seconds: float) -> Callable[[Asked], Reply]:
    def answer(asked: Asked) -> Reply:
        time.sleep(seconds)
        return upstream.honestly(asked)

    return answer


@pytest.fixture
def clock() -> Iterator[Callable[[float], None]]:
    """clock(minutes) lets that many minutes pass: Redis goes on by its own clock."""
    now = datetime.now(UTC)
    travellers: list[Any] = []

    def pass_minutes(minutes: float) -> None:
        nonlocal now
        now += timedelta(minutes=minutes)
        traveller = time_machine.travel(now, tick=True)
        traveller.start()
        travellers.append(traveller)

    yield pass_minutes
    for traveller in reversed(travellers):
        traveller.stop()


def in_a_new_process() -> None:
    """The next read finds only what is in Redis and in the database."""
    memory.forget_all()


# --- when all is well -----------------------------------------------------------------------------------


def test_a_cold_page_asks_once_for_each_collection(redis: None, salon: StoreInfo, upstream: Upstream) -> None:
    catalog = get_catalog()
    assert upstream.counts() == dict.fromkeys(PATHS, 1)
    assert [service.name for service in catalog.services] == ["services 000"]
    assert not catalog.is_stale


def test_a_warm_page_costs_one_trip_to_redis_and_nothing_else(
    redis: None,
    salon: StoreInfo,
    upstream: Upstream,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: Any,
) -> None:
    get_catalog()
    upstream.asked.clear()
    trips: list[str] = []
    for name in ("get", "set", "add", "get_many", "delete"):
        real = getattr(django_cache, name)
        monkeypatch.setattr(
            django_cache._connections[django_cache._alias],
            name,
            lambda *args, name=name, real=real, **kwargs: (trips.append(name), real(*args, **kwargs))[1],
            raising=False,
        )
    with django_assert_num_queries(0):
        first, second = get_catalog(), get_catalog()
    assert trips == ["get_many", "get_many"]
    assert not upstream.asked
    assert first.services[0] is second.services[0]  # decoded once


def test_another_process_finds_the_copies_in_redis(
    redis: None, salon: StoreInfo, upstream: Upstream, django_assert_num_queries: Any
) -> None:
    before = get_catalog()
    in_a_new_process()
    with django_assert_num_queries(0):
        assert get_catalog().services == before.services
    assert len(upstream.asked) == 6


def test_what_has_expired_is_confirmed_and_what_changed_is_read(
    redis: None, salon: StoreInfo, upstream: Upstream, clock: Callable[[float], None]
) -> None:
    before = get_catalog().as_of
    clock(6)
    upstream.rows["services"][0]["name"] = "Cut & glow"
    upstream.asked.clear()
    catalog = get_catalog()
    assert [service.name for service in catalog.services] == ["Cut & glow"]
    assert catalog.as_of > before
    assert all("If-None-Match" in asked.headers for asked in upstream.asked)


def test_a_long_list_is_brought_up_to_date_by_what_changed(
    redis: None, salon: StoreInfo, upstream: Upstream, clock: Callable[[float], None]
) -> None:
    long_ago = {"updatedAt": "2026-01-01T00:00:00Z"}
    rows = upstream.rows["products"] = [make_row("products", number, **long_ago) for number in range(120)]
    rows[7]["updatedAt"] = "2026-11-23T10:00:00Z"
    get_catalog()
    clock(6)
    later = "2026-11-23T10:30:00Z"
    rows[0] |= {"name": "AAA", "version": 2, "updatedAt": later}
    rows[1] = {"id": rows[1]["id"], "version": 2, "deletedAt": later}
    rows.append(make_row("products", 500, updatedAt=later))
    upstream.asked.clear()
    products = get_catalog().products
    (asked,) = [asked for asked in upstream.asked if asked.path == "/sync/products"]
    assert asked.query["updatedSince"] == "2026-11-23T09:55:00Z"
    assert len(products) == 120
    assert products[0].name == "AAA"
    assert "products 001" not in {product.name for product in products}


def test_once_a_day_everything_is_told_in_full(
    redis: None, salon: StoreInfo, upstream: Upstream, clock: Callable[[float], None]
) -> None:
    upstream.rows["products"] = [make_row("products", number) for number in range(120)]
    get_catalog()
    del upstream.rows["products"][1]  # without a word
    clock(25 * 60)
    upstream.asked.clear()
    assert len(get_catalog().products) == 119
    assert not any("If-None-Match" in asked.headers for asked in upstream.asked)


def test_an_older_version_never_replaces_a_newer_one(
    redis: None, salon: StoreInfo, upstream: Upstream, clock: Callable[[float], None]
) -> None:
    rows = upstream.rows["products"] = [make_row("products", number, version=5) for number in range(120)]
    get_catalog()
    clock(6)
    rows[0] = make_row("products", 0, name="Old", version=4)
    assert get_catalog().products[0].name == "products 000"


# --- many at once ---------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("layers", ["redis", "no_redis"])
def test_twenty_cold_pages_at_once_ask_once(
    layers: str, request: pytest.FixtureRequest, salon: StoreInfo, upstream: Upstream
) -> None:
    request.getfixturevalue(layers)
    upstream.answer = slowly(upstream, 0.2)
    start = threading.Barrier(20)

    def visit(_: int) -> str:
        try:
            with store_scope(salon):
                start.wait()
                return get_catalog().services[0].name
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as visitors:
        assert set(visitors.map(visit, range(20))) == {"services 000"}
    assert upstream.counts() == dict.fromkeys(PATHS, 1)


@pytest.mark.django_db(transaction=True)
def test_while_one_refetches_the_others_get_the_old_copy_at_once(
    redis: None, salon: StoreInfo, upstream: Upstream
) -> None:
    get_catalog()
    upstream.answer = slowly(upstream, 1)
    cache.expire(salon.id, "services")

    def refetch() -> None:
        try:
            with store_scope(salon):
                get_catalog()
        finally:
            connection.close()

    other = threading.Thread(target=refetch)
    other.start()
    time.sleep(0.3)
    started = time.monotonic()
    assert get_catalog().services
    assert time.monotonic() - started < 0.3
    other.join()


def test_an_answer_asked_for_before_a_change_is_not_fresh(
    redis: None, salon: StoreInfo, upstream: Upstream
) -> None:
    """The webhook comes while a page is reading: what that brings is from before the change."""
    get_catalog()
    cache.expire(salon.id, "services")

    def change_meanwhile(asked: Asked) -> Reply:
        reply = upstream.honestly(asked)
        if asked.path == "/sync/services":
            upstream.rows["services"][0]["name"] = "New"
            time.sleep(0.02)
            cache.expire(salon.id, "services")
            upstream.answer = upstream.honestly
        return reply

    upstream.answer = change_meanwhile
    assert get_catalog().services[0].name == "services 000"
    assert get_catalog().services[0].name == "New"


def test_a_slow_answer_is_for_the_next_reader(
    redis: None, salon: StoreInfo, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    get_catalog()
    monkeypatch.setattr(cache, "RENEWAL_SECONDS", 0.1)
    upstream.rows["services"][0]["name"] = "New"
    upstream.answer = slowly(upstream, 0.5)
    cache.expire(salon.id, "services")
    upstream.asked.clear()
    for _ in range(3):
        assert get_catalog().services[0].name == "services 000"
    time.sleep(0.7)
    assert get_catalog().services[0].name == "New"
    assert len(upstream.asked) == 1


def test_an_older_answer_does_not_replace_a_newer_one(
    redis: None, salon: StoreInfo, upstream: Upstream
) -> None:
    client = mango_biz()
    older = cache.fetch(client, "services", None)
    time.sleep(0.01)
    upstream.rows["services"][0]["name"] = "New"
    newer = cache.fetch(client, "services", None)
    for entry in (newer, older):
        cache.store_entry(salon.id, entry)
    assert get_catalog().services[0].name == "New"
    assert Snapshot.objects.get(name="services").digest == newer.digest


# --- when something is down -----------------------------------------------------------------------------


def test_mango_biz_down_serves_the_old_copy_with_its_age(
    redis: None, salon: StoreInfo, upstream: Upstream, clock: Callable[[float], None]
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


@pytest.mark.parametrize(
    "fault", [Reply(wait=3), Reply(hang_up=True), Reply(200, b"<!doctype html>"), Reply(401)]
)
def test_a_page_never_waits_long_nor_twice(
    redis: None,
    salon: StoreInfo,
    upstream: Upstream,
    clock: Callable[[float], None],
    monkeypatch: pytest.MonkeyPatch,
    fault: Reply,
) -> None:
    monkeypatch.setattr(cache, "RENEWAL_SECONDS", 0.3)
    get_catalog()
    clock(6)
    upstream.answer = lambda _asked: fault
    for patience in (1.0, 0.1, 0.1):
        started = time.perf_counter()
        assert get_catalog().is_stale
        assert time.perf_counter() - started < patience


@pytest.mark.parametrize("layers", ["redis", "no_redis"])
def test_redis_flushed_and_mango_biz_down_leaves_the_snapshot(
    layers: str, request: pytest.FixtureRequest, salon: StoreInfo, upstream: Upstream
) -> None:
    request.getfixturevalue(layers)
    before = get_catalog()
    django_cache.clear()
    in_a_new_process()
    upstream.answer = down
    catalog = get_catalog()
    assert (catalog.services, catalog.reviews) == (before.services, before.reviews)
    assert catalog.is_stale
    asked = len(upstream.asked)
    for _ in range(5):
        get_catalog()
    assert len(upstream.asked) == asked


def test_a_snapshot_that_could_not_be_written_is_written_later(
    redis: None, salon: StoreInfo, upstream: Upstream, clock: Callable[[float], None]
) -> None:
    """Confirmed copies are not resent, yet the database must get what it lacks."""
    get_catalog()
    Snapshot.objects.filter(name="services").delete()
    Snapshot.objects.filter(name="staff").update(body=b"older", digest="older")
    clock(6)
    get_catalog()
    django_cache.clear()
    in_a_new_process()
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
    in_a_new_process()
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
    meta = django_cache.get(cache.meta_key(salon.id, "gallery"))
    django_cache.set(cache.body_key(salon.id, "gallery", meta["digest"]), broken)
    in_a_new_process()
    get_catalog()
    assert len(get_catalog().gallery) == 1


def test_long_rests_are_kept_where_mango_biz_asks_for_them(
    redis: None, salon: StoreInfo, upstream: Upstream, clock: Callable[[float], None]
) -> None:
    get_catalog()
    clock(6)
    upstream.answer = lambda _asked: Reply(429, headers={"Retry-After": "60"})
    get_catalog()
    rest = django_cache.ttl(cache._rest_key(salon.id))
    assert 50 <= rest <= 60


def test_a_key_that_is_refused_leaves_the_old_copy(
    redis: None, salon: StoreInfo, upstream: Upstream, clock: Callable[[float], None]
) -> None:
    get_catalog()
    clock(6)
    upstream.answer = lambda _asked: Reply(401)
    assert get_catalog().services
    report = sync_store()
    assert report.failed == NAMES
