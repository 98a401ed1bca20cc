"""The client against an upstream that behaves, and against one that does not."""

import gzip
import json
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from catalog.client import MangoBizClient, NotModified
from catalog.entries import make_entry, opened
from catalog.errors import CredentialsRefused, UpstreamChanged, UpstreamRejected, UpstreamUnavailable
from catalog.schemas import Booking, Business, Service
from catalog.wire import MAX_ANSWER, Wire
from config.breaker import Breaker
from config.http import build_session
from tests.catalog.upstream import Asked, Reply, Upstream, make_row, refuse

ID = uuid.UUID(int=1)
KEY = "a-key-of-sixteen-"
BOOKING = {
    "id": str(ID), "version": 1, "updatedAt": "2026-11-23T10:00:00Z", "confirmationNumber": "BK-1",
    "startTime": "2026-11-24T11:00:00+01:00", "endTime": "2026-11-24T10:30:00Z", "status": "confirmed",
    "items": [], "totalPrice": 45.10,
}  # fmt: skip


@pytest.fixture
def wire(upstream: Upstream) -> Wire:
    return Wire(build_session(), upstream.url, "key", Breaker(f"test-{uuid.uuid4()}", threshold=4))


@pytest.fixture
def client(wire: Wire) -> MangoBizClient:
    return MangoBizClient(wire)


def always(reply: Reply) -> Callable[[Asked], Reply]:
    return lambda _asked: reply


def answer_with(body: Any, status: int = 200) -> Callable[[Asked], Reply]:
    return always(Reply(status, json.dumps(body).encode()))


def book(client: MangoBizClient) -> Booking:
    return client.create_booking(
        idempotency_key=KEY, start=datetime(2026, 11, 24, 10, tzinfo=UTC), staff_id=None,
        items=[(ID, [])], first_name="Zoë", last_name="Quinn", email="zoe@example.com", phone="",
        language="en", notes="", expected_total=Decimal("45.10"),
    )  # fmt: skip


# --- reading --------------------------------------------------------------------------------------------


def test_what_has_not_changed_is_not_sent_again(client: MangoBizClient, upstream: Upstream) -> None:
    for ask in (client.fetch_business, lambda **etag: client.fetch_collection("staff", **etag)):
        fetched = ask()
        with pytest.raises(NotModified):
            ask(etag=fetched.etag)
        assert ask(etag='"another"').rows == fetched.rows


def test_all_pages_are_read(client: MangoBizClient, upstream: Upstream) -> None:
    upstream.rows["products"] = [make_row("products", number) for number in range(250)]
    fetched = client.fetch_collection("products")
    assert len(fetched.rows) == 250
    assert [asked.query for asked in upstream.asked] == [
        {"limit": "100", "page": "1"}, {"limit": "100", "page": "2"}, {"limit": "100", "page": "3"},
    ]  # fmt: skip


@pytest.mark.parametrize(("count", "has_etag"), [(99, True), (100, False), (101, False)])
def test_the_etag_of_a_page_is_not_that_of_a_list(
    client: MangoBizClient, upstream: Upstream, count: int, has_etag: bool
) -> None:
    """Nor does a full page's: the second begins without it changing."""
    upstream.rows["products"] = [make_row("products", number) for number in range(count)]
    assert bool(client.fetch_collection("products").etag) is has_etag


def test_a_list_that_moves_while_it_is_read_is_read_again(client: MangoBizClient, upstream: Upstream) -> None:
    rows = upstream.rows["products"] = [make_row("products", number) for number in range(150)]

    def lose_one_after_the_first_page(asked: Asked) -> Reply:
        reply = upstream.honestly(asked)
        if len(upstream.asked) == 1:
            rows.pop(0)  # what stood at the head of page two is now at the end of page one, and never seen
        return reply

    upstream.answer = lose_one_after_the_first_page
    fetched = client.fetch_collection("products")
    assert {row["id"] for row in fetched.rows} == {row["id"] for row in rows}
    assert len(upstream.asked) == 4


def test_changes_alone_can_be_asked_for(client: MangoBizClient, upstream: Upstream) -> None:
    gone = {"id": str(ID), "version": 3, "deletedAt": "2026-11-23T12:00:00Z"}
    upstream.rows["staff"] = [make_row("staff", 1), gone]
    fetched = client.fetch_collection("staff", updated_since=datetime(2026, 11, 23, 11, tzinfo=UTC))
    assert fetched.rows == (gone,)
    assert fetched.etag == ""
    assert upstream.asked[0].query["updatedSince"] == "2026-11-23T11:00:00Z"


def test_money_is_exact(client: MangoBizClient, upstream: Upstream) -> None:
    upstream.answer = lambda _asked: Reply(
        body=b'{"data": {"id": "00000000-0000-0000-0000-000000000001", "version": 1, "updatedAt": '
        b'"2026-11-23T10:00:00Z", "confirmationNumber": "1", "status": "confirmed", "startTime": '
        b'"2026-11-24T10:00:00Z", "endTime": "2026-11-24T10:00:00Z", "items": [], "totalPrice": 0.10}}'
    )
    price = client.get_booking(ID).total_price
    assert (str(price), type(price)) == ("0.10", Decimal)


@pytest.fixture
def read_rows(client: MangoBizClient, upstream: Upstream) -> Callable[[str], tuple[Any, ...]]:
    """The rows as pages see them."""

    def read(name: Any) -> tuple[Any, ...]:
        fetched = client.fetch_business() if name == "business" else client.fetch_collection(name)
        entry = make_entry(name, fetched, now=time.time(), fresh_seconds=300)
        return opened.open(uuid.uuid4(), entry).rows

    return read


@pytest.mark.parametrize(
    "fields",
    [
        {"price": "free"}, {"price": -1}, {"price": None}, {"price": "NaN"}, {"id": "7"}, {"duration": 10**9},
        {"depositAmount": "some"}, {"updatedAt": "2026-11-23T10:00:00"}, {"isActive": "perhaps"},
        {"name": None},
    ],
    ids=str,
)  # fmt: skip
def test_one_row_that_cannot_be_read_is_left_out(
    upstream: Upstream, read_rows: Callable[[str], tuple[Service, ...]], fields: dict[str, Any]
) -> None:
    upstream.rows["services"] = [make_row("services", 1), make_row("services", 2, **fields)]
    assert [row.name for row in read_rows("services")] == ["services 001"]


def test_a_number_nobody_could_print_is_none(
    upstream: Upstream, read_rows: Callable[[str], tuple[Any, ...]]
) -> None:
    page = json.dumps(
        {"data": [make_row("services", 1), make_row("services", 2)], "pagination": {"hasMore": False}}
    )
    upstream.answer = always(Reply(body=page.replace('"price": 45', '"price": 1e-999999999', 1).encode()))
    assert [row.name for row in read_rows("services")] == ["services 002"]


def test_nulls_unknown_fields_and_odd_parts_are_tolerated(
    upstream: Upstream, read_rows: Callable[[str], tuple[Business, ...]]
) -> None:
    upstream.business |= {
        "logo": None, "description": None, "mood": "sunny", "taxRate": "NaN",
        "images": [None, {"alt": "no address"}, {"url": "https://example.com/a.jpg", "width": None}],
        "hours": [
            {"day": "monday", "spans": [{"open": "9:00", "close": "17:30:00"}, {"open": "at dawn"}]},
            {"day": "someday", "spans": []},
        ],
        "policies": {"cancellationWindowHours": -1, "returnsText": "None.", "faq": [{"answer": "42"}]},
        "socialMedia": {"web": 7},
    }  # fmt: skip
    (business,) = read_rows("business")
    assert [image.url for image in business.images] == ["https://example.com/a.jpg"]
    assert [(span.open, span.close) for span in business.spans_on(date(2026, 11, 23))] == [("09:00", "17:30")]
    assert (business.policies.cancellation_window_hours, business.policies.returns_text) == (24, "None.")
    assert (business.logo, business.tax_rate, business.social_links) == (None, None, ())


def test_a_list_in_which_nothing_can_be_read_is_another_shape(
    upstream: Upstream, read_rows: Callable[[str], tuple[Any, ...]]
) -> None:
    upstream.rows["staff"] = [{"fullName": "Ada"}, {"fullName": "Ben"}]
    with pytest.raises(UpstreamChanged):
        read_rows("staff")


def test_times_are_utc_and_reprs_tell_nothing_personal(client: MangoBizClient, upstream: Upstream) -> None:
    upstream.answer = answer_with({"data": BOOKING | {"notes": "allergic", "staffName": "Ada"}})
    booking = client.get_booking(ID)
    assert booking.start_time == datetime(2026, 11, 24, 10, tzinfo=UTC)
    assert booking.start_time.isoformat() == "2026-11-24T10:00:00+00:00"
    assert "allergic" not in repr(booking)


def test_slots_ask_for_add_ons_and_days(client: MangoBizClient, upstream: Upstream) -> None:
    good = {"startTime": "2026-11-24T10:00:00Z", "endTime": "2026-11-24T11:00:00Z", "staffIds": [str(ID)]}
    upstream.answer = answer_with({"data": [good, {"startTime": "soon"}], "timezone": "Europe/Berlin"})
    found = client.find_slots(
        service_ids=[ID, ID], add_on_ids=[ID], first_day=date(2026, 11, 24), last_day=date(2026, 11, 30)
    )
    assert [slot.staff_ids for slot in found.data] == [(ID,)]
    assert upstream.asked[0].query == {
        "serviceId": f"{ID},{ID}", "addOnIds": str(ID), "from": "2026-11-24", "to": "2026-11-30",
    }  # fmt: skip


# --- what goes wrong ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(200, b"<!doctype html>"), UpstreamChanged),
        (Reply(200, b'{"data": {}}'), UpstreamChanged),
        (Reply(200, b'{"data": []}'), UpstreamChanged),
        (Reply(200, b"[" * 100_000), UpstreamChanged),
        (Reply(302, b"", {"Location": "http://127.0.0.1:9/"}), UpstreamChanged),
        (Reply(404, b"<h1>Not here</h1>"), UpstreamChanged),
        (refuse(404, "NOT_FOUND"), UpstreamRejected),
        (refuse(401, "UNAUTHENTICATED"), CredentialsRefused),
        (Reply(403, b"<h1>Forbidden</h1>"), CredentialsRefused),
        (refuse(429, "RATE_LIMITED"), UpstreamUnavailable),
        (refuse(503, "MAINTENANCE"), UpstreamUnavailable),
        (Reply(hang_up=True), UpstreamUnavailable),
        (Reply(truncate=True), UpstreamUnavailable),
        (Reply(200, b" " * (MAX_ANSWER + 1)), UpstreamChanged),
        (
            Reply(200, gzip.compress(b" " * (MAX_ANSWER + 1), mtime=0), {"Content-Encoding": "gzip"}),
            UpstreamChanged,
        ),
    ],
    ids=lambda value: f"{value.status} {value.body[:20]!r}" if isinstance(value, Reply) else value.__name__,
)
def test_every_bad_answer_has_its_error(
    client: MangoBizClient, upstream: Upstream, reply: Reply, error: type[Exception]
) -> None:
    upstream.answer = always(reply)
    with pytest.raises(error) as caught:
        client.fetch_collection("services")
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("reply", "maybe_done", "retry_after"),
    [
        (refuse(503, "MAINTENANCE", **{"Retry-After": "30"}), True, 30),
        (refuse(429, "RATE_LIMITED", **{"Retry-After": "7"}), False, 7),
        (refuse(429, "RATE_LIMITED", **{"Retry-After": "tomorrow"}), False, 0),
        (Reply(hang_up=True), True, 0),
        (Reply(truncate=True), True, 0),
    ],
)
def test_a_write_says_whether_it_may_be_done_and_is_sent_once(
    client: MangoBizClient, upstream: Upstream, reply: Reply, maybe_done: bool, retry_after: int
) -> None:
    upstream.answer = always(reply)
    with pytest.raises(UpstreamUnavailable) as caught:
        book(client)
    assert (caught.value.maybe_done, caught.value.retry_after) == (maybe_done, retry_after)
    assert len(upstream.asked) == 1


def test_nobody_at_the_door_means_nothing_was_done() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(UpstreamUnavailable) as caught:
        book(MangoBizClient(Wire(build_session(), url, "key", Breaker("nobody"))))
    assert not caught.value.maybe_done


def test_an_answer_that_does_not_come_may_have_been_done(wire: Wire, upstream: Upstream) -> None:
    upstream.answer = always(Reply(wait=1))
    with pytest.raises(UpstreamUnavailable) as caught:
        wire.call("POST", "/bookings", body={}, read_seconds=0.2)
    assert caught.value.maybe_done


def test_an_answer_that_trickles_does_not_hold_its_caller(wire: Wire, upstream: Upstream) -> None:
    upstream.answer = always(Reply(body=b" " * 100, trickle=0.05))
    started = time.monotonic()
    with pytest.raises(UpstreamUnavailable):
        wire.call("GET", "/business", read_seconds=0.4)
    assert time.monotonic() - started < 1.5


def test_refusals_carry_what_the_contract_puts_in(client: MangoBizClient, upstream: Upstream) -> None:
    page = b'{"error": {"code": "PRICE_CHANGED", "message": "No.", "details": {"totalPrice": 47.50}}}'
    upstream.answer = always(Reply(422, page))
    with pytest.raises(UpstreamRejected) as caught:
        book(client)
    assert (caught.value.status, caught.value.code) == (422, "PRICE_CHANGED")
    assert str(caught.value.details["totalPrice"]) == "47.50"


def test_a_read_is_asked_a_second_time(client: MangoBizClient, upstream: Upstream) -> None:
    upstream.answer = lambda asked: Reply(500) if len(upstream.asked) == 1 else upstream.honestly(asked)
    assert client.fetch_business().rows
    assert len(upstream.asked) == 2


def test_a_read_that_was_told_when_to_come_again_is_not(client: MangoBizClient, upstream: Upstream) -> None:
    upstream.answer = always(refuse(503, "MAINTENANCE", **{"Retry-After": "30"}))
    with pytest.raises(UpstreamUnavailable):
        client.fetch_business()
    assert len(upstream.asked) == 1


def test_the_breaker_opens_and_one_answer_closes_it(wire: Wire, upstream: Upstream, db: None) -> None:
    wire = Wire(wire.session, wire.base_url, wire.api_key, Breaker(wire.breaker.name, threshold=4, pause=0.3))
    upstream.answer = always(Reply(500))
    for _ in range(6):
        with pytest.raises(UpstreamUnavailable):
            wire.call("GET", "/business")
    assert len(upstream.asked) == 4
    time.sleep(0.35)
    # A refusal is an answer too: the upstream lives.
    upstream.answer = always(refuse(404, "NOT_FOUND"))
    for _ in range(3):
        with pytest.raises(UpstreamRejected):
            wire.call("GET", "/business")
    assert len(upstream.asked) == 7


def test_a_key_with_a_stray_character_is_refused_over_there(upstream: Upstream) -> None:
    upstream.answer = always(refuse(401, "UNAUTHENTICATED"))
    with pytest.raises(CredentialsRefused):
        MangoBizClient(Wire(build_session(), upstream.url, "schlüssel–5", Breaker("stray"))).fetch_business()


def test_a_booking_is_sent_as_the_contract_has_it(client: MangoBizClient, upstream: Upstream) -> None:
    upstream.answer = answer_with({"data": BOOKING}, 201)
    book(client)
    (asked,) = upstream.asked
    assert (asked.headers["Idempotency-Key"], asked.headers["Authorization"]) == (KEY, "Bearer key")
    assert b'"expectedTotal":45.10' in asked.body
    assert json.loads(asked.body) == {
        "startTime": "2026-11-24T10:00:00Z", "staffId": None,
        "items": [{"serviceId": str(ID), "addOnIds": []}],
        "client": {"firstName": "Zoë", "lastName": "Quinn", "email": "zoe@example.com", "language": "en"},
        "expectedTotal": 45.1, "source": "online_store",
    }  # fmt: skip


def test_a_booking_is_found_by_its_key(client: MangoBizClient, upstream: Upstream) -> None:
    upstream.answer = answer_with({"data": [BOOKING]})
    assert client.find_booking_by_key(KEY).id == ID  # type: ignore[union-attr]
    upstream.answer = answer_with({"data": []})
    assert client.find_booking_by_key(KEY) is None
    assert upstream.asked[0].query == {"idempotencyKey": KEY}


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    import stamina

    with stamina.set_testing(testing=True, attempts=2, cap=True):
        yield
