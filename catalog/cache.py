"""The three layers between a page and Mango Biz: Redis, last-known-good snapshot, API (docs/catalog.md).

    read(store_id, names, get_client) -> {name: Copy}

is the one way in. Fresh: served. Expired: one caller asks Mango Biz, conditionally; the others get the old
copy. Mango Biz does not answer: the old copy, marked stale, and nobody asks for a while. Redis does not
answer: the same with the process's own short memory. A name without any copy is missing from the answer.
"""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from django.core.cache import cache

from catalog import memory, snapshots
from catalog.client import MangoBizClient, NotModified
from catalog.entries import (
    SHAPE_VERSION,
    Collection,
    CopyUnreadable,
    Entry,
    Name,
    find_newest_change,
    make_entry,
    merge_changes,
    opened,
)
from catalog.errors import UpstreamError, UpstreamUnavailable

log = structlog.get_logger(__name__)

FRESH_SECONDS = 5 * 60
KEEP_SECONDS = 7 * 24 * 3600
# A copy that is only confirmed ("not modified", or changes since) is told in full once a day all the same.
FULL_SECONDS = 24 * 3600
# Changes are asked for from a little before the newest we have: rows may be committed out of order.
OVERLAP = timedelta(minutes=5)
# While one caller refetches, the copy others get is a little over its time: that is not worth a word.
GRACE_SECONDS = 60
LATCH_SECONDS = 20
# After a failure nobody asks for this long, or for as long as Mango Biz said, within reason.
REST_SECONDS = 10
LONGEST_REST_SECONDS = 120
# What a page waits for the first copy there will be, and for a newer one than it has.
PATIENCE_SECONDS = 6.5
RENEWAL_SECONDS = 2.5

_pool = ThreadPoolExecutor(max_workers=24, thread_name_prefix="mango-biz")


@dataclass(frozen=True, slots=True)
class Copy:
    """`as_of` in POSIX seconds; stale: older than it should be because Mango Biz could not be asked."""

    value: Collection
    as_of: float
    is_stale: bool


def meta_key(store_id: UUID, name: Name) -> str:
    return f"catalog:{SHAPE_VERSION}:{store_id}:{name}:meta"


def body_key(store_id: UUID, name: Name, digest: str) -> str:
    """Named by its content: a reader never gets one copy's meta with another's body."""
    return f"catalog:{SHAPE_VERSION}:{store_id}:{name}:{digest[:20]}"


def expired_key(store_id: UUID, name: Name) -> str:
    return f"catalog:{store_id}:{name}:expired"


def _latch_key(store_id: UUID, name: Name) -> str:
    return f"catalog:{store_id}:{name}:latch"


def _rest_key(store_id: UUID) -> str:
    return f"catalog:{store_id}:rest"


def read(store_id: UUID, names: Iterable[Name], get_client: Callable[[], MangoBizClient]) -> dict[Name, Copy]:
    """Copies of these collections, of the store in scope; those there is none of are missing.

    One round trip to Redis and no query when all is fresh. Not inside a transaction: it may wait for HTTP.
    """
    names = tuple(names)
    now = time.time()
    kept = _find_kept(store_id, names)
    due = tuple(name for name in names if name not in kept or kept[name].fresh_until <= now)
    failed = _renew(store_id, due, kept, get_client) if due else frozenset()
    copies: dict[Name, Copy] = {}
    for name, entry in kept.items():
        try:
            copies[name] = _make_copy(store_id, entry, has_failed=name in failed)
        except CopyUnreadable:
            log.exception("copy_unreadable", collection=name)
            cache.delete(meta_key(store_id, name))
    return copies


def expire(store_id: UUID, name: Name) -> None:
    """The next reader asks Mango Biz; until it answers, the old copy serves.

    An answer that is under way was asked for before the change, so `put` must not take it for fresh.
    """
    cache.set(expired_key(store_id, name), time.time(), timeout=FRESH_SECONDS + LATCH_SECONDS)
    meta = cache.get(meta_key(store_id, name))
    if meta:
        cache.set(meta_key(store_id, name), meta | {"fresh_until": 0.0}, timeout=KEEP_SECONDS)
    memory.forget(store_id, name)


def put(store_id: UUID, entry: Entry) -> None:
    """Keep an entry in Redis and, for when that is down, for seconds in this process."""
    key, expired = meta_key(store_id, entry.name), expired_key(store_id, entry.name)
    found = cache.get_many([key, expired]) or {}
    if key in found and found[key]["as_of"] > entry.as_of:
        return  # somebody asked later and was quicker
    if found.get(expired, 0.0) >= entry.as_of:
        entry = replace(entry, fresh_until=0.0)
    # The body first: a meta never names one that is not there.
    cache.set(body_key(store_id, entry.name, entry.digest), entry.body, timeout=KEEP_SECONDS)
    cache.set(key, _meta_of(entry), timeout=KEEP_SECONDS)
    memory.remember(store_id, entry)


def store_entry(store_id: UUID, entry: Entry) -> None:
    """Into all layers; the snapshot is the store's in scope."""
    put(store_id, entry)
    snapshots.save(entry)


def fetch(client: MangoBizClient, name: Name, kept: Entry | None) -> Entry:
    """Ask Mango Biz: for all of it, or whether and what has changed since the copy. Raises UpstreamError."""
    now = time.time()
    if kept is not None and now - kept.full_at > FULL_SECONDS:
        kept = None
    etag = kept.etag if kept else ""
    try:
        if name == "business":
            fetched = client.fetch_business(etag=etag)
        elif kept and not etag and (newest := find_newest_change(kept)):
            # Over several pages there is no ETag for the whole, but few rows change.
            changes = client.fetch_collection(name, updated_since=newest - OVERLAP)
            return merge_changes(kept, changes, now=now, fresh_seconds=FRESH_SECONDS)
        else:
            fetched = client.fetch_collection(name, etag=etag)
    except NotModified:
        if kept is None:  # answered to no question of ours
            raise
        return replace(kept, as_of=now, fresh_until=now + FRESH_SECONDS)
    return make_entry(name, fetched, now=now, fresh_seconds=FRESH_SECONDS)


# --- finding what is kept -----------------------------------------------------------------------------


def _find_kept(store_id: UUID, names: tuple[Name, ...]) -> dict[Name, Entry]:
    metas = cache.get_many([meta_key(store_id, name) for name in names]) or {}
    bodies = _find_bodies(store_id, {name: metas.get(meta_key(store_id, name)) for name in names})
    kept: dict[Name, Entry] = {}
    for name in names:
        meta = metas.get(meta_key(store_id, name))
        body = bodies.get(name)
        entry = Entry(name, body, **meta) if meta and body else memory.recall(store_id, name)
        if entry is not None:
            kept[name] = entry
    return kept


def _find_bodies(store_id: UUID, metas: dict[Name, dict[str, Any] | None]) -> dict[Name, bytes]:
    """Those opened in this process are at hand; the others in one round trip."""
    bodies: dict[Name, bytes] = {}
    lacking: dict[str, Name] = {}
    for name, meta in metas.items():
        if meta:
            if found := opened.find(store_id, name, meta["digest"]):
                bodies[name] = found.body
            else:
                lacking[body_key(store_id, name, meta["digest"])] = name
    if lacking:
        for key, body in (cache.get_many(list(lacking)) or {}).items():
            bodies[lacking[key]] = body
    return bodies


def _meta_of(entry: Entry) -> dict[str, object]:
    return {
        "digest": entry.digest,
        "etag": entry.etag,
        "as_of": entry.as_of,
        "full_at": entry.full_at,
        "fresh_until": entry.fresh_until,
    }


# --- asking for more ----------------------------------------------------------------------------------


def _renew(
    store_id: UUID, due: tuple[Name, ...], kept: dict[Name, Entry], get_client: Callable[[], MangoBizClient]
) -> frozenset[Name]:
    """Bring `kept` up to date as far as that can be done now. Returns the names for which it could not."""
    if lacking := tuple(name for name in due if name not in kept):
        kept.update((entry.name, entry) for entry in snapshots.load(lacking))
    wanted, failed = due, frozenset[Name]()
    if memory.is_latched(_rest_key(store_id)):
        wanted = tuple(name for name in due if name not in kept)
        failed = frozenset(due) - frozenset(wanted)
    mine = [name for name in wanted if memory.take_latch(_latch_key(store_id, name), LATCH_SECONDS)]
    if mine:
        failed |= _ask(store_id, mine, kept, get_client)
    # Somebody else is asking for the first copies there will be.
    deadline = time.monotonic() + PATIENCE_SECONDS
    for name in wanted:
        if name not in kept and name not in mine:
            _wait_for(store_id, name, kept, deadline)
    return failed


def _ask(
    store_id: UUID, names: list[Name], kept: dict[Name, Entry], get_client: Callable[[], MangoBizClient]
) -> frozenset[Name]:
    """Fetch side by side and keep what comes within a page's patience. Returns what did not.

    The threads only speak HTTP; the database is this thread's business. Releases the latches.
    """
    try:
        client = get_client()
    except Exception as error:  # noqa: BLE001 (a database that is down, a key that does not open)
        for name in names:
            _note_failure(store_id, name, kept.get(name), error)
            memory.release_latch(_latch_key(store_id, name))
        return frozenset(names)
    patience = PATIENCE_SECONDS if any(name not in kept for name in names) else RENEWAL_SECONDS
    deadline = time.monotonic() + patience
    failed: set[Name] = set()
    asked = {name: _pool.submit(fetch, client, name, kept.get(name)) for name in names}
    for name, future in asked.items():
        try:
            kept[name] = future.result(timeout=max(0.0, deadline - time.monotonic()))
            store_entry(store_id, kept[name])
        except TookTooLong:
            failed.add(name)
            # It goes on: what it brings is for the next reader, and until then the latch is held.
            future.add_done_callback(partial(_keep_late, store_id, name))
            continue
        except Exception as error:  # noqa: BLE001 (whatever it is, old beats down)
            failed.add(name)
            _note_failure(store_id, name, kept.get(name), error)
        memory.release_latch(_latch_key(store_id, name))
    return frozenset(failed)


def _note_failure(store_id: UUID, name: Name, entry: Entry | None, error: Exception) -> None:
    trace = None if isinstance(error, (UpstreamError, NotModified)) else error
    log.warning("catalogue_not_renewed", collection=name, error=repr(error)[:200], exc_info=trace)
    asked_for = error.retry_after if isinstance(error, UpstreamUnavailable) else 0
    memory.hold(_rest_key(store_id), min(max(REST_SECONDS, asked_for), LONGEST_REST_SECONDS))
    if entry is not None:
        # It may come from a snapshot: the next reader finds it in Redis.
        put(store_id, entry)


def _keep_late(store_id: UUID, name: Name, future: Future[Entry]) -> None:
    """In the pool's thread: no database here, so the snapshot waits for the next sync."""
    try:
        put(store_id, future.result())
    except Exception as error:  # noqa: BLE001 (nobody is left to tell)
        _note_failure(store_id, name, None, error)
    finally:
        memory.release_latch(_latch_key(store_id, name))


def _wait_for(store_id: UUID, name: Name, kept: dict[Name, Entry], deadline: float) -> None:
    is_last_look = False
    while True:
        if found := _find_kept(store_id, (name,)):
            kept.update(found)
            return
        if is_last_look or time.monotonic() > deadline:
            return
        # Once it is released the copy is there, or there will be none.
        is_last_look = not memory.is_latched(_latch_key(store_id, name))
        if not is_last_look:
            time.sleep(0.05)


def _make_copy(store_id: UUID, entry: Entry, *, has_failed: bool) -> Copy:
    value = opened.open(store_id, entry)
    is_old = entry.as_of + FRESH_SECONDS + GRACE_SECONDS < time.time()
    return Copy(value, entry.as_of, is_stale=has_failed or is_old)
