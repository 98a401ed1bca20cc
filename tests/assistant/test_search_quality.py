"""Searches with known answers over the four salons, and others written before anything was tuned."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant import search
from catalog.queries import Catalog, get_catalog
from store.tenancy import StoreInfo, store_scope

pytestmark = pytest.mark.django_db

HERE = Path(__file__).parent
FIRST = 3
Queries = dict[str, list[dict[str, Any]]]


@pytest.fixture
def salon_catalogs(open_store: Callable[[str], StoreInfo]) -> Callable[[str], tuple[StoreInfo, Catalog]]:
    def open_catalog(slug: str) -> tuple[StoreInfo, Catalog]:
        store = open_store(slug)
        with store_scope(store):
            return store, get_catalog()

    return open_catalog


def find_misses(queries: Queries, open_catalog: Callable[[str], tuple[StoreInfo, Catalog]]) -> list[str]:
    """Queries of which not every expected item (of more than three: any three) is among the first three."""
    misses = []
    for slug, rows in queries.items():
        store, catalog = open_catalog(slug)
        with store_scope(store):
            for row in rows:
                hits = search.find(catalog, row["query"], language=store.language, store_id=store.id)
                first = {hit.id for hit in hits[:FIRST]}
                wanted = {item["id"] for item in row["expect"]}
                if len(first & wanted) < min(FIRST, len(wanted)):
                    names = [
                        document.title for document in search.list_documents(catalog) if document.id in first
                    ]
                    wished = [item["name"] for item in row["expect"]]
                    misses.append(f"{slug}: {row['query']!r}: {names} instead of {wished}")
    return misses


@pytest.mark.parametrize(("file", "share"), [("queries.json", 0.9), ("queries_heldout.json", 0.85)])
def test_what_is_looked_for_is_among_the_first_three(
    salon_catalogs: Callable[[str], tuple[StoreInfo, Catalog]], file: str, share: float
) -> None:
    queries: Queries = json.loads((HERE / file).read_text(encoding="utf-8"))
    total = sum(len(rows) for rows in queries.values())
    misses = find_misses(queries, salon_catalogs)
    if os.environ.get("SHOW_MISSES"):
        print("\n".join([f"{file}: {total - len(misses)} of {total}", *misses]))
    assert total - len(misses) >= share * total, "\n".join(misses)
