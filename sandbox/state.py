"""What the sandbox knows, in one SQLite file, so that a restart keeps it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .wire import Row, dumps, loads, now, parse_instant, to_rfc3339

SCHEMA = """
CREATE TABLE IF NOT EXISTS tenant (
    slug TEXT PRIMARY KEY, tenant_id TEXT UNIQUE, language TEXT, webhook_target TEXT);
CREATE TABLE IF NOT EXISTS api_key (key TEXT PRIMARY KEY, slug TEXT, created REAL, expires REAL);
CREATE TABLE IF NOT EXISTS webhook_secret (secret TEXT PRIMARY KEY, slug TEXT, created REAL, expires REAL);
CREATE TABLE IF NOT EXISTS entity (
    slug TEXT, kind TEXT, id TEXT, version INTEGER, updated_ms INTEGER, deleted INTEGER DEFAULT 0,
    position INTEGER, doc TEXT, starts INTEGER, ends INTEGER, staff_id TEXT, status TEXT,
    idempotency_key TEXT, email TEXT, PRIMARY KEY (slug, kind, id));
CREATE INDEX IF NOT EXISTS entity_time ON entity (slug, kind, starts) WHERE starts IS NOT NULL;
CREATE TABLE IF NOT EXISTS blackout (
    id TEXT PRIMARY KEY, slug TEXT, starts INTEGER, ends INTEGER, staff_id TEXT, reason TEXT);
CREATE TABLE IF NOT EXISTS idempotent_answer (
    slug TEXT, operation TEXT, key TEXT, body TEXT, status INTEGER, answer TEXT, created REAL,
    PRIMARY KEY (slug, operation, key));
CREATE TABLE IF NOT EXISTS counter (slug TEXT, name TEXT, value INTEGER, PRIMARY KEY (slug, name));
CREATE TABLE IF NOT EXISTS delivery (
    id TEXT PRIMARY KEY, slug TEXT, type TEXT, body TEXT, created REAL, state TEXT, due REAL,
    copies INTEGER DEFAULT 1, note TEXT DEFAULT '');
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (state, due);
CREATE TABLE IF NOT EXISTS attempt (
    id INTEGER PRIMARY KEY, delivery_id TEXT, at REAL, status INTEGER, answer TEXT, seconds REAL);
CREATE INDEX IF NOT EXISTS attempt_delivery ON attempt (delivery_id);
CREATE TABLE IF NOT EXISTS fault (upstream TEXT, salon TEXT, settings TEXT, PRIMARY KEY (upstream, salon));
CREATE TABLE IF NOT EXISTS mail (
    id TEXT PRIMARY KEY, at REAL, recipients TEXT, subject TEXT, message TEXT);
CREATE TABLE IF NOT EXISTS stripe_object (
    id TEXT PRIMARY KEY, owner TEXT, kind TEXT, parent TEXT, created INTEGER, doc TEXT);
CREATE INDEX IF NOT EXISTS stripe_object_list ON stripe_object (owner, kind, parent);
CREATE TABLE IF NOT EXISTS stripe_answer (
    owner TEXT, key TEXT, fingerprint TEXT, status INTEGER, answer TEXT, created REAL,
    PRIMARY KEY (owner, key));
CREATE TABLE IF NOT EXISTS stripe_endpoint (owner TEXT PRIMARY KEY, url TEXT);
CREATE TABLE IF NOT EXISTS stripe_settling (id TEXT PRIMARY KEY, due REAL);
CREATE TABLE IF NOT EXISTS dns_record (id INTEGER PRIMARY KEY, name TEXT, type TEXT, value TEXT);
CREATE INDEX IF NOT EXISTS mail_email ON mail (json_extract(message, '$.Metadata."email"'));
"""
SQLITE_LARGEST = 2**63
TABLES = [
    "tenant",
    "api_key",
    "webhook_secret",
    "entity",
    "blackout",
    "idempotent_answer",
    "counter",
    "delivery",
    "attempt",
    "fault",
    "mail",
    "stripe_object",
    "stripe_answer",
    "stripe_endpoint",
    "stripe_settling",
    "dns_record",
]


class State:
    """One connection behind one lock: every read and write is in order, so nothing can interleave."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        # A killed process loses nothing this way; only a power cut could.
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; inside another transaction it joins that one."""
        with self._lock:
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._connection.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._connection.execute("COMMIT")

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        found = self.rows(sql, *values)
        return found[0] if found else None

    def run(self, sql: str, *values: Any) -> int:
        """Number of rows changed."""
        with self._lock:
            return self._connection.execute(sql, values).rowcount

    def next_number(self, slug: str, name: str) -> int:
        rows = self.rows(
            "INSERT INTO counter VALUES (?, ?, 1) "
            "ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value",
            slug,
            name,
        )
        return int(rows[0]["value"])

    def clear(self) -> None:
        for table in TABLES:
            self.run(f"DELETE FROM {table}")


def get_entity(state: State, slug: str, kind: str, entity_id: str) -> Row | None:
    """The document, or None where it never was or is deleted."""
    row = state.row(
        "SELECT doc FROM entity WHERE slug = ? AND kind = ? AND id = ? AND NOT deleted",
        slug,
        kind,
        entity_id.lower(),
    )
    return loads(row["doc"]) if row else None


def all_entities(state: State, slug: str, kind: str) -> list[Row]:
    rows = state.rows(
        "SELECT doc FROM entity WHERE slug = ? AND kind = ? AND NOT deleted ORDER BY position, id", slug, kind
    )
    return [loads(row["doc"]) for row in rows]


def put_entity(state: State, slug: str, kind: str, doc: Row, *, touch: bool = True, **columns: Any) -> Row:
    """Store `doc` as the newest version of itself; `touch` gives it the next version and this moment."""
    if touch:
        doc = {**doc, "version": doc.get("version", 0) + 1, "updatedAt": to_rfc3339(now())}
    updated_ms = _milliseconds(doc["updatedAt"])
    order = doc.get("sortOrder")
    position = order if isinstance(order, int) and abs(order) < SQLITE_LARGEST else 0
    columns = {"position": position, **columns}
    names = ["slug", "kind", "id", "version", "updated_ms", "doc", *columns]
    values = [slug, kind, doc["id"], doc["version"], updated_ms, dumps(doc), *columns.values()]
    marks = ", ".join("?" * len(names))
    changes = ", ".join(f"{name} = excluded.{name}" for name in names[3:])
    state.run(
        f"INSERT INTO entity ({', '.join(names)}) VALUES ({marks}) "
        f"ON CONFLICT (slug, kind, id) DO UPDATE SET {changes}, deleted = 0",
        *values,
    )
    return doc


def mark_deleted(state: State, slug: str, kind: str, doc: Row) -> Row:
    """Leave only {id, version, deletedAt}, which is what readers by `updatedSince` are told."""
    stone = {"id": doc["id"], "version": doc["version"] + 1, "deletedAt": to_rfc3339(now())}
    state.run(
        "UPDATE entity SET doc = ?, version = ?, updated_ms = ?, deleted = 1 "
        "WHERE slug = ? AND kind = ? AND id = ?",
        dumps(stone),
        stone["version"],
        _milliseconds(stone["deletedAt"]),
        slug,
        kind,
        doc["id"],
    )
    return stone


def _milliseconds(moment: str) -> int:
    return round(parse_instant(moment).timestamp() * 1000)
