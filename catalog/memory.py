"""This process's own short memory, its latches and marks: what is left of the cache when Redis is down."""

import threading
import time
from typing import Any
from uuid import UUID

from django.core.cache import cache

from catalog.entries import Entry, Name, opened

MEMORY_SECONDS = 5.0
MEMORY_LIMIT = 3000

_entries: dict[tuple[UUID, Name], tuple[float, Entry]] = {}
_marks: dict[str, tuple[float, Any]] = {}  # until when, and what was said
_lock = threading.Lock()


def remember(store_id: UUID, entry: Entry) -> None:
    with _lock:
        if len(_entries) >= MEMORY_LIMIT:
            _entries.clear()
        _entries[store_id, entry.name] = (time.monotonic() + MEMORY_SECONDS, entry)


def recall(store_id: UUID, name: Name) -> Entry | None:
    until, entry = _entries.get((store_id, name), (0.0, None))
    return entry if until > time.monotonic() else None


def forget_all() -> None:
    """A process as if just started: for tests."""
    opened.clear()
    with _lock:
        _entries.clear()
        _marks.clear()


# --- latches: one caller does it ------------------------------------------------------------------------


def take_latch(key: str, seconds: float) -> bool:
    """Whether this caller is the one to do it: of all processes, or of this one while Redis is down."""
    if not is_first(key, seconds):
        return False
    # A Redis that is down adds nothing and holds nothing: then the process's own latch decides.
    if cache.add(key, 1, timeout=seconds) or cache.get(key) is None:
        return True
    with _lock:
        _marks.pop(key, None)
    return False


def release_latch(key: str) -> None:
    with _lock:
        _marks.pop(key, None)
    cache.delete(key)


def is_latched(key: str) -> bool:
    return recall_mark(key) is not None or cache.get(key) is not None


def is_first(key: str, seconds: float) -> bool:
    """Whether nobody in this process has asked within so many seconds. Costs no trip to Redis."""
    with _lock:
        if recall_mark(key) is not None:
            return False
        _mark(key, seconds, 1)
        return True


# --- marks: something everybody should know for a while -------------------------------------------------


def hold(key: str, seconds: float, value: Any = 1) -> None:
    """Say it to everybody, over what was said before. `release_latch` takes it back."""
    with _lock:
        _mark(key, seconds, value)
    cache.set(key, value, timeout=seconds)


def recall_mark(key: str) -> Any:
    """What this process itself has said under that key, None when it has not or it is over."""
    until, value = _marks.get(key, (0.0, None))
    return value if until > time.monotonic() else None


def _mark(key: str, seconds: float, value: Any) -> None:
    now = time.monotonic()
    if len(_marks) >= MEMORY_LIMIT:
        for old in [name for name, (until, _value) in _marks.items() if until <= now]:
            del _marks[old]
    _marks[key] = (now + seconds, value)
