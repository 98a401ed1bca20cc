"""Following the webhooks: a copy is brought up to what they told of.

The webhook only says that something changed; what it is now Mango Biz alone says.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from catalog import kept, renewal, snapshots
from catalog.entries import CopyUnreadable, Entry, Name, opened
from catalog.services.speaking import mango_biz
from store.tenancy import current_store

# What webhooks told of: {entity: (its version then, when we received it)}.
Known = Mapping[UUID, tuple[int, datetime]]


def expire(names: Iterable[Name]) -> None:
    """The next reader of these collections of the store in scope asks Mango Biz."""
    for name in names:
        kept.expire(current_store().id, name)


def catch_up(name: Name, known: Known) -> frozenset[UUID]:
    """Bring the copy up to date at least to these. Returns those that it still does not satisfy: ask again.

    Asks Mango Biz only if needed, once for all of them, or lets others ask who are about to. Raises
    UpstreamError. Not inside a transaction: it waits for HTTP.
    """
    store_id = current_store().id
    unmet = _find_unmet_here(store_id, name, known)
    if not unmet:
        return frozenset()
    # First, so that a crash leaves a copy that is asked for again, as does an answer under way.
    received_at = max(known[entity_id][1] for entity_id in unmet)
    kept.expire(store_id, name, as_of=received_at.timestamp())
    client = mango_biz()
    renewal.check_may_ask(store_id, client)
    entry = renewal.renew_until(
        store_id, name, client, is_enough=lambda entry: not _find_unmet(store_id, entry, known)
    )
    if _find_unmet(store_id, entry, known) and entry.full_at < entry.as_of:
        # It was only confirmed, or told in changes: what they left out a whole answer tells.
        entry = renewal.ask_now(store_id, name, client, None)
    return _find_unmet(store_id, entry, known)


def _find_unmet_here(store_id: UUID, name: Name, known: Known) -> frozenset[UUID]:
    """By the copy that pages show. Where it satisfies all, the snapshot does so afterwards, too."""
    entry = kept.find(store_id, (name,)).entries.get(name) or next(iter(snapshots.load([name])), None)
    if entry is None:
        return frozenset(known)
    try:
        unmet = _find_unmet(store_id, entry, known)
    except CopyUnreadable:
        return frozenset(known)
    if not unmet:
        snapshots.save(entry)
    return unmet


def _find_unmet(store_id: UUID, entry: Entry, known: Known) -> frozenset[UUID]:
    """A list of changes need not name what we lack: absence is proved by a whole list or by its ETag."""
    versions = {row.id: row.version for row in opened.open(store_id, entry).rows}
    absent_as_of = entry.as_of if entry.etag else entry.full_at

    def is_met(entity_id: UUID, version: int, received_at: datetime) -> bool:
        if entity_id in versions:
            return bool(versions[entity_id] >= version)
        return absent_as_of > received_at.timestamp()

    return frozenset(
        entity_id
        for entity_id, (version, received_at) in known.items()
        if not is_met(entity_id, version, received_at)
    )
