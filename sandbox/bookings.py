"""Appointments: made, moved and cancelled, each decided and stored in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from .availability import Visit, find_alternatives, find_slots, load_business, load_visit, local_date
from .catalog import announce
from .state import get_entity, put_entity
from .wire import ApiError, Row, loads, money, not_found, now, parse_instant, to_rfc3339

if TYPE_CHECKING:
    from .app import Sandbox


def create_booking(sandbox: Sandbox, slug: str, request: Row, key: str | None) -> Row:
    """A confirmed appointment from a BookingRequest that fits its schema.

    Raises ApiError: 422 VALIDATION_ERROR, SERVICE_NOT_BOOKABLE or PRICE_CHANGED, 409 SLOT_UNAVAILABLE.
    """
    visit = _load_visit(sandbox, slug, request["items"])
    _check_price(visit, request.get("expectedTotal"))
    able = _who_may(sandbox, slug, visit, request.get("staffId"))
    start = _whole_second(request["startTime"])
    with sandbox.state.transaction():
        person = _claim_slot(sandbox, slug, start, seconds=visit.seconds, chosen=able, able=visit.staff_ids())
        booking = _describe_booking(sandbox, slug, request, visit, person=person, start=start)
        if key is not None:
            booking["idempotencyKey"] = key
        stored = store_booking(sandbox, slug, booking, starts=start, ends=start + visit.seconds)
        announce(sandbox, slug, "bookings.created", stored)
    return stored


def move_booking(sandbox: Sandbox, slug: str, booking_id: str, request: Row) -> Row:
    """Another time or member of staff; length and price stay. Raises ApiError as `create_booking`."""
    with sandbox.state.transaction():
        booking = _load_booking(sandbox, slug, booking_id)
        if booking["status"] != "confirmed":
            raise ApiError(422, "VALIDATION_ERROR", f"The appointment is {booking['status']}.")
        start = _whole_second(request["startTime"])
        seconds = int(
            (parse_instant(booking["endTime"]) - parse_instant(booking["startTime"])).total_seconds()
        )
        able = _who_can_still(sandbox, slug, booking)
        wanted = request.get("staffId", booking["staffId"])
        if "staffId" in request and wanted and wanted.lower() not in able:
            raise ApiError(422, "VALIDATION_ERROR", "This member of staff does not offer these services.")
        chosen = {wanted.lower()} if wanted else able
        person = _claim_slot(
            sandbox, slug, start, seconds=seconds, chosen=chosen, able=able, ignore=booking["id"]
        )
        fields = {**_times(start, seconds), **_staff(sandbox, slug, person)}
        if "notes" in request:
            fields["notes"] = request["notes"]
        stored = store_booking(sandbox, slug, {**booking, **fields}, starts=start, ends=start + seconds)
        announce(sandbox, slug, "bookings.updated", stored)
    return stored


def cancel_booking(sandbox: Sandbox, slug: str, booking_id: str) -> Row:
    """Cancelled, and the time free again; done twice it is done once."""
    with sandbox.state.transaction():
        booking = _load_booking(sandbox, slug, booking_id)
        if booking["status"] == "cancelled":
            return booking
        if booking["status"] != "confirmed":
            raise ApiError(422, "VALIDATION_ERROR", f"The appointment is {booking['status']}.")
        stored = store_booking(sandbox, slug, {**booking, "status": "cancelled"})
        announce(sandbox, slug, "bookings.cancelled", stored)
    return stored


def find_bookings(
    sandbox: Sandbox, slug: str, *, key: str | None, email: str | None, limit: int = 100
) -> list[Row]:
    where = ""
    values: list[Any] = []
    if key is not None:
        where, values = where + " AND idempotency_key = ?", [*values, key]
    if email is not None:
        where, values = where + " AND email = ?", [*values, email.lower()]
    rows = sandbox.state.rows(
        f"SELECT doc FROM entity WHERE slug = ? AND kind = 'bookings'{where} "
        "ORDER BY starts DESC, id LIMIT ?",
        slug,
        *values,
        limit,
    )
    return [loads(row["doc"]) for row in rows]


def store_booking(sandbox: Sandbox, slug: str, booking: Row, **times: Any) -> Row:
    return put_entity(
        sandbox.state,
        slug,
        "bookings",
        booking,
        status=booking["status"],
        staff_id=booking["staffId"],
        idempotency_key=booking.get("idempotencyKey"),
        email=booking["client"]["email"].lower(),
        **times,
    )


def _load_visit(sandbox: Sandbox, slug: str, items: list[Row]) -> Visit:
    try:
        visit = load_visit(sandbox.state, slug, items)
    except LookupError as error:
        raise ApiError(422, "VALIDATION_ERROR", str(error)) from error
    if not visit.bookable:
        raise ApiError(422, "SERVICE_NOT_BOOKABLE", "This service cannot be booked online.")
    return visit


def _check_price(visit: Visit, expected: Decimal | int | None) -> None:
    if expected is not None and expected != visit.price:
        price = money(visit.price)
        raise ApiError(422, "PRICE_CHANGED", f"The price is now {price}.", {"totalPrice": price})


def _who_may(sandbox: Sandbox, slug: str, visit: Visit, wanted: str | None) -> set[str]:
    able = visit.staff_ids()
    if wanted is None:
        return able
    if wanted.lower() not in able or get_entity(sandbox.state, slug, "staff", wanted) is None:
        raise ApiError(422, "VALIDATION_ERROR", "This member of staff does not offer these services.")
    return {wanted.lower()}


def _who_can_still(sandbox: Sandbox, slug: str, booking: Row) -> set[str]:
    """Who offers all of a booking's services today; a service deleted since then asks for nobody."""
    services = [get_entity(sandbox.state, slug, "services", item["serviceId"]) for item in booking["items"]]
    teams = [set(service.get("staffIds", [])) for service in services if service]
    return set.intersection(*teams) if teams else {booking["staffId"]}


def _claim_slot(
    sandbox: Sandbox,
    slug: str,
    start: int,
    *,
    seconds: int,
    chosen: Iterable[str],
    able: Iterable[str],
    ignore: str | None = None,
) -> str:
    """Who takes the slot. Raises ApiError 409 with alternatives where nobody of `chosen` can."""
    state = sandbox.state
    day = local_date(start, ZoneInfo(load_business(state, slug)["timezone"]))
    # A day on either side: salons that close after midnight have slots on the next date.
    first, last = day - timedelta(days=1), day + timedelta(days=1)
    slots = find_slots(
        state, slug, seconds=seconds, staff_ids=chosen, first=first, last=last, ignore_booking=ignore
    )
    takers = [person for slot in slots if slot.start == start for person in slot.staff_ids]
    if takers:
        return min(takers, key=lambda person: _load_of(sandbox, slug, person, start))
    around: Row = {"seconds": seconds, "around": start, "ignore_booking": ignore}
    alternatives = find_alternatives(state, slug, staff_ids=chosen, **around) or find_alternatives(
        state, slug, staff_ids=able, **around
    )
    raise ApiError(409, "SLOT_UNAVAILABLE", "That time is no longer free.", {"alternatives": alternatives})


def _load_of(sandbox: Sandbox, slug: str, person: str, start: int) -> int:
    """Appointments within half a day, so that 'anybody' is shared out evenly."""
    row = sandbox.state.row(
        "SELECT count(*) AS n FROM entity WHERE slug = ? AND kind = 'bookings' AND staff_id = ? "
        "AND starts BETWEEN ? AND ? AND status <> 'cancelled'",
        slug,
        person,
        start - 43200,
        start + 43200,
    )
    return int(row["n"]) if row else 0


def _describe_booking(
    sandbox: Sandbox, slug: str, request: Row, visit: Visit, *, person: str, start: int
) -> Row:
    number = sandbox.state.next_number(slug, "booking")
    kept = ("client", "notes", "depositPaid", "paymentReference", "source")
    return {
        "id": str(uuid4()),
        "confirmationNumber": f"BK-{now().year}-{number:04d}",
        "status": "confirmed",
        **_times(start, visit.seconds),
        **_staff(sandbox, slug, person),
        "items": describe_items(visit),
        **{name: request[name] for name in kept if name in request},
        "totalPrice": money(visit.price),
    }


def describe_items(visit: Visit) -> list[Row]:
    """A line per service; price and duration include its add-ons, so the lines add up to the whole."""
    return [
        {
            "serviceId": service["id"],
            "name": service["name"],
            "price": money(Visit(((service, extra),)).price),
            "duration": Visit(((service, extra),)).seconds // 60,
            "addOnIds": [add_on["id"] for add_on in extra],
        }
        for service, extra in visit.parts
    ]


def _times(start: int, seconds: int) -> Row:
    return {"startTime": to_rfc3339(start), "endTime": to_rfc3339(start + seconds)}


def _staff(sandbox: Sandbox, slug: str, person: str) -> Row:
    staff = get_entity(sandbox.state, slug, "staff", person)
    return {"staffId": person, "staffName": staff["name"] if staff else ""}


def _load_booking(sandbox: Sandbox, slug: str, booking_id: str) -> Row:
    booking = get_entity(sandbox.state, slug, "bookings", booking_id)
    if booking is None:
        raise not_found("booking")
    return booking


def _whole_second(text: str) -> int:
    return int(parse_instant(text).timestamp())
