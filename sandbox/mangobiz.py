"""The Mango Biz API: contracts/mango-biz.openapi.yaml, route by route."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, g, request

from . import bookings, catalog, contract, orders, tenants
from .app import answer_json, current_sandbox, read_json
from .availability import find_slots, load_business, load_visit, opening_spans
from .idempotency import answer_once
from .state import get_entity
from .wire import (
    ApiError,
    Row,
    dumps,
    invalid_request,
    is_uuid,
    not_found,
    parse_date,
    parse_instant,
    to_rfc3339,
)

blueprint = Blueprint("mangobiz", __name__, url_prefix="/biz-api/v1")

FURTHEST_DAYS = 62
MOST_SERVICES = 20
MOVE_SCHEMA = "/paths/~1bookings~1%7Bid%7D/put/requestBody/content/application~1json/schema"


@blueprint.before_request
def authenticate() -> Response | None:
    """The key names the tenant; faults come first, since a server that is down asks for no key."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    g.key = key.strip()
    g.slug = tenants.find_slug_by_key(current_sandbox().state, g.key) if scheme.lower() == "bearer" else None
    disturbed = current_sandbox().faults.disturb("mangobiz", g.slug)
    if disturbed is None and g.slug is None:
        headers = {"WWW-Authenticate": "Bearer"}
        raise ApiError(401, "UNAUTHENTICATED", "The API key is missing, unknown or expired.", headers=headers)
    return disturbed


@blueprint.get("/business")
def read_business() -> Response:
    business = load_business(current_sandbox().state, g.slug)
    return _answer_tagged({"data": _public(business), "metadata": catalog.describe_lot([business])})


@blueprint.get("/sync/<any(services,products,staff,gallery,reviews):kind>")
def read_list(kind: str) -> Response:
    page, limit = _whole_number("page", 1, 1_000_000), _whole_number("limit", 100, 100)
    since = request.args.get("updatedSince")
    since_ms = None if since is None else round(_instant("updatedSince", since).timestamp() * 1000)
    box = current_sandbox()
    rows, total = catalog.read_page(box, g.slug, kind, page=page, limit=limit, since_ms=since_ms)
    pagination = {"page": page, "limit": limit, "total": total, "hasMore": page * limit < total}
    body: Row = {"data": _public(rows), "pagination": pagination, "metadata": catalog.describe_lot(rows)}
    if kind == "reviews":
        body["aggregate"] = catalog.aggregate_reviews(box, g.slug)
    return _answer_tagged(body)


@blueprint.get("/sync/<any(services,products,staff):kind>/<identifier>")
def read_one(kind: str, identifier: str) -> Response:
    doc = _find(kind, identifier)
    return _answer_tagged({"data": _public(doc), "metadata": catalog.describe_lot([doc])})


@blueprint.get("/availability/slots")
def read_slots() -> Response:
    state = current_sandbox().state
    first, last = _date_range()
    visit_items = _visit_items(_uuids("serviceId", required=True), _uuids("addOnIds"))
    wanted = request.args.get("staffId") or None
    if wanted is not None:
        _find("staff", wanted)
    visit = load_visit(state, g.slug, visit_items)
    able = visit.staff_ids() if visit.bookable else set()
    if wanted is not None:
        able &= {wanted.lower()}
    slots = find_slots(state, g.slug, seconds=visit.seconds, staff_ids=able, first=first, last=last)
    answer = answer_json(
        {"data": [slot.as_json() for slot in slots], "timezone": load_business(state, g.slug)["timezone"]}
    )
    answer.cache_control.no_store = True
    return answer


@blueprint.get("/availability/blackouts")
def read_blackouts() -> Response:
    first, last = _date_range(limit=None)
    state = current_sandbox().state
    zone = ZoneInfo(load_business(state, g.slug)["timezone"])
    start, end = _whole_day(first, zone)[0], _whole_day(last, zone)[1]
    rows = state.rows(
        "SELECT * FROM blackout WHERE slug = ? AND ends > ? AND starts < ? ORDER BY starts",
        g.slug,
        start,
        end,
    )
    return answer_json({"data": [describe_blackout(row) for row in rows]})


@blueprint.post("/bookings")
def create_booking() -> Response:
    box, slug = current_sandbox(), g.slug

    def act(body: Row, key: str) -> tuple[int, Row]:
        return 201, _envelope(bookings.create_booking(box, slug, body, key))

    return _answer_idempotent("/components/schemas/BookingRequest", act)


@blueprint.get("/bookings")
def find_bookings() -> Response:
    found = bookings.find_bookings(
        current_sandbox(), g.slug, key=request.args.get("idempotencyKey"), email=_email()
    )
    return answer_json({"data": _public(found)})


@blueprint.get("/bookings/<identifier>")
def read_booking(identifier: str) -> Response:
    return answer_json(_envelope(_find("bookings", identifier)))


@blueprint.put("/bookings/<identifier>")
def move_booking(identifier: str) -> Response:
    box, slug = current_sandbox(), g.slug
    _find("bookings", identifier)

    def act(body: Row, _key: str) -> tuple[int, Row]:
        return 200, _envelope(bookings.move_booking(box, slug, identifier, body))

    return _answer_idempotent(MOVE_SCHEMA, act)


@blueprint.delete("/bookings/<identifier>")
def cancel_booking(identifier: str) -> Response:
    _find("bookings", identifier)
    return answer_json(_envelope(bookings.cancel_booking(current_sandbox(), g.slug, identifier)))


@blueprint.post("/orders")
def create_order() -> Response:
    box, slug = current_sandbox(), g.slug

    def act(body: Row, key: str) -> tuple[int, Row]:
        return 201, _envelope(orders.create_order(box, slug, body, key))

    return _answer_idempotent("/components/schemas/OrderRequest", act)


@blueprint.get("/orders")
def find_orders() -> Response:
    found = orders.find_orders(
        current_sandbox(), g.slug, key=request.args.get("idempotencyKey"), email=_email()
    )
    return answer_json({"data": _public(found)})


@blueprint.get("/orders/<identifier>")
def read_order(identifier: str) -> Response:
    return answer_json(_envelope(_find("orders", identifier)))


@blueprint.post("/keys/rotate")
def rotate_key() -> Response:
    fresh, expires = tenants.rotate_api_key(current_sandbox().state, g.slug, g.key)
    moment = to_rfc3339(datetime.fromtimestamp(expires, UTC))
    return answer_json({"data": {"apiKey": fresh, "previousKeyExpiresAt": moment}}, 201)


def describe_blackout(row: Any) -> Row:
    times = {"startTime": to_rfc3339(row["starts"]), "endTime": to_rfc3339(row["ends"])}
    return {**times, "staffId": row["staff_id"], "reason": row["reason"] or ""}


def _answer_idempotent(schema: str, act: Any) -> Response:
    """Header and body checked, then done at most once under the key."""
    key = request.headers.get("Idempotency-Key", "")
    if not 16 <= len(key) <= 128:
        raise invalid_request("Idempotency-Key must have 16 to 128 characters.")
    body = read_json()

    def checked() -> tuple[int, Row]:
        faults = contract.find_faults("biz", schema, body)
        if faults:
            raise ApiError(422, "VALIDATION_ERROR", faults[0], {"errors": faults})
        status, answer = act(body, key)
        return status, answer

    operation = f"{request.method} {request.path.lower()}"
    status, answer = answer_once(current_sandbox().state, g.slug, operation, key=key, body=body, act=checked)
    return answer_json(answer, status)


def _answer_tagged(body: Row) -> Response:
    """With an ETag over the content, and 304 where the caller has it."""
    tag = hashlib.sha256(dumps(body, canonical=True).encode()).hexdigest()[:32]
    answer = answer_json(body)
    answer.set_etag(tag)
    if request.if_none_match.contains_weak(tag):
        answer = Response(status=304)
        answer.set_etag(tag)
    answer.cache_control.no_cache = True
    return answer


def _envelope(doc: Row) -> Row:
    return {"data": _public(doc), "metadata": catalog.describe_lot([doc])}


def _public(value: Any) -> Any:
    return catalog.absolute(value, request.host_url.rstrip("/"))


def _find(kind: str, identifier: str) -> Row:
    if not is_uuid(identifier):
        raise invalid_request(f"{identifier[:60]!r} is not a UUID.")
    doc = get_entity(current_sandbox().state, g.slug, kind, identifier)
    if doc is None:
        raise not_found(kind)
    return doc


def _whole_number(name: str, default: int, highest: int) -> int:
    text = request.args.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= highest):
        raise invalid_request(f"{name} must be a whole number from 1 to {highest}.")
    return int(text)


def _instant(name: str, text: str) -> datetime:
    try:
        # A plus sign that was not percent-encoded arrives as a space.
        return parse_instant(text.replace(" ", "+") if text[-6:-5] == " " else text)
    except ValueError as error:
        raise invalid_request(f"{name}: {error}.") from error


def _date_range(limit: int | None = FURTHEST_DAYS) -> tuple[Any, Any]:
    try:
        first, last = parse_date(request.args.get("from", "")), parse_date(request.args.get("to", ""))
    except ValueError as error:
        raise invalid_request("from and to must be dates (YYYY-MM-DD).") from error
    if last < first or (limit is not None and (last - first).days > limit):
        raise invalid_request(f"to must be 0 to {limit or 'any number of'} days after from.")
    return first, last


def _whole_day(day: Any, zone: ZoneInfo) -> tuple[int, int]:
    if not 1970 <= day.year < 2200:
        raise invalid_request("The dates are out of range.")
    special = {"date": day.isoformat(), "spans": [{"open": "00:00", "close": "24:00"}]}
    return opening_spans({"specialHours": [special]}, day, zone)[0]


def _uuids(name: str, *, required: bool = False) -> list[str]:
    values = [part.strip() for part in request.args.get(name, "").split(",") if part.strip()]
    if (
        (required and not values)
        or len(values) > MOST_SERVICES
        or not all(is_uuid(value) for value in values)
    ):
        raise invalid_request(f"{name} must be UUIDs with commas between them.")
    return [value.lower() for value in values]


def _visit_items(service_ids: list[str], add_on_ids: list[str]) -> list[Row]:
    """Give each add-on to the first service that has it. Raises ApiError 404, or 400 for a stray one."""
    items, left = [], list(add_on_ids)
    for service_id in service_ids:
        service = _find("services", service_id)
        offered = {add_on["id"] for add_on in service.get("addOns", [])}
        own = [identifier for identifier in left if identifier in offered]
        left = [identifier for identifier in left if identifier not in offered]
        items.append({"serviceId": service_id, "addOnIds": own})
    if left:
        raise invalid_request(f"None of these services has the add-on {left[0]}.")
    return items


def _email() -> str | None:
    email = request.args.get("clientEmail")
    if email is not None and ("@" not in email or any(c.isspace() for c in email)):
        raise invalid_request("clientEmail must be an e-mail address.")
    return email
