"""Asking Mango Biz for newer copies: one caller at a time, never for long, and not while it says not to.

Two reasons not to ask are kept beside the copies. A *rest* follows every failure for some seconds: pages do
not ask. A *pause* is Mango Biz's own word, "come back later" or "this key is refused": nobody asks, neither
the sync nor what follows webhooks. (The booking's outbox minds neither: it has its own patience.)
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import UUID

import structlog

from catalog import memory, snapshots
from catalog.client import MangoBizClient, NotModified
from catalog.entries import Entry, Name, find_newest_change, make_entry, merge_changes
from catalog.errors import CredentialsRefused, NotAsked, UpstreamChanged, UpstreamError, UpstreamUnavailable
from catalog.kept import FRESH_SECONDS, Found, find, find_newest, pause_key, put, rest_key

log = structlog.get_logger(__name__)

# A copy that is only confirmed ("not modified", or changes since) is told in full once a day all the same.
FULL_SECONDS = 24 * 3600
# Changes are asked for from a little before the newest we have: rows may be committed out of order.
OVERLAP = timedelta(minutes=5)
LATCH_SECONDS = 20
REST_SECONDS = 10
# The breaker refuses at once and lets one of six through: the others ask again soon after that one's success.
NOT_ASKED_REST_SECONDS = 2
# However long Mango Biz asks us to wait.
LONGEST_PAUSE_SECONDS = 120
# A refused key is tried again once in this time, and at once when it is another.
REFUSED_SECONDS = 3600
LOOK_SECONDS = 15
# What a page waits for the first copy there will be, and for a newer one than it has.
PATIENCE_SECONDS = 6.5
RENEWAL_SECONDS = 0.4
# Within this of its end a copy that somebody reads is renewed, so that hardly a page meets an expired one.
EARLY_SECONDS = 45
# In one process; the latch decides among all, but asking it costs a round trip.
EARLY_PAUSE_SECONDS = 1.0
# What follows a webhook waits this long for somebody else's answer before it asks, too.
OTHERS_SECONDS = 5.0

THREADS = 24
TOLD_TO_WAIT = "told to wait"
REFUSED = "refused:"

GetClient = Callable[[], MangoBizClient]

# The threads only speak HTTP and Redis; the database is their callers' business.
_pool = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="mango-biz")
# So that answers which take half a minute do not pile up questions behind them.
_free = threading.BoundedSemaphore(THREADS)


class LeftAlone(NotAsked):
    """Not asked, because Mango Biz said not to."""

    def __init__(self, reason: str) -> None:
        UpstreamUnavailable.__init__(self, f"not asked: {reason}", maybe_done=False)


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
        if kept is None:
            raise UpstreamChanged("304 to no question of ours") from None
        return replace(kept, as_of=now, fresh_until=now + FRESH_SECONDS)
    return make_entry(name, fetched, now=now, fresh_seconds=FRESH_SECONDS)


def store_entry(store_id: UUID, entry: Entry) -> None:
    """Into all layers; the snapshot is the store's in scope."""
    put(store_id, entry)
    snapshots.save(entry)


# --- for pages ------------------------------------------------------------------------------------------


def renew(store_id: UUID, due: tuple[Name, ...], found: Found, get_client: GetClient) -> frozenset[Name]:
    """Bring found.entries up to date as far as that can be done now. Returns those that could not be."""
    entries = found.entries
    if lacking := tuple(name for name in due if name not in entries):
        entries.update((entry.name, entry) for entry in snapshots.load(lacking))
    if _is_paused(store_id, found.pause, get_client):
        return frozenset(due)
    wanted, failed = due, frozenset[Name]()
    if found.is_resting:
        wanted = tuple(name for name in due if name not in entries)
        failed = frozenset(due) - frozenset(wanted)
    mine = _drop_renewed(store_id, _take_latches(store_id, wanted), entries)
    if mine:
        failed |= _ask(store_id, mine, entries, get_client)
    # Somebody else is asking for the first copies there will be.
    deadline = time.monotonic() + PATIENCE_SECONDS
    for name in wanted:
        if name not in entries and name not in mine:
            _wait_for(store_id, name, entries, deadline)
    return failed


def _drop_renewed(store_id: UUID, names: list[Name], entries: dict[Name, Entry]) -> list[Name]:
    """Without those that somebody renewed between our look and our latch."""
    if not names:
        return names
    now = time.time()
    fresh = {name: entry for name, entry in find(store_id, names).entries.items() if entry.fresh_until > now}
    entries.update(fresh)
    for name in fresh:
        memory.release_latch(_latch_key(store_id, name))
    return [name for name in names if name not in fresh]


def renew_early(store_id: UUID, names: tuple[Name, ...], found: Found, get_client: GetClient) -> None:
    """Ask in the background for copies that will soon be old: nobody waits."""
    if found.is_resting or found.pause:
        return
    if not memory.is_first(f"catalog:{store_id}:early", EARLY_PAUSE_SECONDS):
        return
    mine = _take_latches(store_id, names)
    if mine and (client := _get_client(store_id, mine, found.entries, get_client)):
        for name, future in _submit(store_id, client, mine, found.entries).items():
            future.add_done_callback(partial(_keep_late, store_id, name, client, found.entries[name]))


def _ask(
    store_id: UUID, names: list[Name], entries: dict[Name, Entry], get_client: GetClient
) -> frozenset[Name]:
    """Fetch side by side and keep what comes within a page's patience. Returns what failed.

    Releases the latches.
    """
    client = _get_client(store_id, names, entries, get_client)
    if client is None:
        return frozenset(names)
    failed: set[Name] = set()
    first_ones = [name for name in names if name not in entries]
    started = time.monotonic()
    for name, future in _submit(store_id, client, names, entries).items():
        patience = PATIENCE_SECONDS if name in first_ones else RENEWAL_SECONDS
        try:
            entry = future.result(timeout=max(0.0, started + patience - time.monotonic()))
        except TookTooLong:
            # It goes on: what it brings is for the next reader, and until then the latch is held.
            future.add_done_callback(partial(_keep_late, store_id, name, client, entries.get(name)))
            continue
        except Exception as error:  # noqa: BLE001 (whatever it is, old beats down)
            failed.add(name)
            note_failure(store_id, name, error, client, entries.get(name))
        else:
            entries[name] = entry
            put(store_id, entry)
            if name in first_ones:
                # From then on the snapshot follows the sync and the webhooks: see catalog.drift.
                snapshots.save(entry)
        memory.release_latch(_latch_key(store_id, name))
    return frozenset(failed)


def _get_client(
    store_id: UUID, names: list[Name], entries: dict[Name, Entry], get_client: GetClient
) -> MangoBizClient | None:
    """None where there is none, which is noted and the latches released."""
    try:
        return get_client()
    except Exception as error:  # noqa: BLE001 (a database that is down, a key that does not open)
        for name in names:
            note_failure(store_id, name, error, None, entries.get(name))
            memory.release_latch(_latch_key(store_id, name))
        return None


def _submit(
    store_id: UUID, client: MangoBizClient, names: list[Name], entries: dict[Name, Entry]
) -> dict[Name, Future[Entry]]:
    """Ask for each, if a thread is free: only for a first copy it is worth waiting for one."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    asked: dict[Name, Future[Entry]] = {}
    for name in names:
        patience = 0.0 if name in entries else max(0.0, deadline - time.monotonic())
        if _free.acquire(timeout=patience):
            asked[name] = _pool.submit(fetch, client, name, entries.get(name))
            asked[name].add_done_callback(partial(_release, _free))
        else:
            log.warning("catalogue_not_asked_for", collection=name, threads=THREADS)
            memory.release_latch(_latch_key(store_id, name))
    return asked


def _release(free: threading.Semaphore, _future: Future[Entry]) -> None:
    free.release()


def _keep_late(
    store_id: UUID, name: Name, client: MangoBizClient, before: Entry | None, future: Future[Entry]
) -> None:
    """In the pool's thread: no database here, so the snapshot waits for the next sync."""
    try:
        put(store_id, future.result())
    except Exception as error:  # noqa: BLE001 (nobody is left to tell)
        note_failure(store_id, name, error, client, before)
    finally:
        memory.release_latch(_latch_key(store_id, name))


def _wait_for(store_id: UUID, name: Name, entries: dict[Name, Entry], deadline: float) -> None:
    is_last_look = False
    while True:
        if found := find(store_id, (name,)).entries:
            entries.update(found)
            return
        if is_last_look or time.monotonic() > deadline:
            return
        # Once it is released the copy is there, or there will be none.
        is_last_look = not memory.is_latched(_latch_key(store_id, name))
        if not is_last_look:
            time.sleep(0.05)


# --- for what follows webhooks --------------------------------------------------------------------------


def renew_until(
    store_id: UUID, name: Name, client: MangoBizClient, is_enough: Callable[[Entry], bool]
) -> Entry:
    """A copy that is enough, or one asked for after this call: somebody else's on its way, or our own.

    Waits for HTTP; keeps what it brings in all layers. Raises UpstreamError.
    """
    called_at = time.time()
    latch, deadline = _latch_key(store_id, name), time.monotonic() + OTHERS_SECONDS
    while not (is_mine := memory.take_latch(latch, LATCH_SECONDS)) and time.monotonic() < deadline:
        time.sleep(0.05)
    try:
        kept = find_newest(store_id, name)
        if kept is not None and (is_enough(kept) or kept.as_of > called_at):
            # Whoever put it into Redis may have been a page, or have died before it came so far.
            snapshots.save(kept)
            return kept
        return ask_now(store_id, name, client, kept)
    finally:
        if is_mine:
            memory.release_latch(latch)


def ask_now(store_id: UUID, name: Name, client: MangoBizClient, kept: Entry | None) -> Entry:
    """As `fetch`, kept in all layers; a failure is noted for pages, too. Raises UpstreamError."""
    try:
        entry = fetch(client, name, kept)
    except UpstreamError as error:
        note_failure(store_id, name, error, client, kept)
        raise
    store_entry(store_id, entry)
    return entry


# --- rests and pauses -----------------------------------------------------------------------------------


def note_failure(
    store_id: UUID, name: Name, error: Exception, client: MangoBizClient | None, entry: Entry | None
) -> None:
    """Leave Mango Biz alone for as long as the error says; `entry` is what pages go on with."""
    if isinstance(error, NotAsked):
        memory.hold(rest_key(store_id), NOT_ASKED_REST_SECONDS)
    else:
        trace = None if isinstance(error, UpstreamError) else error
        log.warning("catalogue_not_renewed", collection=name, error=repr(error)[:200], exc_info=trace)
        memory.hold(rest_key(store_id), REST_SECONDS)
    if isinstance(error, CredentialsRefused) and client is not None:
        memory.hold(pause_key(store_id), REFUSED_SECONDS, REFUSED + client.key_hash)
    elif isinstance(error, UpstreamUnavailable) and error.retry_after:
        memory.hold(pause_key(store_id), min(error.retry_after, LONGEST_PAUSE_SECONDS), TOLD_TO_WAIT)
    if entry is not None:
        # It may come from a snapshot: the next reader finds it in Redis.
        put(store_id, entry)


def check_may_ask(store_id: UUID, client: MangoBizClient) -> None:
    """Raises LeftAlone while Mango Biz wants us to wait or refuses this very key."""
    pause = find(store_id, ()).pause
    if pause and pause != REFUSED + client.key_hash and pause.startswith(REFUSED):
        end_pause(store_id)
    elif pause:
        raise LeftAlone(pause if pause == TOLD_TO_WAIT else "the key is refused")


def end_pause(store_id: UUID) -> None:
    memory.release_latch(pause_key(store_id))


def _is_paused(store_id: UUID, pause: str, get_client: GetClient) -> bool:
    """A refused key that was replaced is noticed within seconds; knowing the present one costs a query."""
    if not pause.startswith(REFUSED):
        return bool(pause)
    if not memory.is_first(f"catalog:{store_id}:look", LOOK_SECONDS):
        return True
    try:
        check_may_ask(store_id, get_client())
    except Exception:  # noqa: BLE001 (still refused, or there is no key to ask with)
        return True
    return False


# --- latches --------------------------------------------------------------------------------------------


def _latch_key(store_id: UUID, name: Name) -> str:
    return f"catalog:{store_id}:{name}:latch"


def _take_latches(store_id: UUID, names: tuple[Name, ...]) -> list[Name]:
    return [name for name in names if memory.take_latch(_latch_key(store_id, name), LATCH_SECONDS)]
