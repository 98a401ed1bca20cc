"""What pages read and what it costs, while all is well. Redis is a real Valkey."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache as django_cache
from django.test import Client

from catalog import memory
from catalog.queries import get_catalog
from store.tenancy import StoreInfo, store_scope
from tests.catalog.conftest import Clock
from tests.catalog.upstream import PATHS, Upstream, down, make_row

pytestmark = pytest.mark.django_db


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
    memory.forget_all()
    with django_assert_num_queries(0):
        assert get_catalog().services == before.services
    assert len(upstream.asked) == 6


def test_what_has_expired_is_confirmed_and_what_changed_is_read(
    redis: None, salon: StoreInfo, upstream: Upstream, clock: Clock
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
    redis: None, salon: StoreInfo, upstream: Upstream, clock: Clock
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
    redis: None, salon: StoreInfo, upstream: Upstream, clock: Clock
) -> None:
    upstream.rows["products"] = [make_row("products", number) for number in range(120)]
    get_catalog()
    del upstream.rows["products"][1]  # without a word
    clock(25 * 60)
    upstream.asked.clear()
    assert len(get_catalog().products) == 119
    assert not any("If-None-Match" in asked.headers for asked in upstream.asked)


def test_an_older_version_never_replaces_a_newer_one(
    redis: None, salon: StoreInfo, upstream: Upstream, clock: Clock
) -> None:
    rows = upstream.rows["products"] = [make_row("products", number, version=5) for number in range(120)]
    get_catalog()
    clock(6)
    rows[0] = make_row("products", 0, name="Old", version=4)
    assert get_catalog().products[0].name == "products 000"


# --- which catalogue it is --------------------------------------------------------------------------------


def test_the_version_tells_one_content_from_another(
    redis: None, salon: StoreInfo, upstream: Upstream, clock: Clock
) -> None:
    upstream.rows["products"] = [make_row("products", number) for number in range(120)]
    first = get_catalog().version
    assert len(first) == 16
    clock(6)
    assert get_catalog().version == first  # confirmed
    django_cache.clear()
    memory.forget_all()
    assert get_catalog().version == first  # from the snapshot
    upstream.rows["products"].reverse()
    clock(25 * 60)
    assert get_catalog().version == first  # told in full, in another order
    upstream.rows["products"][0] |= {"name": "New", "version": 2}
    clock(49 * 60)
    second = get_catalog().version
    assert second != first
    upstream.rows["products"][0] |= {"name": "products 119", "version": 1}
    clock(73 * 60)
    assert get_catalog().version == first


def test_the_header_says_which_catalogue_and_how_old(
    redis: None, salon: StoreInfo, upstream: Upstream, clock: Clock, visit: Callable[[StoreInfo], Client]
) -> None:
    catalog = get_catalog()
    told = f"as-of={catalog.as_of:%Y-%m-%dT%H:%M:%SZ}; version={catalog.version}"
    with store_scope(None):
        assert visit(salon).get("/services/")["X-Catalogue"] == f"fresh; {told}"
        clock(6)
        upstream.answer = down
        assert visit(salon).get("/services/")["X-Catalogue"] == f"stale; {told}"
