"""This process's own short memory and its latches: what is left of the cache when Redis is down."""

import threading
import time
from uuid import UUID

from django.core.cache import cache

from catalog.entries import Entry, Name, opened

MEMORY_SECONDS = 5.0
MEMORY_LIMIT = 3000

_entries: dict[tuple[UUID, Name], tuple[float, Entry]] = {}
_latches: dict[str, float] = {}
_lock = threading.Lock()


def remember(store_id: UUID, entry: Entry) -> None:
    with _lock:
        if len(_entries) >= MEMORY_LIMIT:
            _entries.clear()
        _entries[store_id, entry.name] = (time.monotonic() + MEMORY_SECONDS, entry)


def recall(store_id: UUID, name: Name) -> Entry | None:
    until, entry = _entries.get((store_id, name), (0.0, None))
    return entry if until > time.monotonic() else None


def forget(store_id: UUID, name: Name) -> None:
    with _lock:
        _entries.pop((store_id, name), None)


def forget_all() -> None:
    """A process as if just started: for tests."""
    opened.clear()
    with _lock:
        _entries.clear()
        _latches.clear()


def take_latch(key: str, seconds: float) -> bool:
    """Whether this caller is the one to do it: of all processes, or of this one while Redis is down."""
    with _lock:
        if not _take_own(key, seconds):
            return False
    # A Redis that is down adds nothing and holds nothing: then the process's own latch decides.
    if cache.add(key, 1, timeout=seconds) or cache.get(key) is None:
        return True
    with _lock:
        _latches.pop(key, None)
    return False


def hold(key: str, seconds: float) -> None:
    """Latch for everybody, whoever holds it now."""
    with _lock:
        _latches.pop(key, None)
        _take_own(key, seconds)
    cache.set(key, 1, timeout=seconds)


def release_latch(key: str) -> None:
    with _lock:
        _latches.pop(key, None)
    cache.delete(key)


def is_latched(key: str) -> bool:
    return _latches.get(key, 0.0) > time.monotonic() or cache.get(key) is not None


def _take_own(key: str, seconds: float) -> bool:
    now = time.monotonic()
    if _latches.get(key, 0.0) > now:
        return False
    if len(_latches) >= MEMORY_LIMIT:
        for old in [name for name, until in _latches.items() if until <= now]:
            del _latches[old]
    _latches[key] = now + seconds
    return True
