"""Whatever comes in, the answer is the contract's error: 4xx, never a 500."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.tenancy import StoreInfo
from tests.booking.helpers import ZOE, Api, check_shape

pytestmark = pytest.mark.django_db

NIL = "00000000-0000-0000-0000-000000000000"
texts = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "\0",
            "a\0b",
            "😀" * 50,
            "x" * 3000,
            NIL,
            "{" + NIL + "}",
            "urn:uuid:" + NIL,
            "9999-12-31",
            "0001-01-01",
        ]
    ),
)
instants = st.sampled_from(
    [
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        "2026-13-01T00:00:00Z",
        "2027-01-01T00:00:00",
        "",
        "now",
        "2027-01-01T00:00:00.123456789Z",
        "2027-02-30T00:00:00Z",
    ]
)
leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), texts, instants)
trees = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
many = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def is_refusal(answer: Any) -> bool:
    check_shape("Error", answer.json())
    return 400 <= answer.status_code < 500


@many
@given(
    body=st.fixed_dictionaries(
        {},
        optional={
            "items": trees,
            "startTime": instants | trees,
            "staffId": trees,
            "client": trees,
            "notes": trees,
        },
    )
)
def test_made_up_drafts(api: Api, body: Any) -> None:
    assert is_refusal(api.post("draft", json.dumps(body).encode("utf-8", "surrogatepass")))


@many
@given(values=st.fixed_dictionaries(dict.fromkeys(ZOE, texts)), notes=texts)
def test_made_up_clients(api: Api, cut: str, values: dict[str, str], notes: str) -> None:
    body = {
        "items": [{"serviceId": cut}],
        "startTime": "2027-01-05T03:07:00Z",
        "client": values,
        "notes": notes,
    }
    answer = api.post("draft", json.dumps(body).encode("utf-8", "surrogatepass"))
    assert is_refusal(answer)


@many
@given(query=st.dictionaries(st.sampled_from(["serviceId", "addOnIds", "staffId", "from", "to"]), texts))
def test_made_up_availability(api: Api, query: dict[str, str]) -> None:
    assert is_refusal(api.get("availability", **query))


@many
@given(where=texts, body=trees)
def test_made_up_addresses(api: Api, where: str, body: Any) -> None:
    from urllib.parse import quote

    name = quote(where.encode("utf-8", "replace"), safe="")
    if not name or where in {".", "..", "availability", "draft"} or "/" in where:
        return
    raw = json.dumps(body).encode("utf-8", "surrogatepass")
    for method, path in (
        ("GET", f"draft/{name}"),
        ("PATCH", f"draft/{name}"),
        ("POST", f"draft/{name}/confirm"),
        ("GET", name),
        ("PUT", name),
        ("POST", f"{name}/cancellation"),
    ):
        assert is_refusal(api.send(method, path, raw)), (method, path)


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"", 415),  # Django's client sends no content type without a body
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b'{"items": "\\ud800"}', 400),
        (b"[" * 100_000, 422),
        (b'{"a":' * 50_000, 400),
        (b'"' + b"x" * 300_000 + b'"', 413),
        (b"[]", 422),
        (b"null", 422),
        (b'{"items": [], "startTime": "2027-01-01T00:00:00Z"}', 422),
    ],
)
def test_bodies_that_are_none(api: Api, raw: bytes, status: int) -> None:
    answer = api.post("draft", raw)
    assert answer.status_code == status, answer.content
    assert is_refusal(answer)


def test_manners(api: Api, cut: str, luna: StoreInfo) -> None:
    slot = api.slots(cut)[0]
    body = json.dumps({"items": [{"serviceId": cut}], "startTime": slot["startTime"]})
    url = "/api/v1/booking/draft"
    assert api.client.post(url, body, content_type="text/plain").status_code == 415
    foreign = api.client.post(
        url, body, content_type="application/json", headers={"Origin": "https://evil.example"}
    )
    assert foreign.status_code == 403
    wrong = api.client.get(url)
    assert wrong.status_code == 405
    check_shape("Error", wrong.json())
    own = {"Origin": f"http://{luna.slug}.localhost"}
    assert api.client.post(url, body, content_type="application/json", headers=own).status_code == 201
    assert api.send("DELETE", "availability").status_code == 405


@pytest.mark.usefixtures("one_window")
def test_too_many_drafts(api: Api, cut: str, settings: Any) -> None:
    settings.DRAFTS_PER_VISITOR = 2
    slots = api.slots(cut)
    statuses = [api.draft(cut, slot).status_code for slot in slots[:12:4]]
    assert statuses == [201, 201, 429]
    answer = api.draft(cut, slots[0])
    assert int(answer.headers["Retry-After"]) > 0
    check_shape("Error", answer.json())


@pytest.mark.parametrize(
    ("spelling", "sent"),
    [
        ("(213) 555-0107", "+12135550107"),
        ("213.555.0107", "+12135550107"),
        ("+49 30 901820", "+4930901820"),
        ("0049 30 901820", None),
        ("12", None),
        ("☎", None),
    ],
)
def test_phone_numbers(api: Api, cut: str, spelling: str, sent: str | None, luna: StoreInfo) -> None:
    from booking.models import Booking
    from store.tenancy import store_scope

    answer = api.draft(cut, api.slots(cut)[0], client={**ZOE, "phone": spelling})
    if sent is None:
        assert answer.status_code == 422
        assert "client.phone" in answer.json()["error"]["details"]["fields"]
        return
    assert answer.status_code == 201
    with store_scope(luna):
        assert Booking.objects.get().phone == sent


@many
@given(
    query=st.dictionaries(
        st.sampled_from(["service", "add", "staff", "day", "draft", "slot", "taken", "why", "was"]), texts
    )
)
def test_made_up_pages(api: Api, cut: str, query: dict[str, str]) -> None:
    for path in ("/book/", "/book/staff/", "/book/time/", "/book/openings/"):
        assert api.client.get(path, query).status_code < 400 or path == "/book/", (path, query)
        assert api.client.get(path, {**query, "service": cut}).status_code < 400, (path, query)
    assert api.client.post(f"/book/time/?service={cut}", query).status_code < 400


@pytest.mark.parametrize(
    "start",
    ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "2020-01-01T00:00:00Z"],
)
def test_instants_out_of_reach(api: Api, cut: str, start: str) -> None:
    assert is_refusal(api.post("draft", {"items": [{"serviceId": cut}], "startTime": start}))


@pytest.mark.parametrize("name", ["Zoë\nBcc: all@example.com", "Zoë\0", "\x1b[31m", "   ", "x" * 81, ""])
def test_names_that_are_none(api: Api, cut: str, name: str) -> None:
    slot = api.slots(cut)[0]
    answer = api.draft(cut, slot, client={**ZOE, "firstName": name})
    assert answer.status_code == 422
    assert "client.firstName" in answer.json()["error"]["details"]["fields"]
    assert api.draft(cut, slot, client=ZOE, notes="Two\nlines, 😀").status_code == 201
