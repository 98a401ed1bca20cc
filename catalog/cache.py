"""The three layers between a page and Mango Biz: Redis, last-known-good snapshot, API (docs/catalog.md).

    read(store_id, names, get_client) -> {name: Copy}

is the one way in. Fresh: served, and renewed in the background shortly before its end. Expired: one caller
asks Mango Biz, conditionally, and waits for a moment; the others get the old copy. Mango Biz does not answer:
the old copy, marked stale, and nobody asks for a while. Redis does not answer: the same with the process's
own short memory. A name without any copy is missing from the answer.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import structlog

from catalog import kept, renewal
from catalog.entries import Collection, CopyUnreadable, Entry, Name, opened

log = structlog.get_logger(__name__)

# While one caller refetches, the copy others get is a little over its time: that is not worth a word.
GRACE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Copy:
    """`as_of` in POSIX seconds; stale: older than it should be because Mango Biz could not be asked.

    `digest` is another whenever the content is.
    """

    value: Collection
    digest: str
    as_of: float
    is_stale: bool


def read(store_id: UUID, names: Iterable[Name], get_client: renewal.GetClient) -> dict[Name, Copy]:
    """Copies of these collections, of the store in scope; those there is none of are missing.

    One round trip to Redis and no query when all is fresh. Not inside a transaction: it may wait for HTTP.
    """
    names = tuple(names)
    now = time.time()
    found = kept.find(store_id, names)
    ends = {name: found.entries[name].fresh_until if name in found.entries else 0.0 for name in names}
    failed = frozenset[Name]()
    if due := tuple(name for name in names if ends[name] <= now):
        failed = renewal.renew(store_id, due, found, get_client)
    if early := tuple(name for name in names if now < ends[name] <= now + renewal.EARLY_SECONDS):
        renewal.renew_early(store_id, early, found, get_client)
    copies: dict[Name, Copy] = {}
    for name, entry in found.entries.items():
        try:
            copies[name] = _make_copy(store_id, entry, has_failed=name in failed)
        except CopyUnreadable:
            log.exception("copy_unreadable", collection=name)
            kept.drop(store_id, name)
    return copies


def _make_copy(store_id: UUID, entry: Entry, *, has_failed: bool) -> Copy:
    value = opened.open(store_id, entry)
    is_old = entry.as_of + kept.FRESH_SECONDS + GRACE_SECONDS < time.time()
    return Copy(value, entry.digest, entry.as_of, is_stale=has_failed or is_old)
