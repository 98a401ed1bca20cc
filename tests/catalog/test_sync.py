"""The sync: every copy brought up to date, one trouble never holding up the rest."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.cache import cache as django_cache
from django.core.management import CommandError, call_command

from catalog import memory, tasks
from catalog.entries import NAMES
from catalog.models import Snapshot
from catalog.queries import get_catalog
from catalog.services import sync_store
from store.models import Store
from store.tenancy import StoreInfo, store_scope
from tests.catalog.upstream import Asked, Reply, Upstream, make_row, refuse

pytestmark = pytest.mark.django_db


def run_sync(*arguments: str) -> str:
    out = StringIO()
    with store_scope(None):
        call_command("sync", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_what_the_sync_did_is_told(salon: StoreInfo, upstream: Upstream) -> None:
    assert sync_store().changed == list(NAMES)
    assert sync_store().unchanged == list(NAMES)
    upstream.rows["staff"][0]["name"] = "Ada"
    report = sync_store()
    assert report.changed == ["staff"]
    assert get_catalog().staff[0].name == "Ada"
    assert Snapshot.objects.count() == 6


def test_what_went_without_a_word_goes_here_too(salon: StoreInfo, upstream: Upstream) -> None:
    upstream.rows["gallery"] = [make_row("gallery", 1), make_row("gallery", 2)]
    sync_store()
    del upstream.rows["gallery"][0]
    sync_store()
    assert [item.title for item in get_catalog().gallery] == [""]


def test_a_full_sync_asks_unconditionally(salon: StoreInfo, upstream: Upstream) -> None:
    sync_store()
    upstream.asked.clear()
    assert sync_store(is_full=True).unchanged == list(NAMES)
    assert not any("If-None-Match" in asked.headers for asked in upstream.asked)


def test_pages_after_a_sync_ask_nobody(salon: StoreInfo, upstream: Upstream) -> None:
    sync_store()
    upstream.asked.clear()
    memory.forget_all()
    assert not get_catalog().is_stale
    assert not upstream.asked


def test_one_collection_in_trouble_holds_up_no_other(salon: StoreInfo, upstream: Upstream) -> None:
    upstream.answer = lambda asked: Reply(200, b"{}") if "staff" in asked.path else upstream.honestly(asked)
    report = sync_store()
    assert report.failed == ["staff"]
    assert set(report.changed) == {*NAMES} - {"staff"}


def test_a_refused_key_ends_the_run(salon: StoreInfo, upstream: Upstream) -> None:
    upstream.answer = lambda _asked: refuse(401, "UNAUTHENTICATED")
    assert sync_store().failed == list(NAMES)
    assert len(upstream.asked) == 1


def trouble_for(slug: str, upstream: Upstream) -> Callable[[Asked], Reply]:
    def answer(asked: Asked) -> Reply:
        return (
            Reply(503)
            if asked.headers["Authorization"] == f"Bearer key-of-{slug}"
            else upstream.honestly(asked)
        )

    return answer


def test_the_command_says_how_far_it_is_and_what_failed(
    salon: StoreInfo, make_store: Callable[[str], StoreInfo], upstream: Upstream
) -> None:
    make_store("atelier")
    make_store("brows")
    assert "[3/3] salon: 6 changed, 0 as before" in run_sync()
    assert "[1/1] salon: 0 changed, 6 as before" in run_sync("--store", "salon")
    upstream.answer = trouble_for("atelier", upstream)
    with pytest.raises(CommandError, match=r"^Not all of it: atelier\.$"):
        run_sync("--full")
    with pytest.raises(CommandError):
        run_sync("--store", "nobody")


def test_a_store_whose_key_does_not_open_holds_up_no_other(
    salon: StoreInfo, make_store: Callable[[str], StoreInfo], upstream: Upstream, settings: Any
) -> None:
    broken = make_store("atelier")
    Store.objects.filter(pk=broken.id).update(api_key=Store.objects.get(pk=salon.id).__dict__["api_key"])
    with pytest.raises(CommandError, match="atelier"):
        run_sync()
    assert Snapshot.across_stores.filter(store_id=salon.id).count() == 6


def test_beat_reaches_every_store(
    salon: StoreInfo, make_store: Callable[[str], StoreInfo], upstream: Upstream, settings: Any
) -> None:
    other = make_store("atelier")
    with store_scope(None):
        tasks.sync_stores.delay()
    for store in (salon, other):
        assert Snapshot.across_stores.filter(store_id=store.id).count() == 6


def test_a_page_whose_store_has_no_readable_key_shows_the_old_copy(
    salon: StoreInfo, make_store: Callable[[str], StoreInfo], upstream: Upstream
) -> None:
    sync_store()
    other = make_store("atelier")
    Store.objects.filter(pk=salon.id).update(api_key=Store.objects.get(pk=other.id).__dict__["api_key"])
    django_cache.clear()
    memory.forget_all()
    assert get_catalog().is_stale
