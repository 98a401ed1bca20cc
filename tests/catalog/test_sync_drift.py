"""What no webhook had told: how much of it, for how long, and who hears of that."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from analytics.models import Alert
from catalog.models import SyncRun, SyncState
from catalog.queries import get_catalog
from catalog.services import catch_up, check_sync, sync_store
from catalog.services.syncing import RUNS_KEPT
from store.models import Store
from store.tenancy import StoreInfo, store_scope
from tests.browsers import signed_in
from tests.catalog.conftest import Clock
from tests.catalog.upstream import Reply, Upstream, make_row

pytestmark = pytest.mark.django_db


def ago(**passed: float) -> str:
    return (datetime.now(UTC) - timedelta(**passed)).isoformat()


def open_alerts() -> list[str]:
    return [alert.kind for alert in Alert.objects.filter(cleared_at=None)]


@pytest.fixture
def synced(salon: StoreInfo, upstream: Upstream) -> StoreInfo:
    upstream.rows["gallery"] = [make_row("gallery", number) for number in range(3)]
    sync_store()
    return salon


def test_what_differs_is_counted_by_collection(synced: StoreInfo, upstream: Upstream) -> None:
    upstream.rows["services"][0] |= {"name": "New", "version": 2, "updatedAt": ago(minutes=3)}
    upstream.rows["gallery"] = [
        make_row("gallery", 0),
        make_row("gallery", 7, updatedAt=ago(minutes=4)),
        make_row("gallery", 8, updatedAt=ago(minutes=2)),
    ]
    report = sync_store()
    assert 240 <= report.lag_seconds < 300
    run = SyncRun.objects.latest("started_at")
    assert run.drift == {
        "services": {"added": 0, "changed": 1, "removed": 0},
        "gallery": {"added": 2, "changed": 0, "removed": 2},
    }
    assert run.lag_seconds == report.lag_seconds
    assert not sync_store().lag_seconds
    assert not open_alerts()


def test_the_first_copy_is_no_drift(salon: StoreInfo, upstream: Upstream) -> None:
    sync_store()
    assert not SyncRun.objects.get().drift


def test_a_change_whose_webhook_is_under_way_is_no_drift(synced: StoreInfo, upstream: Upstream) -> None:
    upstream.rows["services"][0] |= {"name": "New", "version": 2, "updatedAt": ago(seconds=20)}
    assert sync_store().changed == ["services"]
    assert not SyncRun.objects.latest("started_at").drift


@pytest.mark.parametrize("has_page_noticed", [False, True])
def test_what_a_webhook_told_is_no_drift(
    synced: StoreInfo, upstream: Upstream, clock: Clock, has_page_noticed: bool
) -> None:
    row = upstream.rows["services"][0]
    row |= {"name": "New", "version": 2, "updatedAt": ago(minutes=3)}
    if has_page_noticed:
        clock(6)
        assert get_catalog().services[0].name == "New"
    catch_up("services", {UUID(row["id"]): (2, datetime.now(UTC))})
    assert sync_store().changed == []
    assert not SyncRun.objects.latest("started_at").drift


def test_what_only_a_page_noticed_is_drift(synced: StoreInfo, upstream: Upstream, clock: Clock) -> None:
    """The webhook was lost all the same."""
    upstream.rows["services"][0] |= {"name": "New", "version": 2, "updatedAt": ago(minutes=3)}
    clock(6)
    assert get_catalog().services[0].name == "New"
    assert sync_store().drifts["services"].changed == 1


def test_a_lag_over_five_minutes_is_an_alert_until_a_run_finds_none(
    synced: StoreInfo, upstream: Upstream
) -> None:
    upstream.rows["services"][0] |= {"name": "New", "version": 2, "updatedAt": ago(minutes=6)}
    sync_store()
    assert open_alerts() == ["sync_lag"]
    assert Alert.objects.get().store_id == synced.id
    assert SyncState.objects.get().lag_seconds >= 360
    upstream.answer = lambda asked: Reply(500) if "staff" in asked.path else upstream.honestly(asked)
    sync_store()
    assert open_alerts() == ["sync_lag"]  # what failed may hide another
    upstream.answer = upstream.honestly
    sync_store()
    assert open_alerts() == []


def test_how_a_store_stands_is_told_in_one_row(synced: StoreInfo, upstream: Upstream) -> None:
    before = SyncState.objects.get()
    assert (before.failures, before.last_error) == (0, "")
    assert before.started_at <= before.full_at <= before.succeeded_at <= before.finished_at
    upstream.answer = lambda asked: Reply(200, b"{}") if "staff" in asked.path else upstream.honestly(asked)
    sync_store()
    sync_store()
    after = SyncState.objects.get()
    assert (after.failures, after.succeeded_at) == (2, before.succeeded_at)
    assert after.last_error.startswith("UpstreamChanged")
    assert SyncRun.objects.latest("started_at").failed == "staff"
    upstream.answer = upstream.honestly
    sync_store()
    assert SyncState.objects.get().failures == 0


def test_the_latest_runs_are_kept(synced: StoreInfo, upstream: Upstream) -> None:
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(RUNS_KEPT + 5):
        moment = long_ago + timedelta(minutes=number)
        SyncRun.objects.create(started_at=moment, finished_at=moment)
    sync_store()
    kept = SyncRun.objects.order_by("started_at")
    assert len(kept) == RUNS_KEPT
    assert kept[0].started_at == long_ago + timedelta(minutes=7)


def test_each_collection_is_told_in_full_once_a_day(
    synced: StoreInfo, upstream: Upstream, clock: Clock
) -> None:
    upstream.rows["products"] = [make_row("products", number) for number in range(120)]
    sync_store(is_full=True)
    clock(60 * 23)
    del upstream.rows["products"][5]  # without a word
    upstream.asked.clear()
    sync_store()
    assert len(get_catalog().products) == 120
    clock(60 * 2)
    upstream.asked.clear()
    assert sync_store().drifts["products"].removed == 1
    assert len(get_catalog().products) == 119
    assert not any({"If-None-Match"} & {*asked.headers} for asked in upstream.asked)
    assert not any("updatedSince" in asked.query for asked in upstream.asked)
    state = SyncState.objects.get()
    assert state.full_at >= state.started_at


# --- stores that are not synced at all --------------------------------------------------------------------


def test_a_store_without_a_complete_sync_for_long_shows_old_data(
    synced: StoreInfo, upstream: Upstream, clock: Clock
) -> None:
    assert check_sync() == 0
    clock(46)
    with store_scope(None):
        call_command("check_alerts")
    assert open_alerts() == ["sync_lag"]
    sync_store()
    assert (check_sync(), open_alerts()) == (0, [])


def test_a_new_store_has_its_time(salon: StoreInfo, clock: Clock) -> None:
    assert check_sync() == 0
    clock(46)
    assert check_sync() == 1
    Store.objects.update(is_published=False)
    assert check_sync() == 0


# --- for operators ----------------------------------------------------------------------------------------


def test_operators_read_it_in_words(synced: StoreInfo, upstream: Upstream) -> None:
    upstream.rows["services"][0] |= {"name": "New", "version": 2, "updatedAt": ago(minutes=6, seconds=5)}
    sync_store()
    client = signed_in(User.objects.create_superuser("operator"))
    with store_scope(None):
        runs = client.get("/admin/catalog/syncrun/").content.decode()
        states = client.get("/admin/catalog/syncstate/").content.decode()
        page = client.get(f"/admin/catalog/syncrun/{SyncRun.across_stores.latest('pk').pk}/change/")
        copies = client.get("/admin/catalog/snapshot/")
        new = client.get("/admin/catalog/syncstate/add/")
    assert "services: 0 new, 1 changed, 0 gone" in runs
    assert "6\xa0minutes" in runs
    assert "6\xa0minutes" in states
    assert (page.status_code, copies.status_code, new.status_code) == (200, 200, 403)


def test_open_alerts_are_printed(synced: StoreInfo, clock: Clock, capsys: Any) -> None:
    with store_scope(None):
        call_command("check_alerts")
        clock(46)
        call_command("check_alerts")
    quiet, told = capsys.readouterr().out.splitlines()
    assert quiet == "No open alerts."
    assert "(salon): no complete sync for 45 minutes" in told
