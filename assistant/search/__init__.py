"""Full text over one store's catalogue, in memory: forgiving of typing errors, accents and other words.

An index is built once for each version of a catalogue and language, in the process that needs it.
"""

import threading
from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass
from uuid import UUID

from assistant.search.documents import Document, Kind, find_page_title, list_documents
from assistant.search.index import Index
from assistant.search.ranking import rank
from catalog.queries import Catalog

__all__ = ["Document", "Hit", "Kind", "find", "find_page_title", "list_documents"]

KEPT_INDEXES = 64

Key = tuple[UUID, str, str]
_indexes: OrderedDict[Key, "Future[Index]"] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Hit:
    """`score`: 0 to 1. `id` as in Document."""

    kind: Kind
    id: str
    score: float


def find(
    catalog: Catalog,
    query: str,
    *,
    language: str,
    store_id: UUID,
    kinds: frozenset[Kind] | None = None,
    limit: int = 50,
) -> tuple[Hit, ...]:
    """Best first, any text is a query. The store's language has to be in force."""
    index = _get_index((store_id, catalog.version, language), catalog)
    found = ((index.documents[place], score) for place, score in rank(index, query))
    hits = (Hit(document.kind, document.id, score) for document, score in found)
    return tuple(hit for hit in hits if kinds is None or hit.kind in kinds)[:limit]


def _get_index(key: Key, catalog: Catalog) -> Index:
    """Built by the first who asks; others who ask meanwhile wait for that one."""
    with _lock:
        future = _indexes.get(key)
        is_mine = future is None
        if future is None:
            future = _indexes[key] = Future()
        _indexes.move_to_end(key)
        while len(_indexes) > KEPT_INDEXES:
            _indexes.popitem(last=False)
    if is_mine:
        try:
            future.set_result(Index(list_documents(catalog), key[2]))
        except Exception as error:
            with _lock:
                _indexes.pop(key, None)
            future.set_exception(error)
            raise
    return future.result()
