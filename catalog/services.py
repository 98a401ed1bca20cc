"""Use cases of the catalogue: speaking with Mango Biz as a store, and keeping its copies up to date."""

from dataclasses import dataclass
from functools import lru_cache

import structlog
from django.conf import settings

from catalog import cache
from catalog.client import MangoBizClient, NotModified
from catalog.entries import NAMES, CopyUnreadable, Name
from catalog.errors import CredentialsRefused, UpstreamError
from catalog.snapshots import load
from catalog.wire import Wire
from config.breaker import Breaker
from config.http import TimedSession, build_session
from store.queries import find_api_key
from store.tenancy import current_store

log = structlog.get_logger(__name__)


@lru_cache(maxsize=1)
def _session() -> TimedSession:
    return build_session()


def mango_biz() -> MangoBizClient:
    """A client that speaks as the store in scope. Costs a query: ask for one when it is really needed."""
    store = current_store()
    breaker = Breaker(f"mango-biz:{store.id}")
    return MangoBizClient(Wire(_session(), settings.MANGO_BIZ_URL, find_api_key(store.id), breaker))


@dataclass(frozen=True)
class SyncReport:
    """What one run over a store's collections did, by name."""

    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


def sync_store(*, is_full: bool = False) -> SyncReport:
    """Bring every copy of the store in scope up to date. `is_full` asks unconditionally.

    A collection that fails does not hold up the others; a refused key stops the run at once.
    """
    store = current_store()
    client = mango_biz()
    kept = {entry.name: entry for entry in load(NAMES)}
    changed: list[Name] = []
    unchanged: list[Name] = []
    failed: list[Name] = []
    for number, name in enumerate(NAMES):
        before = kept.get(name)
        try:
            entry = cache.fetch(client, name, None if is_full else before)
        except CredentialsRefused:
            log.error("store_key_refused", store=store.slug)
            failed += NAMES[number:]
            break
        except (UpstreamError, NotModified, CopyUnreadable) as error:
            log.warning("collection_not_synced", store=store.slug, collection=name, error=repr(error)[:200])
            failed.append(name)
            continue
        cache.store_entry(store.id, entry)
        (unchanged if before and before.digest == entry.digest else changed).append(name)
    return SyncReport(tuple(changed), tuple(unchanged), tuple(failed))
