"""What a sync found different from our copy although no webhook had told.

The measure is the snapshot: the sync and what follows webhooks write it, pages only the first one. So what
the sync finds there is what webhooks did not bring, even where pages have noticed it by themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from catalog.entries import Entry, Name, find_change, read_rows

# A younger change may still have its webhook under way.
UNDER_WAY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Drift:
    """Rows of one collection; `oldest` is when the first of those that are still there changed."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    oldest: datetime | None = None

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def find_drift(before: Entry | None, after: Entry, *, now: datetime) -> Drift:
    """How two copies differ; a first copy is no drift. Raises CopyUnreadable."""
    if before is None or before.digest == after.digest:
        return Drift()
    old, new = read_rows(before), read_rows(after)
    different = {row_id: find_change(row) for row_id, row in new.items() if old.get(row_id) != row}
    late = {row_id: moment for row_id, moment in different.items() if now - moment > UNDER_WAY}
    return Drift(
        added=sum(row_id not in old for row_id in late),
        changed=sum(row_id in old for row_id in late),
        removed=len(old.keys() - new.keys()),
        oldest=min(late.values(), default=None),
    )


def find_lag(drifts: Mapping[Name, Drift], *, now: datetime) -> int:
    """Whole seconds since the oldest change that nobody had told of, 0 where there is none."""
    moments = [drift.oldest for drift in drifts.values() if drift.oldest]
    return int((now - min(moments)).total_seconds()) if moments else 0


def as_json(drifts: Mapping[Name, Drift]) -> dict[str, dict[str, int]]:
    """For SyncRun.drift: collections with a drift only."""
    fields = ("added", "changed", "removed")
    return {name: {key: getattr(drift, key) for key in fields} for name, drift in drifts.items() if drift}
