"""The client against a sandbox that behaves, and a little service that answers as a test tells it."""

import gzip
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
import requests
from django.core.checks import run_checks

from analytics.models import Alert
from assistant.client import AiClient, ai_client
from assistant.errors import AiChanged, AiError, AiLimited, AiQuotaExceeded, AiRejected, AiUnavailable
from assistant.schemas import CartContext, CartItem, Turn
from assistant.wire import MAX_ANSWER, KeyRefused
from store.tenancy import NoStoreScope, StoreInfo, store_scope
from tests.assistant.service import (
    ANSWERS,
    CALLS,
    KEY,
    TENANT,
    client_of,
    honestly,
    refuse,
    say,
    serve_ai,
)
from tests.catalog.upstream import Asked, Reply, Upstream
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db


@pytest.fixture
def service() -> Iterator[Upstream]:
    with serve_ai() as running:
        yield running


@pytest.fixture
def client(service: Upstream) -> AiClient:
    return client_of(service.url)


def always(reply: Reply) -> Callable[[Asked], Reply]:
    return lambda _asked: reply


# --- against the sandbox, which refuses what does not fit the contract ----------------------------------


@pytest.fixture
def luna_client(luna: StoreInfo, ai: dict[str, str]) -> Iterator[AiClient]:
    with store_scope(luna):
        yield ai_client()


def test_chat_answers_with_actions(luna_client: AiClient) -> None:
    cart = CartContext(
        item_count=2,
        total=Decimal("56.00"),
        items=(CartItem(id="p", name="Moon Milk", quantity=2, price=Decimal("28.00")),),
    )
    turns = [Turn(role="user", content="Hi"), Turn(role="assistant", content="Hello!")]
    reply = luna_client.chat(
        session_id="one", message="Precision Bob", page="/services/", language="en", cart=cart, previous=turns
    )
    assert "115" in reply.response
    assert "book_appointment" in {action.type for action in reply.actions}
    assert all(action.payload.service_id or action.payload.product_id for action in reply.actions)


def test_recommendations_come_with_ids(luna_client: AiClient) -> None:
    found = luna_client.recommend(context="product", items=["p"], user_id="someone", limit=4)
    assert len(found) == 4
    assert {row.type for row in found} == {"product", "service"}
    assert all(row.id and row.reason and 0 < row.confidence <= 1 for row in found)


def test_search_finds_by_score(luna_client: AiClient) -> None:
    reply = luna_client.search("balayage", limit=3, caller="abc")
    assert reply.results[0].title == "Hand-Painted Balayage"
    assert [hit.relevance_score for hit in reply.results] == sorted(
        (hit.relevance_score for hit in reply.results), reverse=True
    )


@pytest.mark.parametrize("page", ["homepage", "product", "service", "cart", "checkout", "gallery"])
def test_suggestions_for_a_page(luna_client: AiClient, page: str) -> None:
    assert 0 < len(luna_client.suggest(context=page, typed="wh", limit=2)) <= 2


def test_what_is_too_long_is_cut_rather_than_refused(luna_client: AiClient) -> None:
    turns = [Turn(role="system", content="Obey"), *[Turn(role="user", content="x" * 5000)] * 30]
    luna_client.chat(
        session_id="long", message="ä" * 3000, page="/" * 999, language="de" * 99, previous=turns
    )
    luna_client.search("ü" * 900, limit=5000, caller='"; for=127.0.0.1, ' * 50)
    luna_client.recommend(context="homepage", items=["x"] * 500, limit=0)
    luna_client.suggest(context="cart", typed="w" * 5000, limit=99)


@pytest.mark.parametrize("text", ["", "  \n", "\x00\x07", "\ud800"], ids=ascii)
def test_nothing_is_not_asked(client: AiClient, service: Upstream, text: str) -> None:
    for ask in (lambda: client.search(text), lambda: client.chat(session_id="s", message=text)):
        with pytest.raises(AiRejected):
            ask()
    assert service.asked == []


def test_only_a_store_in_scope_has_a_client() -> None:
    with pytest.raises(NoStoreScope):
        ai_client()


def test_without_a_key_nobody_is_asked(luna: StoreInfo, settings: Any) -> None:
    settings.AI_SERVICE_URL = settings.AI_SERVICE_KEY = ""
    with store_scope(luna), pytest.raises(AiUnavailable) as caught:
        ai_client().search("oil")
    assert caught.value.outcome == "not_asked"


def test_hostile_answers_are_read_as_the_words_they_are(
    luna_client: AiClient, reset_sandbox: SandboxProcess
) -> None:
    """They fit the contract: what they mean is for those to judge who show them."""
    switch = {"upstream": "ai", "faults": {"hostile": True}}
    requests.put(f"{reset_sandbox.url}/sandbox/faults", json=switch, timeout=10).raise_for_status()
    reply = luna_client.chat(session_id="s", message="Hello")
    assert "<script" in reply.response
    assert {"https://evil.example/", "javascript:alert(1)"} <= {a.payload.url for a in reply.actions}
    assert max(len(action.label) for action in reply.actions) == 80
    assert max(len(action.payload.product_id) for action in reply.actions) <= 64
    assert all("nested" not in action.payload.appointment_data for action in reply.actions)
    assert max(row.confidence for row in luna_client.recommend(context="cart", limit=20)) == 1.0
    assert luna_client.search("bob").results[0].relevance_score == 10**6
    assert max(len(chip.text) for chip in luna_client.suggest(context="cart")) == 80


# --- what is sent ---------------------------------------------------------------------------------------


def test_chat_is_sent_as_the_contract_has_it(client: AiClient, service: Upstream) -> None:
    item = CartItem(id="p", name="Oil", quantity=1, price=Decimal("9.90"))
    cart = CartContext(item_count=1, total=Decimal("9.90"), items=(item,))
    turns = [Turn(role="user", content=f"{number}\x00") for number in range(25)]
    client.chat(
        session_id="s", message=" Grüße\x07 ", page="/shop/", language="de", cart=cart, previous=turns
    )
    (asked,) = service.asked
    assert (asked.method, asked.path, asked.headers["X-API-Key"]) == ("POST", "/chat", KEY)
    assert b'"total":9.90' in asked.body
    assert json.loads(asked.body) == {
        "sessionId": "s", "message": "Grüße",
        "context": {
            "tenantId": str(TENANT), "page": "/shop/", "language": "de",
            "cart": {
                "itemCount": 1, "total": 9.9,
                "items": [{"id": "p", "name": "Oil", "quantity": 1, "price": 9.9}],
            },
            "previousMessages": [{"role": "user", "content": str(number)} for number in range(5, 25)],
        },
    }  # fmt: skip


def test_search_does_not_tell_the_address(client: AiClient, service: Upstream) -> None:
    client.search("oil", caller='h4sh_-."; for=127.0.0.1')
    client.search("oil")
    first, second = service.asked
    assert first.headers["Forwarded"] == 'for="_h4sh_-.for127.0.0.1"'
    assert "Forwarded" not in second.headers
    assert json.loads(first.body) == {"tenantId": str(TENANT), "query": "oil", "limit": 20}


def test_suggestions_are_asked_without_a_store(client: AiClient, service: Upstream) -> None:
    client.suggest(context="cart", typed="wh")
    assert service.asked[0].query == {"context": "cart", "limit": "5", "currentMessage": "wh"}
    assert service.asked[0].body == b""


def test_a_user_is_only_sent_where_there_is_one(client: AiClient, service: Upstream) -> None:
    client.recommend(context="service", items=["a"], user_id="u", limit=99)
    client.recommend(context="service")
    first, second = (json.loads(asked.body) for asked in service.asked)
    tenant = str(TENANT)
    assert first == {"tenantId": tenant, "context": "service", "limit": 50, "items": ["a"], "userId": "u"}
    assert second == {"tenantId": tenant, "context": "service", "limit": 5}


# --- each answer has its error --------------------------------------------------------------------------

GZIPPED = gzip.compress(b" " * 50_000_000, mtime=0)  # mtime: every worker has to collect the same

BAD: list[tuple[Reply, type[AiError], str, int]] = [
    (refuse(400, "INVALID_REQUEST"), AiRejected, "rejected", 0),
    (refuse(401, "INVALID_REQUEST"), KeyRefused, "rejected", 0),
    (Reply(403, b"<h1>Forbidden</h1>"), KeyRefused, "rejected", 0),
    (Reply(404, b"<h1>Not here</h1>"), AiRejected, "rejected", 0),
    (refuse(429, "RATE_LIMITED", retryAfter=7), AiLimited, "limited", 7),
    (say(b"<h1>Slow down</h1>", 429, **{"Retry-After": "9"}), AiLimited, "limited", 9),
    (refuse(429, "RATE_LIMITED", retryAfter="soon"), AiLimited, "limited", 0),
    (refuse(429, "RATE_LIMITED", retryAfter=-1), AiLimited, "limited", 0),
    (refuse(429, "RATE_LIMITED", retryAfter=10**30), AiLimited, "limited", 900),
    (refuse(429, "QUOTA_EXCEEDED", retryAfter=10**6), AiQuotaExceeded, "quota", 900),
    (refuse(503, "MODEL_UNAVAILABLE", retryAfter=30), AiUnavailable, "unavailable", 30),
    (refuse(500, "INTERNAL_ERROR"), AiUnavailable, "unavailable", 0),
    (Reply(502, b"<h1>Bad gateway</h1>"), AiUnavailable, "unavailable", 0),
    (Reply(hang_up=True), AiUnavailable, "unavailable", 0),
    (Reply(truncate=True), AiUnavailable, "unavailable", 0),
    (Reply(302, b"x" * 100, {"Location": "http://127.0.0.1:9/"}), AiChanged, "changed", 0),
    (Reply(301, b"", {"Location": "http://["}), AiChanged, "changed", 0),
    (Reply(200, b"<!doctype html>It works", {"Content-Type": "text/html"}), AiChanged, "changed", 0),
    (Reply(200, b""), AiChanged, "changed", 0),
    (Reply(204, b""), AiChanged, "changed", 0),
    (Reply(200, b"[" * 10_000 + b"]" * 10_000), AiChanged, "changed", 0),
    (Reply(200, b'{"a":' * 10_000 + b"1" + b"}" * 10_000), AiChanged, "changed", 0),
    (Reply(200, b'{"response": NaN, "results": NaN}'), AiChanged, "changed", 0),
    (Reply(200, b'{"response": "\xff\xfe"}'), AiChanged, "changed", 0),
    (Reply(200, b" " * (MAX_ANSWER + 1)), AiChanged, "changed", 0),
    (Reply(200, b" " * 50_000_000), AiChanged, "changed", 0),
    (Reply(302, b" " * 50_000_000, {"Location": "http://127.0.0.1:9/"}), AiChanged, "changed", 0),
    (Reply(200, GZIPPED, {"Content-Encoding": "gzip"}), AiChanged, "changed", 0),
    (Reply(200, b"not gzip", {"Content-Encoding": "gzip"}), AiUnavailable, "unavailable", 0),
    *[(say(body), AiChanged, "changed", 0) for body in ([], {}, None, 7, "x", {"error": {}})],
]  # fmt: skip


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize(
    ("reply", "error", "outcome", "retry_after"),
    BAD,
    ids=lambda value: f"{value.status} {value.body[:20]!r}" if isinstance(value, Reply) else None,
)
def test_every_bad_answer_has_its_error(
    client: AiClient, service: Upstream, operation: str, reply: Reply, error: type[AiError], outcome: str,
    retry_after: int, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("assistant.client.BUDGETS", dict.fromkeys(CALLS, 5.0))
    service.answer = always(reply)
    with pytest.raises(AiError) as caught:
        CALLS[operation](client)
    assert type(caught.value) is error
    assert (caught.value.outcome, caught.value.retry_after) == (outcome, retry_after)
    assert len(service.asked) == 1  # nothing is asked a second time


def test_nobody_at_the_door() -> None:
    with pytest.raises(AiUnavailable) as caught:
        client_of("http://127.0.0.1:9").search("oil")
    assert caught.value.outcome == "unavailable"


def test_neither_key_nor_words_are_logged(
    client: AiClient, service: Upstream, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    secret = "my-secret-wish"
    for reply in (
        say({"error": {"code": secret, "message": secret}}, 400),
        say({"response": [secret]}),
        Reply(500),
    ):
        service.answer = always(reply)
        with pytest.raises(AiError) as caught:
            client.chat(session_id="s", message=secret)
        assert secret not in repr(caught.value) + str(caught.value)
    service.answer = honestly
    client.suggest(context="cart", typed=secret)
    out = capfd.readouterr()
    assert "ai_failed" in caplog.text + out.err
    assert secret not in caplog.text + out.out + out.err
    assert KEY not in caplog.text + out.out + out.err + repr(client._wire)


# --- what the contract leaves open is tolerated ---------------------------------------------------------


def test_what_cannot_be_read_of_an_answer_is_left_out(client: AiClient, service: Upstream) -> None:
    good = ANSWERS["/chat"]["actions"][0]
    bad: list[Any] = [
        None, 7, "x", [], {}, {"type": "launch", "label": "x", "payload": {}}, {"type": ["navigate"]},
        {"type": "navigate", "label": 7, "payload": {}}, {"type": "navigate", "label": "x", "payload": "/"},
    ]  # fmt: skip
    service.answer = always(
        say(
            {
                "response": "a\x00b\tc\nd",
                "suggestions": [7, None, "", "x", "x", ["y"]],
                "actions": [*bad, good],
            }
        )
    )
    reply = client.chat(session_id="s", message="Hi")
    assert (reply.response, reply.suggestions) == ("ab\tc\nd", ("x",))
    assert [action.payload.url for action in reply.actions] == ["/services/"]
    service.answer = always(say({"response": "x", "suggestions": "y", "actions": {"type": "navigate"}}))
    reply = client.chat(session_id="s", message="Hi")
    assert (reply.suggestions, reply.actions) == ((), ())


def test_what_is_too_long_is_cut(client: AiClient, service: Upstream) -> None:
    payload = {
        "url": "/" * 9999, "productId": "p" * 9999, "serviceId": "s1",
        "appointmentData": {"date": "2026-11-24", "deep": {"a": 1}, "long": "x" * 9999, "n": 2, "b": True},
    }  # fmt: skip
    action = {"type": "book_appointment", "label": "x" * 10_000, "payload": payload}
    service.answer = always(
        say(
            {
                "response": "y" * 20_000,
                "suggestions": [f"{n}" * 900 for n in range(20)],
                "actions": [action, *ANSWERS["/chat"]["actions"] * 60],
            }
        )
    )
    reply = client.chat(session_id="s", message="Hi")
    assert (len(reply.response), reply.response[-1]) == (8000, "…")
    assert (len(reply.suggestions), len(reply.actions)) == (8, 50)
    assert max(map(len, reply.suggestions)) == len(reply.actions[0].label) == 80
    found = reply.actions[0].payload
    assert (found.url, found.product_id, found.service_id) == ("", "", "s1")
    assert found.appointment_data == {"date": "2026-11-24", "n": 2, "b": True}


def test_odd_numbers_and_rows(client: AiClient, service: Upstream) -> None:
    numbers = ["1e999", "-1e999", "true", '"0.9"', "null", "[]", str(10**400), "0.5"]
    rows = [
        f'{{"type": "service", "id": "s", "confidence": {n}, "relevanceScore": {n}, "text": "t"}}'
        for n in numbers
    ]
    rows += [
        '{"type": "car", "id": "s"}',
        '{"type": "service", "id": 7}',
        "null",
        '{"type": "service", "id": ""}',
    ]
    page = ", ".join(rows)
    service.answer = always(
        say(f'{{"recommendations": [{page}], "results": [{page}], "suggestions": [{page}]}}'.encode())
    )
    wanted = [0.0] * 7 + [0.5]
    assert [row.confidence for row in client.recommend(context="cart", limit=50)] == wanted
    assert [hit.relevance_score for hit in client.search("x").results] == wanted
    assert [chip.type for chip in client.suggest(context="cart", limit=20)] == ["question"] * 8


def test_empty_lists_are_answers(client: AiClient, service: Upstream) -> None:
    service.answer = always(say({"recommendations": [], "results": [], "suggestions": []}))
    assert (
        client.recommend(context="cart") == client.suggest(context="cart") == client.search("x").results == ()
    )


def test_a_long_list_is_cut_to_what_was_asked_for(client: AiClient, service: Upstream) -> None:
    service.answer = always(say({"recommendations": ANSWERS["/recommend"]["recommendations"] * 400}))
    assert len(client.recommend(context="cart", limit=3)) == 3
    service.answer = always(say({"results": ANSWERS["/search"]["results"] * 400}))
    assert len(client.search("x", limit=4).results) == 4


# --- the key, and settings ------------------------------------------------------------------------------


def test_a_refused_key_is_one_alert_until_it_works(client: AiClient, service: Upstream) -> None:
    service.answer = always(refuse(401, "INVALID_REQUEST"))
    for _ in range(3):
        with pytest.raises(AiRejected):
            client.search("oil")
    (alert,) = Alert.objects.filter(kind=Alert.Kind.AI_REFUSED)
    assert (alert.is_open, alert.count, alert.store_id) == (True, 1, None)
    service.answer = always(Reply(500))  # says nothing about the key
    with pytest.raises(AiUnavailable):
        client.search("oil")
    assert Alert.objects.get().is_open
    service.answer = honestly
    client.search("oil")
    assert not Alert.objects.get().is_open


def test_a_call_that_works_costs_no_query(
    client: AiClient, django_assert_num_queries: Callable[[int], Any]
) -> None:
    with django_assert_num_queries(0):
        for call in CALLS.values():
            call(client)


@pytest.mark.parametrize(("url", "key"), [("http://127.0.0.1:9", ""), ("", "key")])
def test_an_address_without_a_key_is_a_mistake(settings: Any, url: str, key: str) -> None:
    settings.AI_SERVICE_URL, settings.AI_SERVICE_KEY = url, key
    (found,) = [check for check in run_checks() if check.id == "assistant.E001"]
    assert found.hint
    settings.AI_SERVICE_URL = settings.AI_SERVICE_KEY = ""
    assert not [check for check in run_checks() if check.id == "assistant.E001"]
