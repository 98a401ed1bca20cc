"""Last-known-good copies in the database, for when Redis holds nothing and Mango Biz does not answer."""

from collections.abc import Iterable
from datetime import UTC, datetime

import structlog
from django.db import DatabaseError, IntegrityError, transaction

from catalog.entries import CopyUnreadable, Entry, Name, opened
from catalog.models import Snapshot
from store.tenancy import current_store

log = structlog.get_logger(__name__)


def load(names: Iterable[Name]) -> list[Entry]:
    """Copies of the store in scope, to be renewed at once. A database that does not answer has none.

    One that cannot be read is left out, or its ETag would confirm it for ever.
    """
    try:
        rows = list(Snapshot.objects.filter(name__in=list(names)))
    except DatabaseError as error:
        log.warning("snapshot_not_read", error=type(error).__name__)
        return []
    return [entry for entry in map(_make_entry, rows) if _is_readable(entry)]


def _make_entry(row: Snapshot) -> Entry:
    return Entry(
        name=row.name,  # type: ignore[arg-type]
        body=bytes(row.body),
        digest=row.digest,
        etag=row.etag,
        as_of=row.as_of.timestamp(),
        full_at=row.full_at.timestamp(),
    )


def _is_readable(entry: Entry) -> bool:
    try:
        opened.open(current_store().id, entry)
    except CopyUnreadable:
        log.exception("snapshot_unreadable", collection=entry.name)
        return False
    return True


def save(entry: Entry) -> None:
    """Keep it unless a newer one is there. A database that refuses costs nobody the page."""
    moments = {
        "as_of": datetime.fromtimestamp(entry.as_of, UTC),
        "full_at": datetime.fromtimestamp(entry.full_at, UTC),
    }
    content = {"body": entry.body, "digest": entry.digest, "etag": entry.etag}
    mine = Snapshot.objects.filter(name=entry.name)
    older = mine.filter(as_of__lt=moments["as_of"])
    try:
        with transaction.atomic():
            # By digest, not by what we believe is there: an earlier save may have failed.
            if older.filter(digest=entry.digest, etag=entry.etag).update(**moments):
                return
            if older.update(**content, **moments) or mine.exists():
                return
            Snapshot.objects.create(name=entry.name, **content, **moments)
    except IntegrityError:  # another process was first, with a copy as good as this one
        return
    except DatabaseError as error:
        log.warning("snapshot_not_saved", store=current_store().slug, error=type(error).__name__)
