"""Local search over 500 items: how long building the index and one search take, without Django's request.

    make bench-search     or   python -m bench.search [ROUNDS]

The items are those of the four salons, again and again under other ids, until there are 500; the queries are
the tests' 228. The target is a p95 under 30 ms.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

import django
from rich.console import Console
from rich.table import Table

from bench.common import percentile

ROOT = Path(__file__).resolve().parent.parent
ITEMS, ROUNDS = 500, 5
FILES = ("queries.json", "queries_heldout.json")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from assistant.search.documents import Document, Kind
    from assistant.search.index import Index
    from assistant.search.ranking import rank

    documents = [
        Document(
            kind,
            row["id"],
            row["name"],
            tuple(list_labels(row)),
            str(row.get("description", row.get("bio", ""))),
        )
        for salon in sorted((ROOT / "sandbox/salons").glob("*.json"))
        for name, kind in (("services", Kind.SERVICE), ("products", Kind.PRODUCT), ("staff", Kind.STAFF))
        for row in json.loads(salon.read_text(encoding="utf-8"))[name]
    ]
    many = tuple(replace(one, id=str(number)) for number, one in enumerate(islice(cycle(documents), ITEMS)))
    queries = [row["query"] for file in FILES for rows in read_queries(file).values() for row in rows]
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    table = Table(title=f"Search over {ITEMS} items, {len(queries)} queries, {rounds} rounds")
    for heading in ("language", "words", "index", "p50", "p95", "slowest"):
        table.add_column(heading, justify="right")
    for language in ("en", "de"):
        started = time.perf_counter()
        index = Index(many, language)
        built = time.perf_counter() - started
        times = []
        for query in queries * rounds:
            started = time.perf_counter()
            list(rank(index, query))
            times.append(time.perf_counter() - started)
        times.sort()
        shown = (built, percentile(times, 0.5), percentile(times, 0.95), times[-1])
        table.add_row(language, str(len(index.words)), *(f"{seconds * 1000:.1f} ms" for seconds in shown))
    Console(highlight=False).print(table)


def read_queries(file: str) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = json.loads((ROOT / "tests/assistant" / file).read_text("utf-8"))
    return found


def list_labels(row: dict[str, object]) -> list[str]:
    labels: list[str] = [str(row[name]) for name in ("category", "brand", "title") if row.get(name)]
    for name in ("tags", "specialties"):
        found = row.get(name)
        labels += [str(one) for one in found] if isinstance(found, list) else []
    return labels


if __name__ == "__main__":
    main()
