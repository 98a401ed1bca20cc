"""What a salon shows: reading it as the API gives it, and changing it so that the store is told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from zoneinfo import available_timezones

from . import contract
from .state import all_entities, get_entity, mark_deleted, put_entity
from .wire import ApiError, Row, loads, money, not_found, to_rfc3339

if TYPE_CHECKING:
    from .app import Sandbox

SCHEMAS = {
    "business": "Business",
    "services": "Service",
    "products": "Product",
    "staff": "Staff",
    "gallery": "GalleryItem",
    "reviews": "Review",
    "bookings": "Booking",
    "orders": "Order",
}
SYNCED = ("services", "products", "staff", "gallery", "reviews")
DELETIONS_TOLD = ("services", "products", "staff")
OWN_FIELDS = ("id", "version", "updatedAt")
MONEY_FIELDS = ("price", "depositAmount", "compareAtPrice", "totalPrice", "total", "flatRate", "freeFrom")
LOW_STOCK = 5
WALL_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII)


def absolute(value: Any, base_url: str) -> Any:
    """A copy in which pictures have whole addresses: `media/<slug>/x.svg` is served as WebP."""
    if isinstance(value, dict):
        return {
            key: _absolute_url(inner, base_url) if key == "url" else absolute(inner, base_url)
            for key, inner in value.items()
        }
    return [absolute(inner, base_url) for inner in value] if isinstance(value, list) else value


def read_page(
    sandbox: Sandbox, slug: str, kind: str, *, page: int, limit: int, since_ms: int | None
) -> tuple[list[Row], int]:
    """One page of rows and how many there are; with `since_ms` deleted rows too."""
    order = "json_extract(doc, '$.date') DESC, id" if kind == "reviews" else "position, id"
    where = "NOT deleted"
    values: list[Any] = []
    if since_ms is not None:
        where, values = "updated_ms >= ?", [since_ms]
    rows = sandbox.state.rows(
        f"SELECT doc FROM entity WHERE slug = ? AND kind = ? AND {where} ORDER BY {order} LIMIT ? OFFSET ?",
        slug,
        kind,
        *values,
        limit,
        (page - 1) * limit,
    )
    count = sandbox.state.rows(
        f"SELECT count(*) AS n FROM entity WHERE slug = ? AND kind = ? AND {where}", slug, kind, *values
    )
    return [loads(row["doc"]) for row in rows], count[0]["n"]


def describe_lot(rows: list[Row]) -> Row:
    """Metadata that changes only when the rows do, so that it can stand under an ETag."""
    versions = [row["version"] for row in rows]
    moments = [row.get("updatedAt") or row["deletedAt"] for row in rows]
    metadata: Row = {"version": max(versions, default=1)}
    return {**metadata, "timestamp": max(moments)} if moments else metadata


def aggregate_reviews(sandbox: Sandbox, slug: str) -> Row:
    ratings = [review["rating"] for review in all_entities(sandbox.state, slug, "reviews")]
    distribution = {str(stars): ratings.count(stars) for stars in range(1, 6)}
    average = round(sum(ratings) / len(ratings), 2) if ratings else 0
    return {"count": len(ratings), "average": average, "distribution": distribution}


def change(
    sandbox: Sandbox,
    slug: str,
    kind: str,
    entity_id: str,
    fields: Row,
    *,
    action: str = "updated",
    unchecked: bool = False,
    **columns: Any,
) -> Row:
    """Merge `fields` into the entity, give it a new version and tell the store.

    Raises ApiError where there is no such entity or the result would not fit the contract.
    """
    with sandbox.state.transaction():
        doc = get_entity(sandbox.state, slug, kind, entity_id)
        if doc is None:
            raise not_found(kind)
        merged = {**doc, **{k: v for k, v in fields.items() if k not in OWN_FIELDS}}
        if not unchecked:
            merged = tidy(kind, merged)
            if kind == "products" and "stockQuantity" in fields and "stockStatus" not in fields:
                merged["stockStatus"] = stock_status(doc["stockStatus"], merged["stockQuantity"])
        stored = put_entity(sandbox.state, slug, kind, merged, **{**_kept_columns(kind, merged), **columns})
        announce(sandbox, slug, f"{kind}.{action}", stored)
    return stored


def create(sandbox: Sandbox, slug: str, kind: str, fields: Row) -> Row:
    """A new row of a catalogue list; the store hears of it as an update."""
    doc = tidy(kind, {"id": str(uuid4()), "version": 0, "updatedAt": to_rfc3339(0), **fields})
    with sandbox.state.transaction():
        stored = put_entity(sandbox.state, slug, kind, doc)
        announce(sandbox, slug, f"{kind}.updated", stored)
    return stored


def delete(sandbox: Sandbox, slug: str, kind: str, entity_id: str) -> Row:
    """Leave a tombstone. Gallery and reviews have no webhook for this: the daily sync finds out."""
    with sandbox.state.transaction():
        doc = get_entity(sandbox.state, slug, kind, entity_id)
        if doc is None:
            raise not_found(kind)
        stone = mark_deleted(sandbox.state, slug, kind, doc)
        if kind in DELETIONS_TOLD:
            announce(sandbox, slug, f"{kind}.deleted", {"id": stone["id"], "version": stone["version"]})
    return stone


def announce(sandbox: Sandbox, slug: str, event: str, doc: Row) -> None:
    sandbox.webhooks.enqueue(slug, event, absolute(doc, sandbox.base_url))


def tidy(kind: str, doc: Row) -> Row:
    """`doc` with money in cents. Raises ApiError 422 where it does not fit the contract's schema."""
    for field in MONEY_FIELDS:
        if field in doc:
            try:
                doc[field] = money(doc[field])
            except ValueError as error:
                raise ApiError(422, "VALIDATION_ERROR", f"{field}: {error}") from error
    faults = contract.find_faults(
        "biz", f"/components/schemas/{SCHEMAS[kind]}", {**doc, "version": doc["version"] or 1}
    )
    faults += find_clock_faults(doc) if kind == "business" and not faults else []
    if faults:
        raise ApiError(422, "VALIDATION_ERROR", f"This does not fit: {faults[0]}", {"errors": faults})
    return doc


def find_clock_faults(business: Row) -> list[str]:
    """What the schema cannot say: that the zone exists, and that times are times and follow one another."""
    faults = []
    if business["timezone"] not in available_timezones():
        faults.append(f"$.timezone: there is no {business['timezone'][:60]}")
    for day in [*business["hours"], *business.get("specialHours", [])]:
        times = [span.get(end, "") for span in day["spans"] for end in ("open", "close")]
        if not all(WALL_TIME.fullmatch(time) for time in times) or times != sorted(set(times)):
            faults.append(f"{day.get('day') or day.get('date')}: times must be HH:MM and follow one another")
    return faults


def stock_status(current: str, quantity: int) -> str:
    if current == "pre_order":
        return current
    if quantity <= 0:
        return "out_of_stock"
    return "low_stock" if quantity <= LOW_STOCK else "in_stock"


def _kept_columns(kind: str, doc: Row) -> Row:
    """Columns that repeat parts of the document for look-ups."""
    if kind == "bookings":
        return {"status": doc["status"], "staff_id": doc.get("staffId")}
    return {"status": doc["status"]} if kind == "orders" else {}


def _absolute_url(value: Any, base_url: str) -> Any:
    if isinstance(value, str) and value.startswith("media/"):
        return f"{base_url}/{value.removesuffix('.svg')}.webp"
    return value
