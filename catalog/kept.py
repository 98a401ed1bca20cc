"""The copies in Redis, what was said about them, and how both are found in one round trip.

What says that a copy is no longer true is a mark of its own with the moment in it; a reader compares that
with the moment the copy was asked for. So an answer that was under way when a webhook came is never taken for
fresh, whoever writes first.
"""

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.core.cache import cache

from catalog import memory, snapshots
from catalog.entries import SHAPE_VERSION, CopyUnreadable, Entry, Name, opened

FRESH_SECONDS = 5 * 60
KEEP_SECONDS = 7 * 24 * 3600

# For the copies of every store: Redis was away, so that marks may be missing.
ALL_EXPIRED_KEY = "catalog:expired"


def meta_key(store_id: UUID, name: Name) -> str:
    return f"catalog:{SHAPE_VERSION}:{store_id}:{name}:meta"


def body_key(store_id: UUID, name: Name, digest: str) -> str:
    """Named by its content: a reader never gets one copy's meta with another's body."""
    return f"catalog:{SHAPE_VERSION}:{store_id}:{name}:{digest[:20]}"


def expired_key(store_id: UUID, name: Name) -> str:
    return f"catalog:{store_id}:{name}:expired"


def rest_key(store_id: UUID) -> str:
    """Held for a few seconds after a failure: pages do not ask."""
    return f"catalog:{store_id}:rest"


def pause_key(store_id: UUID) -> str:
    """Held while nobody may ask: see catalog.renewal."""
    return f"catalog:{store_id}:pause"


@dataclass(frozen=True, slots=True)
class Found:
    """What there is for a page. `pause` says why nobody may ask Mango Biz, "" where one may."""

    entries: dict[Name, Entry]
    is_resting: bool = False
    pause: str = ""


def find(store_id: UUID, names: Iterable[Name]) -> Found:
    """The copies in Redis, or in this process's memory where Redis has none."""
    names = tuple(names)
    said_keys = [ALL_EXPIRED_KEY, rest_key(store_id), pause_key(store_id)]
    said_keys += [expired_key(store_id, name) for name in names]
    found = cache.get_many([*said_keys, *(meta_key(store_id, name) for name in names)]) or {}
    said = {key: found.get(key) or memory.recall_mark(key) for key in said_keys}
    metas = {name: found.get(meta_key(store_id, name)) for name in names}
    bodies = _find_bodies(store_id, metas)
    entries: dict[Name, Entry] = {}
    for name, meta in metas.items():
        body = bodies.get(name)
        entry = Entry(name, body, **meta) if meta and body else memory.recall(store_id, name)
        if entry is not None:
            expired = max(said[ALL_EXPIRED_KEY] or 0.0, said[expired_key(store_id, name)] or 0.0)
            entries[name] = replace(entry, fresh_until=0.0) if expired >= entry.as_of else entry
    return Found(entries, bool(said[rest_key(store_id)]), str(said[pause_key(store_id)] or ""))


def find_newest(store_id: UUID, name: Name) -> Entry | None:
    """The newest copy that can be read, the snapshot too; the store is the one in scope."""
    there = [*find(store_id, (name,)).entries.values(), *snapshots.load([name])]
    for entry in sorted(there, key=lambda entry: entry.as_of, reverse=True):
        with suppress(CopyUnreadable):
            opened.open(store_id, entry)
            return entry
    return None


def expire(store_id: UUID, name: Name, *, as_of: float | None = None) -> None:
    """Copies that were asked for before that moment (or now) are not fresh.

    The next reader asks Mango Biz; until it answers, the old copy serves.
    """
    key, moment = expired_key(store_id, name), as_of or time.time()
    if (cache.get(key) or memory.recall_mark(key) or 0.0) < moment:
        memory.hold(key, FRESH_SECONDS, moment)


def expire_all() -> None:
    """The same for every copy of every store."""
    memory.hold(ALL_EXPIRED_KEY, FRESH_SECONDS, time.time())


def put(store_id: UUID, entry: Entry) -> None:
    """Keep an entry in Redis and, for when that is down, for seconds in this process."""
    key = meta_key(store_id, entry.name)
    before = cache.get(key)
    if before and before["as_of"] > entry.as_of:
        return  # somebody asked later and was quicker
    # The body first: a meta never names one that is not there.
    cache.set(body_key(store_id, entry.name, entry.digest), entry.body, timeout=KEEP_SECONDS)
    cache.set(key, _meta_of(entry), timeout=KEEP_SECONDS)
    memory.remember(store_id, entry)


def drop(store_id: UUID, name: Name) -> None:
    cache.delete(meta_key(store_id, name))


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
