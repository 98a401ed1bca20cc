"""The sync: every copy of a store brought up to date, and a row that says how it went."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog
from django.db.models import F
from django.utils import timezone

from analytics.models import Alert
from analytics.services import clear_alert, raise_alert
from catalog import kept, renewal
from catalog.client import MangoBizClient
from catalog.drift import Drift, as_json, find_drift, find_lag
from catalog.entries import NAMES, CopyUnreadable, Entry, Name
from catalog.errors import CredentialsRefused, UpstreamError, UpstreamUnavailable
from catalog.models import SyncRun, SyncState
from catalog.services.speaking import mango_biz
from catalog.snapshots import load
from store.models import Store
from store.tenancy import current_store

log = structlog.get_logger(__name__)

# Older changes that no webhook told of are an alert, and so is a store whose sync has not succeeded for long.
LAG_ALERT_SECONDS = 5 * 60
OLD_DATA = timedelta(minutes=45)
# A refused key is not tried at every slot.
PROBE_EVERY = timedelta(hours=1)
RUNS_KEPT = 50

Tell = Callable[[Name, str], object]


@dataclass
class SyncReport:
    """What one run over a store's collections did, by name. `error` is the first one's, "" without any."""

    changed: list[Name] = field(default_factory=list)
    unchanged: list[Name] = field(default_factory=list)
    failed: list[Name] = field(default_factory=list)
    drifts: dict[Name, Drift] = field(default_factory=dict)
    lag_seconds: int = 0
    full_at: datetime | None = None  # no collection was told in full before that; None where one never was
    error: str = ""
    refused_key: str = ""  # its hash, where Mango Biz refused the key


def sync_store(*, is_full: bool = False, tell: Tell = lambda _name, _outcome: None) -> SyncReport:
    """Bring every copy of the store in scope up to date. `is_full` asks unconditionally.

    A collection that fails does not hold up the others; a refused key, or the word to wait, ends the run.
    Calls tell(name, "changed" | "unchanged" | "failed") as it goes. Keeps a SyncRun and the store's
    SyncState; raises and clears alerts.
    """
    started_at = timezone.now()
    SyncState.objects.get_or_create(store_id=current_store().id)
    SyncState.objects.update(started_at=started_at)
    report = SyncReport()
    try:
        _sync_collections(report, is_full=is_full, tell=tell)
    except Exception as error:
        report.error = report.error or type(error).__name__
        report.failed += [name for name in NAMES if name not in _done(report)]
        raise
    finally:
        _record(report, started_at, is_full=is_full)
        _tell_operators(report)
    return report


def may_sync() -> bool:
    """False while Mango Biz refuses the present key of the store in scope, but for a probe an hour."""
    state = SyncState.objects.filter(refused_at__isnull=False, started_at__isnull=False).first()
    if state is None or state.started_at is None or timezone.now() - state.started_at >= PROBE_EVERY:
        return True
    return mango_biz().key_hash != state.refused_key


def check_sync() -> int:
    """Raise an alert for each published store whose copies are old. Returns how many there are."""
    limit = timezone.now() - OLD_DATA
    fresh = SyncState.across_stores.filter(succeeded_at__gte=limit).values("store_id")
    old = Store.objects.filter(is_published=True, created_at__lt=limit).exclude(pk__in=fresh)
    for store in old:
        raise_alert(Alert.Kind.SYNC_LAG, store_id=store.pk, detail="no complete sync for 45 minutes")
    return len(old)


# --- one run --------------------------------------------------------------------------------------------


def _sync_collections(report: SyncReport, *, is_full: bool, tell: Tell) -> None:
    store_id = current_store().id
    if kept.find(store_id, ()).pause == renewal.TOLD_TO_WAIT:
        report.failed, report.error = list(NAMES), renewal.TOLD_TO_WAIT
        return
    client = mango_biz()
    copies = {entry.name: entry for entry in load(NAMES)}
    for name in NAMES:
        before = copies.get(name)
        entry = _sync_one(client, name, None if is_full else before, report)
        if entry is None:
            report.failed.append(name)
            tell(name, "failed")
            if report.refused_key or report.error == renewal.TOLD_TO_WAIT:
                report.failed += [other for other in NAMES if other not in _done(report)]
                break
            continue
        copies[name] = entry
        report.drifts[name] = find_drift(before, entry, now=timezone.now())
        is_same = before is not None and before.digest == entry.digest
        (report.unchanged if is_same else report.changed).append(name)
        tell(name, "unchanged" if is_same else "changed")
    report.lag_seconds = find_lag(report.drifts, now=timezone.now())
    if len(copies) == len(NAMES):
        report.full_at = datetime.fromtimestamp(min(entry.full_at for entry in copies.values()), UTC)
    if not report.failed:
        renewal.end_pause(store_id)


def _sync_one(client: MangoBizClient, name: Name, before: Entry | None, report: SyncReport) -> Entry | None:
    try:
        return renewal.ask_now(current_store().id, name, client, before)
    except CredentialsRefused as error:
        report.refused_key = client.key_hash
        report.error = f"refused: {error.status} {error.code}".strip()[:300]
    except (UpstreamError, CopyUnreadable) as error:
        was_told = isinstance(error, UpstreamUnavailable) and error.retry_after
        report.error = (
            renewal.TOLD_TO_WAIT if was_told else report.error or f"{type(error).__name__}: {error}"[:300]
        )
    return None


def _done(report: SyncReport) -> list[Name]:
    return [*report.changed, *report.unchanged, *report.failed]


# --- what is kept of it ---------------------------------------------------------------------------------


def _record(report: SyncReport, started_at: datetime, *, is_full: bool) -> None:
    now = timezone.now()
    said = {"finished_at": now, "lag_seconds": report.lag_seconds, "last_error": report.error}
    state = SyncState.objects.all()
    if report.failed:
        state.update(**said, failures=F("failures") + 1)
    else:
        state.update(**said, failures=0, succeeded_at=now, refused_at=None, refused_key="")
    if report.full_at:
        state.update(full_at=report.full_at)
    if report.refused_key:
        state.update(refused_key=report.refused_key)
        state.filter(refused_at=None).update(refused_at=now)
    SyncRun.objects.create(
        started_at=started_at,
        finished_at=now,
        is_full=is_full,
        failed=", ".join(report.failed),
        error=report.error,
        drift=as_json(report.drifts),
        lag_seconds=report.lag_seconds,
    )
    old = list(SyncRun.objects.order_by("-started_at", "-pk").values_list("pk", flat=True)[RUNS_KEPT:][:500])
    SyncRun.objects.filter(pk__in=old).delete()


def _tell_operators(report: SyncReport) -> None:
    store_id = current_store().id
    if report.refused_key:
        raise_alert(Alert.Kind.KEY_REFUSED, store_id=store_id, detail=report.error)
    if report.lag_seconds > LAG_ALERT_SECONDS:
        detail = f"changes up to {report.lag_seconds} s old that no webhook told of"
        raise_alert(Alert.Kind.SYNC_LAG, store_id=store_id, detail=detail)
    elif not report.failed:
        clear_alert(Alert.Kind.SYNC_LAG, store_id=store_id)
    if not report.failed:
        clear_alert(Alert.Kind.KEY_REFUSED, store_id=store_id)
