"""A collection of the catalogue in its three forms: rows as fetched, bytes as kept, values as shown."""

import hashlib
import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, get_args
from uuid import UUID

import msgspec
import structlog

from catalog import schemas
from catalog.client import Fetched
from catalog.errors import UpstreamChanged
from catalog.reading import convert_tolerantly

log = structlog.get_logger(__name__)

Name = Literal["business", "services", "products", "staff", "gallery", "reviews"]
NAMES: tuple[Name, ...] = get_args(Name)
SHAPES: dict[Name, type[schemas.Entity]] = {
    "business": schemas.Business,
    "services": schemas.Service,
    "products": schemas.Product,
    "staff": schemas.Staff,
    "gallery": schemas.GalleryItem,
    "reviews": schemas.Review,
}
# Part of every key: a release that keeps copies differently does not meet an older one's. Copies hold the
# rows as Mango Biz sent them, unknown fields too, so reading more of them needs no new number.
SHAPE_VERSION = 2

_encoder = msgspec.json.Encoder(decimal_format="number")
_digest_encoder = msgspec.json.Encoder(decimal_format="number", order="deterministic")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


class CopyUnreadable(Exception):
    """The bytes of a copy are not what `make_entry` made."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A kept copy. Moments are POSIX seconds by our clock.

    `as_of`: when Mango Biz was last asked and said that this is how it is; `full_at`: when it last told all
    of it, rather than "not modified" or what had changed; until `fresh_until` nobody asks again.
    """

    name: Name
    body: bytes
    digest: str
    etag: str
    as_of: float
    full_at: float
    fresh_until: float = 0.0


@dataclass(frozen=True, slots=True)
class Collection:
    """A copy as values. `rows` in Mango Biz's order."""

    rows: tuple[Any, ...]
    extra: dict[str, Any] = field(default_factory=dict)


# --- making -------------------------------------------------------------------------------------------


def make_entry(name: Name, fetched: Fetched, *, now: float, fresh_seconds: float) -> Entry:
    """What was fetched, checked. Rows that cannot be read are left out; raises UpstreamChanged if all are."""
    rows = _readable_rows(name, fetched.rows)
    body, digest = _pack(rows, fetched.extra)
    return Entry(name, body, digest, fetched.etag, now, now, now + fresh_seconds)


def merge_changes(kept: Entry, changes: Fetched, *, now: float, fresh_seconds: float) -> Entry:
    """The kept copy with what changed since: newer versions in, deleted rows out. Raises CopyUnreadable."""
    raw = _unpack(kept.body)
    rows: dict[str, Any] = {str(row["id"]): row for row in raw["rows"]}
    for row_id, row in _readable_rows(kept.name, changes.rows).items():
        if row_id not in rows or row["version"] >= rows[row_id]["version"]:
            rows[row_id] = row
    for row in changes.rows:
        if _is_deleted(row):
            rows.pop(str(row.get("id")), None)
    body, digest = _pack(rows, changes.extra or raw["extra"])
    return replace(kept, body=body, digest=digest, etag="", as_of=now, fresh_until=now + fresh_seconds)


def find_newest_change(entry: Entry) -> datetime | None:
    """The latest `updatedAt` of the copy's rows, by Mango Biz's clock. Raises CopyUnreadable."""
    return max(map(find_change, read_rows(entry).values()), default=None)


def find_change(row: dict[str, Any]) -> datetime:
    return msgspec.convert(row["updatedAt"], datetime)


def read_rows(entry: Entry) -> dict[str, dict[str, Any]]:
    """A copy's rows as they were sent, by id. Raises CopyUnreadable."""
    return {str(row["id"]): row for row in _unpack(entry.body)["rows"]}


def _readable_rows(name: Name, rows: Iterable[Any]) -> dict[str, Any]:
    """Rows by id, without what cannot be read of them."""
    readable: dict[str, Any] = {}
    problems: list[str] = []
    for row in rows:
        if _is_deleted(row):
            continue
        try:
            parsed, wrong = convert_tolerantly(row, SHAPES[name])
        except msgspec.ValidationError as error:
            problems.append(str(error))
            continue
        problems += wrong
        # A row that moved between two pages is there twice: the newer version counts.
        before = readable.get(str(parsed.id))
        if before is None or row["version"] >= before["version"]:
            readable[str(parsed.id)] = row
    if problems:
        log.warning("upstream_rows_unreadable", collection=name, count=len(problems), first=problems[0])
    if problems and not readable:
        raise UpstreamChanged(f"{name}: {problems[0]}")
    return readable


def _is_deleted(row: Any) -> bool:
    return isinstance(row, dict) and bool(row.get("deletedAt"))


def _pack(rows: dict[str, Any], extra: dict[str, Any]) -> tuple[bytes, str]:
    """The rows as bytes, and a digest of what they say, whatever order they come in."""
    body = zlib.compress(_encoder.encode({"rows": list(rows.values()), "extra": extra}), 6)
    content = _digest_encoder.encode([rows, extra])
    return body, hashlib.sha256(content).hexdigest()


def _unpack(body: bytes) -> dict[str, Any]:
    try:
        raw = _decoder.decode(zlib.decompress(body))
        if isinstance(raw["rows"], list) and isinstance(raw["extra"], dict):
            return dict(raw)
    except (zlib.error, msgspec.DecodeError, KeyError, TypeError) as error:
        raise CopyUnreadable(type(error).__name__) from error
    raise CopyUnreadable("another shape")


# --- opening ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opened:
    digest: str
    body: bytes
    collection: Collection


class OpenedEntries:
    """Copies already decoded in this process: a warm page decodes nothing.

    One for each store and collection, bounded by the size of their bytes, least lately used out first.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._bytes = 0
        self._values: OrderedDict[tuple[UUID, Name], Opened] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, store_id: UUID, name: Name, digest: str) -> Opened | None:
        with self._lock:
            found = self._values.get((store_id, name))
            if found is None or found.digest != digest:
                return None
            self._values.move_to_end((store_id, name))
            return found

    def open(self, store_id: UUID, entry: Entry) -> Collection:
        """The copy as values. Raises CopyUnreadable."""
        found = self.find(store_id, entry.name, entry.digest)
        if found is None:
            found = Opened(entry.digest, entry.body, _decode(entry))
            self._keep(store_id, entry.name, found)
        return found.collection

    def clear(self) -> None:
        with self._lock:
            self._values.clear()
            self._bytes = 0

    def _keep(self, store_id: UUID, name: Name, opened: Opened) -> None:
        with self._lock:
            replaced = self._values.pop((store_id, name), None)
            self._values[store_id, name] = opened
            self._bytes += len(opened.body) - (len(replaced.body) if replaced else 0)
            while self._bytes > self._limit_bytes and len(self._values) > 1:
                self._bytes -= len(self._values.popitem(last=False)[1].body)


# Decoded values take some thirty times the room of their compressed bytes: about 250 MB when full.
opened = OpenedEntries(limit_bytes=8 * 1024 * 1024)


def _decode(entry: Entry) -> Collection:
    raw = _unpack(entry.body)
    shape = SHAPES[entry.name]
    rows = []
    for row in raw["rows"]:
        try:
            rows.append(convert_tolerantly(row, shape)[0])
        except msgspec.ValidationError as error:  # kept by a release that read it otherwise
            log.warning("kept_row_unreadable", collection=entry.name, error=str(error))
    return Collection(tuple(rows), raw["extra"])
