"""A key that Mango Biz refuses: told once, not hammered, lifted by another key."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache as django_cache

from analytics.models import Alert
from catalog import kept, memory, tasks
from catalog.errors import NotAsked
from catalog.models import SyncState
from catalog.queries import get_catalog
from catalog.services import catch_up, mango_biz, may_sync, sync_store
from store.models import Store
from store.tenancy import StoreInfo, store_scope
from tests.browsers import signed_in
from tests.catalog.conftest import Clock
from tests.catalog.test_catch_up import told
from tests.catalog.upstream import Asked, Reply, Upstream, refuse

pytestmark = pytest.mark.django_db


@pytest.fixture
def refused(salon: StoreInfo, upstream: Upstream, clock: Clock) -> StoreInfo:
    """Six minutes ago all was well; since then the key is none."""

    def answer(asked: Asked) -> Reply:
        is_known = asked.headers["Authorization"] == "Bearer new-key"
        return upstream.honestly(asked) if is_known else refuse(401, "UNAUTHENTICATED")

    sync_store()
    clock(6)
    upstream.answer = answer
    return salon


def run_task(store: StoreInfo) -> None:
    with store_scope(None):
        tasks.sync_one(str(store.id))


def set_key(store: StoreInfo, key: str) -> None:
    """As the admin does."""
    client = signed_in(User.objects.create_superuser("operator"))
    row = Store.objects.get(pk=store.id)
    form = {"name": row.name, "slug": row.slug, "locale": row.locale}
    form["chat_per_minute"] = row.chat_per_minute
    inline = {f"domains-{part}": "0" for part in ("TOTAL_FORMS", "INITIAL_FORMS")}
    body = {**form, **inline, "is_published": "on", "new_api_key": key}
    with store_scope(None):
        assert client.post(f"/admin/store/store/{store.id}/change/", body).status_code == 302


def test_it_is_flagged_and_told_once(refused: StoreInfo, upstream: Upstream) -> None:
    sync_store()
    state = SyncState.objects.get()
    assert state.refused_at is not None
    assert state.last_error == "refused: 401 UNAUTHENTICATED"
    sync_store()
    assert SyncState.objects.get().refused_at == state.refused_at
    alert = Alert.objects.get(kind="key_refused")
    assert (alert.store_id, alert.count, alert.is_open) == (refused.id, 2, True)


def test_the_sync_tries_it_once_an_hour(refused: StoreInfo, upstream: Upstream, clock: Clock) -> None:
    run_task(refused)
    upstream.asked.clear()
    for _ in range(3):
        clock(15)
        run_task(refused)
    assert not upstream.asked
    clock(16)
    run_task(refused)
    assert len(upstream.asked) == 1


@pytest.mark.parametrize("who_asked", ["page", "sync"])
def test_pages_show_what_they_have_and_ask_nobody(
    refused: StoreInfo, upstream: Upstream, clock: Clock, who_asked: str
) -> None:
    get_catalog() if who_asked == "page" else run_task(refused)
    upstream.asked.clear()
    for _ in range(5):
        memory.forget_all()
        clock(5)
        assert get_catalog().is_stale
    assert not upstream.asked


def test_knowing_it_costs_pages_next_to_nothing(
    refused: StoreInfo, upstream: Upstream, django_assert_num_queries: Any
) -> None:
    get_catalog()
    get_catalog()  # looks whether the key is another
    with django_assert_num_queries(0):
        for _ in range(5):
            get_catalog()


def test_what_follows_webhooks_does_not_ask(refused: StoreInfo, upstream: Upstream) -> None:
    run_task(refused)
    upstream.asked.clear()
    with pytest.raises(NotAsked):
        catch_up("services", told(2))
    assert not upstream.asked


def test_the_booking_still_may(refused: StoreInfo, upstream: Upstream) -> None:
    run_task(refused)
    upstream.answer = lambda _asked: Reply(200, b'{"data": []}')
    assert mango_biz().find_booking_by_key("any") is None


def test_another_key_lifts_it_for_pages(refused: StoreInfo, upstream: Upstream) -> None:
    get_catalog()
    set_key(refused, "new-key")
    memory.forget_all()  # within seconds elsewhere
    memory.release_latch(kept.rest_key(refused.id))  # of the failure
    assert not get_catalog().is_stale


def test_another_key_lifts_it_for_webhooks(refused: StoreInfo, upstream: Upstream) -> None:
    run_task(refused)
    upstream.rows["services"][0]["version"] = 2
    set_key(refused, "new-key")
    assert catch_up("services", told(2)) == frozenset()


def test_another_key_lifts_it_for_the_sync(refused: StoreInfo, upstream: Upstream) -> None:
    run_task(refused)
    assert not may_sync()
    set_key(refused, "new-key")
    assert may_sync()
    run_task(refused)
    state = SyncState.objects.get()
    assert (state.refused_at, state.refused_key, state.failures) == (None, "", 0)
    assert not Alert.objects.filter(kind="key_refused", cleared_at=None).exists()
    memory.forget_all()
    assert not get_catalog().is_stale


def test_the_same_key_saved_again_lifts_nothing(refused: StoreInfo, upstream: Upstream) -> None:
    run_task(refused)
    set_key(refused, "key-of-salon")
    assert not may_sync()


def test_a_flag_that_redis_forgot_is_found_out_by_one_page(refused: StoreInfo, upstream: Upstream) -> None:
    run_task(refused)
    django_cache.clear()
    memory.forget_all()
    upstream.asked.clear()
    for _ in range(5):
        assert get_catalog().is_stale
    assert len(upstream.asked) <= 6  # one each
