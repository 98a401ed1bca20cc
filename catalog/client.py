"""Mango Biz in our words: the only code that knows its paths.

Reads are asked a second time when the first try got no answer; writes never are: booking's outbox repeats
them under their Idempotency-Key. Every method raises UpstreamUnavailable, UpstreamRejected (with
CredentialsRefused) or UpstreamChanged.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal, TypeVar
from uuid import UUID

import msgspec
import stamina
import structlog

from catalog.errors import (
    CredentialsRefused,
    UpstreamChanged,
    UpstreamError,
    UpstreamRejected,
    UpstreamUnavailable,
)
from catalog.reading import convert, convert_tolerantly
from catalog.schemas import Blackout, Booking, Order, SlotList
from catalog.wire import Answer, Wire
from config.crypto import keyed_hash

log = structlog.get_logger(__name__)

T = TypeVar("T")
Collection = Literal["services", "products", "staff", "gallery", "reviews"]

PAGE_SIZE = 100
MAX_PAGES = 100
READ_TRIES = 2
# A second try only where the first failed quickly: a page waits for one time-out, not for two.
READ_DEADLINE_SECONDS = 2.0
SLOTS_SECONDS = 5.0
WRITE_SECONDS = 10.0


@dataclass(frozen=True)
class Fetched:
    """A collection's rows (or the business alone in `rows`) as decoded JSON, all pages joined.

    `etag` is that of the only page: a collection over several pages has none, since one page's says nothing
    of the others. `extra` is what stood beside the rows on the first page (the reviews' aggregate).
    """

    rows: tuple[Any, ...]
    etag: str
    extra: dict[str, Any]


class NotModified(Exception):
    """As it was when the ETag was given."""


class MangoBizClient:
    """Speaks with Mango Biz as one salon."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    @property
    def key_hash(self) -> str:
        """Tells one API key from another without telling the key."""
        return keyed_hash(self._wire.api_key, purpose="mango-biz-key")

    # --- the catalogue --------------------------------------------------------------------------------

    def fetch_business(self, *, etag: str = "") -> Fetched:
        """Raises NotModified when `etag` still holds."""
        answer = self._read("/business", headers=_if_changed(etag))
        return Fetched((_data(answer, dict),), answer.etag, {})

    def fetch_collection(
        self, name: Collection, *, etag: str = "", updated_since: datetime | None = None
    ) -> Fetched:
        """All rows of services, products, staff, gallery or reviews; raises NotModified.

        With `updated_since` those changed at or after it, deleted ones as {id, version, deletedAt}.
        """
        fetched, is_whole = self._fetch_pages(name, etag, updated_since)
        if not is_whole:
            # Rows came or went while we turned the pages: once more, then the next sync has to do.
            fetched, is_whole = self._fetch_pages(name, "", updated_since)
        if not is_whole:
            log.warning("collection_moved_while_read", collection=name)
        return fetched

    def _fetch_pages(
        self, name: Collection, etag: str, updated_since: datetime | None
    ) -> tuple[Fetched, bool]:
        params = {"limit": str(PAGE_SIZE)}
        if updated_since:
            params["updatedSince"] = _instant(updated_since)
        rows: list[Any] = []
        totals = set()
        first: Answer | None = None
        for page in range(1, MAX_PAGES + 1):
            headers = _if_changed(etag) if page == 1 else None
            answer = self._read(f"/sync/{name}", params={**params, "page": str(page)}, headers=headers)
            first = first or answer
            rows += _data(answer, list)
            pagination = _read_pagination(answer)
            totals.add(repr(pagination.get("total")))
            if not pagination["hasMore"]:
                break
        else:
            log.warning("collection_cut_off", collection=name, pages=MAX_PAGES)
        extra = {key: value for key, value in first.body.items() if key == "aggregate"} if first else {}
        # A full page's ETag need not change when a second page begins.
        is_one_page = page == 1 and len(rows) < PAGE_SIZE and not updated_since
        is_whole = page in {1, MAX_PAGES} or totals == {repr(_count_ids(rows))}
        return Fetched(tuple(rows), first.etag if first and is_one_page else "", extra), is_whole

    # --- availability ---------------------------------------------------------------------------------

    def find_slots(
        self,
        *,
        service_ids: Sequence[UUID],
        add_on_ids: Sequence[UUID] = (),
        staff_id: UUID | None = None,
        first_day: date,
        last_day: date,
    ) -> SlotList:
        """Start times that can be booked now, on local days first to last (62 at most)."""
        params = {
            "serviceId": ",".join(map(str, service_ids)),
            "from": first_day.isoformat(),
            "to": last_day.isoformat(),
        }
        if add_on_ids:
            params["addOnIds"] = ",".join(map(str, add_on_ids))
        if staff_id:
            params["staffId"] = str(staff_id)
        answer = self._read("/availability/slots", params=params, read_seconds=SLOTS_SECONDS)
        return _parse(answer.body, SlotList, tolerantly=True)

    def find_blackouts(self, *, first_day: date, last_day: date) -> tuple[Blackout, ...]:
        params = {"from": first_day.isoformat(), "to": last_day.isoformat()}
        rows = _data(self._read("/availability/blackouts", params=params), list)
        return tuple(_parse(row, Blackout) for row in rows)

    # --- bookings -------------------------------------------------------------------------------------

    def create_booking(
        self,
        *,
        idempotency_key: str,
        start: datetime,
        staff_id: UUID | None,
        items: Iterable[tuple[UUID, Sequence[UUID]]],
        first_name: str,
        last_name: str,
        email: str,
        phone: str,
        language: str,
        notes: str,
        expected_total: Decimal,
        deposit_paid: Decimal | None = None,
        payment_reference: str = "",
    ) -> Booking:
        """Make a confirmed appointment. `items` are (service, its add-ons); `phone` is E.164 or empty."""
        client = _client_info(first_name, last_name, email=email, phone=phone, language=language)
        body: dict[str, Any] = {
            "startTime": _instant(start),
            "staffId": staff_id,
            "items": [{"serviceId": service_id, "addOnIds": list(add_ons)} for service_id, add_ons in items],
            "client": client,
            "expectedTotal": expected_total,
            "source": "online_store",
        }
        if notes:
            body["notes"] = notes
        if deposit_paid is not None:
            body |= {"depositPaid": deposit_paid, "paymentReference": payment_reference}
        return self._write("POST", "/bookings", Booking, body=body, key=idempotency_key)

    def move_booking(
        self, booking_id: UUID, *, start: datetime, staff_id: UUID | None, idempotency_key: str
    ) -> Booking:
        body = {"startTime": _instant(start), "staffId": staff_id}
        return self._write("PUT", f"/bookings/{booking_id}", Booking, body=body, key=idempotency_key)

    def cancel_booking(self, booking_id: UUID) -> Booking:
        """Cancelling twice is no error."""
        return self._write("DELETE", f"/bookings/{booking_id}", Booking)

    def get_booking(self, booking_id: UUID) -> Booking:
        return _parse(_data(self._read(f"/bookings/{booking_id}"), dict), Booking)

    def find_booking_by_key(self, idempotency_key: str) -> Booking | None:
        """The one booking made under this key, None when there is none."""
        rows = _data(self._read("/bookings", params={"idempotencyKey": idempotency_key}), list)
        return _parse(rows[0], Booking) if rows else None

    # --- orders ---------------------------------------------------------------------------------------

    def create_order(
        self,
        *,
        idempotency_key: str,
        items: Iterable[tuple[UUID, int, Decimal]],
        first_name: str,
        last_name: str,
        email: str,
        phone: str,
        language: str,
        method: Literal["pickup", "shipping"],
        address: dict[str, str] | None,
        subtotal: Decimal,
        tax: Decimal,
        shipping: Decimal,
        total: Decimal,
        currency: str,
        payment_reference: str,
    ) -> Order:
        """Hand over a paid order. `items` are (product, quantity, unit price)."""
        fulfilment: dict[str, Any] = {"method": method}
        if address:
            fulfilment["address"] = address
        body = {
            "items": [
                {"productId": product_id, "quantity": quantity, "unitPrice": unit_price}
                for product_id, quantity, unit_price in items
            ],
            "client": _client_info(first_name, last_name, email=email, phone=phone, language=language),
            "fulfilment": fulfilment,
            "subtotal": subtotal,
            "tax": tax,
            "shipping": shipping,
            "total": total,
            "currency": currency,
            "paymentReference": payment_reference,
            "source": "online_store",
        }
        return self._write("POST", "/orders", Order, body=body, key=idempotency_key)

    def find_order_by_key(self, idempotency_key: str) -> Order | None:
        """The one order made under this key, None when there is none."""
        rows = _data(self._read("/orders", params={"idempotencyKey": idempotency_key}), list)
        return _parse(rows[0], Order, tolerantly=True) if rows else None

    # --- how ------------------------------------------------------------------------------------------

    def _read(
        self,
        path: str,
        *,
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        read_seconds: float = 4.0,
    ) -> Answer:
        def ask() -> Answer:
            return self._wire.call("GET", path, params=params, headers=headers, read_seconds=read_seconds)

        answer = _ask_twice(ask)
        if answer.status == 304:
            raise NotModified
        return answer

    def _write(self, method: str, path: str, shape: type[T], *, body: Any = None, key: str = "") -> T:
        headers = {"Idempotency-Key": key} if key else None
        answer = self._wire.call(method, path, body=body, headers=headers, read_seconds=WRITE_SECONDS)
        return _parse(_data(answer, dict), shape)


def _client_info(first_name: str, last_name: str, *, email: str, phone: str, language: str) -> dict[str, str]:
    client = {"firstName": first_name, "lastName": last_name, "email": email, "language": language}
    return {**client, "phone": phone} if phone else client


def _ask_twice(ask: Callable[[], Answer]) -> Answer:
    for attempt in stamina.retry_context(
        on=_is_worth_another_try,
        attempts=READ_TRIES,
        timeout=READ_DEADLINE_SECONDS,
        wait_initial=0.1,
        wait_max=0.4,
        wait_jitter=0.2,
    ):
        with attempt:
            return ask()
    raise AssertionError("unreachable")  # stamina raises the last error


def _is_worth_another_try(error: Exception) -> bool:
    """Not where it said when to come again, nor while the breaker is open."""
    return isinstance(error, UpstreamUnavailable) and error.maybe_done and not error.retry_after


def _if_changed(etag: str) -> dict[str, str] | None:
    return {"If-None-Match": etag} if etag else None


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _data(answer: Answer, kind: type[T]) -> T:
    data = answer.body.get("data") if isinstance(answer.body, dict) else None
    if not isinstance(data, kind):
        raise UpstreamChanged(f"no {kind.__name__} under data")
    return data


def _read_pagination(answer: Answer) -> dict[str, Any]:
    pagination = answer.body.get("pagination")
    if not isinstance(pagination, dict) or not isinstance(pagination.get("hasMore"), bool):
        raise UpstreamChanged("a list without its pagination")
    return pagination


def _count_ids(rows: list[Any]) -> int:
    """How many different rows; those we cannot read count too, or they would look like a moving list."""
    return len({repr(row.get("id") or row) if isinstance(row, dict) else repr(row) for row in rows})


def _parse(value: Any, shape: type[T], *, tolerantly: bool = False) -> T:
    """`tolerantly`: without the parts that cannot be read, rather than not at all."""
    try:
        if not tolerantly:
            return convert(value, shape)
        parsed, problems = convert_tolerantly(value, shape)
    except msgspec.ValidationError as error:
        raise UpstreamChanged(str(error)) from error
    if problems:
        log.warning("upstream_parts_unreadable", count=len(problems), first=problems[0])
    return parsed


__all__ = [
    "Collection",
    "CredentialsRefused",
    "Fetched",
    "MangoBizClient",
    "NotModified",
    "UpstreamChanged",
    "UpstreamError",
    "UpstreamRejected",
    "UpstreamUnavailable",
]
