"""Time: what a visitor waits at most, when nobody waits any more, and how the service is tried again."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache

from assistant import client as module
from assistant import wire as wire_module
from assistant.client import BUDGETS, AiClient
from assistant.errors import AiChanged, AiError, AiLimited, AiQuotaExceeded, AiRejected, AiUnavailable
from assistant.wire import Wire
from config.deadline import Places
from store.tenancy import StoreInfo
from tests.assistant.service import CALLS, client_of, drip, honestly, refuse, say, serve_ai, wait_until
from tests.catalog.upstream import Asked, Reply, Upstream

BUDGET = 0.3
# A busy machine is late by this much at most.
LATE = 0.25


@pytest.fixture
def service() -> Iterator[Upstream]:
    with serve_ai() as running:
        yield running


@pytest.fixture
def client(service: Upstream) -> AiClient:
    return client_of(service.url)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small budgets, and places that no call of another test still holds."""
    monkeypatch.setattr(module, "BUDGETS", dict.fromkeys(BUDGETS, BUDGET))
    monkeypatch.setattr(wire_module, "PLACES", {operation: Places(4) for operation in BUDGETS})


def always(reply: Reply) -> Callable[[Asked], Reply]:
    return lambda _asked: reply


def outcome_of(call: Callable[[AiClient], Any], client: AiClient) -> str:
    try:
        call(client)
    except AiError as error:
        return error.outcome
    return "answered"


def fail(client: AiClient, times: int = 3) -> None:
    for _ in range(times):
        with pytest.raises((AiUnavailable, AiChanged)):
            client.search("oil")


def test_the_budgets_are_the_contracts() -> None:
    assert BUDGETS == {"chat": 8.0, "recommend": 0.8, "search": 1.5, "suggest": 0.5}


# --- a budget is all a visitor waits -------------------------------------------------------------------


@pytest.mark.parametrize("operation", ["recommend", "search", "suggest"])
def test_a_real_budget_holds(client: AiClient, service: Upstream, operation: str) -> None:
    service.answer = always(Reply(wait=BUDGETS[operation] + 1))
    started = time.monotonic()
    assert outcome_of(CALLS[operation], client) == "timeout"
    assert BUDGETS[operation] <= time.monotonic() - started < BUDGETS[operation] + LATE


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
STARTS = {
    "says nothing": b"",
    "trickles its first line": b"HTTP/1.1 2",
    "trickles a header": HEAD + b"X-Long: ",
    "trickles its body": HEAD + b"Content-Length: 1000000\r\n\r\n",
    "trickles without an end": HEAD + b"\r\n",
    "trickles chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
    "continues for ever": b"HTTP/1.1 100 Continue\r\n\r\n",
    "trickles an error": b"HTTP/1.1 503 No\r\nContent-Length: 1000000\r\n\r\n",
    "trickles a redirect": b"HTTP/1.1 302 There\r\nLocation: /a\r\nContent-Length: 1000000\r\n\r\n",
}


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
@pytest.mark.usefixtures("hurried")
def test_a_server_that_trickles_holds_neither_visitor_nor_thread(operation: str, start: bytes) -> None:
    with drip(start) as url:
        before = time.monotonic()
        assert outcome_of(CALLS[operation], client_of(url)) in {"timeout", "unavailable"}
        assert time.monotonic() - before < BUDGET + LATE
        names = [thread.name for thread in threading.enumerate()]
        assert wait_until(lambda: "deadline" not in [t.name for t in threading.enumerate()], LATE), names


@pytest.mark.usefixtures("hurried")
def test_a_name_that_is_looked_up_for_ever_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    look_up = threading.Event()

    def never(*_: Any, **__: Any) -> Any:
        look_up.wait(5)
        raise OSError("no such name")

    monkeypatch.setattr("urllib3.util.connection.socket.getaddrinfo", never)
    before = time.monotonic()
    assert outcome_of(CALLS["search"], client_of("http://localhost:9")) == "timeout"
    assert time.monotonic() - before < BUDGET + LATE
    look_up.set()


@pytest.mark.usefixtures("hurried")
def test_as_many_calls_as_may_be_wait_at_once(client: AiClient, service: Upstream) -> None:
    """Eight visitors write to an assistant that hangs: four wait, the others are told at once."""
    gate = threading.Event()

    def hang(asked: Asked) -> Reply:
        gate.wait(5)
        return honestly(asked)

    service.answer = hang
    with ThreadPoolExecutor(8) as visitors:
        found = sorted(visitors.map(lambda _: outcome_of(CALLS["chat"], client), range(8)))
    gate.set()
    assert found == ["not_asked"] * 4 + ["timeout"] * 4


@pytest.mark.usefixtures("hurried")
def test_a_late_answer_reaches_nobody_else(client: AiClient, service: Upstream) -> None:
    """The connection it comes on is not used again."""

    def late_once(asked: Asked) -> Reply:
        is_first = len(service.asked) == 1
        return Reply(200, say({"response": "late"}).body, wait=BUDGET + 0.1) if is_first else honestly(asked)

    service.answer = late_once
    with pytest.raises(AiUnavailable):
        client.chat(session_id="s", message="Hi")
    time.sleep(0.2)
    assert client.chat(session_id="s", message="Hi").response != "late"


# --- the breaker ----------------------------------------------------------------------------------------

COUNTING = [
    Reply(500),
    refuse(503, "MODEL_UNAVAILABLE"),
    Reply(hang_up=True),
    say({}),
    say(b"<h1>It works</h1>"),
    Reply(302),
]
NOT_COUNTING = [
    (refuse(429, "RATE_LIMITED"), AiLimited),
    (refuse(400, "INVALID_REQUEST"), AiRejected),
]


@pytest.mark.parametrize("reply", COUNTING, ids=lambda reply: f"{reply.status} {reply.body[:12]!r}")
def test_three_failures_and_nobody_waits(client: AiClient, service: Upstream, reply: Reply) -> None:
    service.answer = always(reply)
    fail(client)
    for _ in range(5):
        with pytest.raises(AiUnavailable) as caught:
            client.search("oil")
        assert caught.value.outcome == "not_asked"
    assert len(service.asked) == 3
    service.answer = honestly
    assert client.chat(session_id="s", message="Hi")  # each operation has its own


@pytest.mark.parametrize(("reply", "error"), NOT_COUNTING, ids=["limited", "rejected"])
def test_a_refusal_does_not_count(
    client: AiClient, service: Upstream, reply: Reply, error: type[AiError]
) -> None:
    service.answer = always(reply)
    for _ in range(6):
        with pytest.raises(error):
            client.search("oil")
    assert len(service.asked) == 6


@pytest.mark.usefixtures("hurried")
def test_who_is_turned_away_does_not_reset_the_count(client: AiClient, service: Upstream) -> None:
    service.answer = always(Reply(500))
    fail(client, times=2)
    busy = wire_module.PLACES["search"]
    taken = [busy._free.acquire(blocking=False) for _ in range(4)]
    assert all(taken)
    assert outcome_of(CALLS["search"], client) == "not_asked"
    for _ in taken:
        busy._free.release()
    fail(client, times=1)
    assert outcome_of(CALLS["search"], client) == "not_asked"
    assert len(service.asked) == 3


def test_a_service_that_is_back_is_noticed_without_a_visitor_waiting(
    client: AiClient, service: Upstream
) -> None:
    with time_machine.travel("2026-11-23T12:00:00Z", tick=False) as now:
        service.answer = always(Reply(500))
        fail(client)
        now.shift(timedelta(seconds=16))
        service.answer = lambda asked: Reply(200, honestly(asked).body, wait=0.3)
        started = time.monotonic()
        assert {outcome_of(CALLS["search"], client) for _ in range(10)} == {"not_asked"}
        assert time.monotonic() - started < 0.2  # the tries' answer took longer
        assert wait_until(lambda: outcome_of(CALLS["search"], client) == "answered")
    probe = service.asked[3]
    assert (probe.path, b"hello" in probe.body, b"oil" in probe.body) == ("/search", True, False)


@pytest.mark.parametrize("operation", CALLS)
def test_each_operation_is_tried_again_as_the_contract_has_it(
    operation: str, luna: StoreInfo, ai: dict[str, str]
) -> None:
    """Against the sandbox, which refuses what does not fit."""
    breaker, wire = module._breaker(operation), Wire(ai["aiServiceUrl"], ai["aiServiceKey"])
    for _ in range(3):
        breaker.note(works=False)
    assert breaker.is_open()
    module._try_again(wire, *AiClient(wire, luna.tenant_id)._probe(operation))
    assert not breaker.is_open()


def test_one_try_in_each_pause_and_it_stays_open(client: AiClient, service: Upstream) -> None:
    """Also when the tries are so far apart that each is the only failure of its minute."""
    with time_machine.travel("2026-11-23T12:00:00Z", tick=False) as now:
        service.answer = always(Reply(500))
        fail(client)
        for minute in range(1, 15):
            now.shift(timedelta(minutes=1))
            assert [outcome_of(CALLS["search"], client) for _ in range(4)] == ["not_asked"] * 4
            assert wait_until(lambda wanted=3 + minute: len(service.asked) == wanted)  # type: ignore[misc]
            assert wait_until(lambda: cache.get("breaker:ai:search:failures") is not None)
            time.sleep(0.05)
    assert len(service.asked) == 17


def test_a_try_needs_no_database_and_no_store(client: AiClient, service: Upstream) -> None:
    """This test has neither; what a thread raises would fail it."""
    with time_machine.travel("2026-11-23T12:00:00Z", tick=False) as now:
        service.answer = always(Reply(500))
        fail(client)
        now.shift(timedelta(seconds=16))
        service.answer = always(refuse(401, "INVALID_REQUEST"))  # an answer all the same
        assert outcome_of(CALLS["search"], client) == "not_asked"
        assert wait_until(lambda: not module._breaker("search").is_open())


# --- the quota ------------------------------------------------------------------------------------------


def test_a_used_up_quota_pauses_everything(client: AiClient, service: Upstream) -> None:
    with time_machine.travel("2026-11-23T12:00:00Z", tick=False) as now:
        service.answer = always(refuse(429, "QUOTA_EXCEEDED", retryAfter=120))
        with pytest.raises(AiQuotaExceeded) as caught:
            client.recommend(context="homepage")
        assert caught.value.retry_after == 120
        service.answer = honestly
        now.shift(timedelta(seconds=100))
        for call in CALLS.values():
            with pytest.raises(AiUnavailable) as left:
                call(client)
            assert (left.value.outcome, left.value.retry_after) == ("not_asked", 21)
        assert len(service.asked) == 1
        now.shift(timedelta(seconds=21))
        assert {outcome_of(call, client) for call in CALLS.values()} == {"answered"}


@pytest.mark.parametrize(("said", "seconds"), [(10**9, 900), (0, 60), (None, 60), ("later", 60)])
def test_a_quota_pause_has_a_length(client: AiClient, service: Upstream, said: Any, seconds: int) -> None:
    with time_machine.travel("2026-11-23T12:00:00Z", tick=False) as now:
        service.answer = always(refuse(429, "QUOTA_EXCEEDED", retryAfter=said))
        with pytest.raises(AiQuotaExceeded):
            client.search("oil")
        service.answer = honestly
        now.shift(timedelta(seconds=seconds - 1))
        assert outcome_of(CALLS["chat"], client) == "not_asked"
        now.shift(timedelta(seconds=2))
        assert outcome_of(CALLS["chat"], client) == "answered"


def test_a_quota_says_nothing_against_the_service(client: AiClient, service: Upstream) -> None:
    service.answer = always(refuse(429, "QUOTA_EXCEEDED", retryAfter=5))
    for _ in range(4):
        cache.delete("ai:quota")
        assert outcome_of(CALLS["search"], client) == "quota"
    assert len(service.asked) == 4


def test_without_a_cache_a_process_pauses_by_itself(
    client: AiClient, service: Upstream, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_alone", {"until": 0.0})
    settings.CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
            "OPTIONS": {"IGNORE_EXCEPTIONS": True},
        }
    }
    service.answer = always(refuse(429, "QUOTA_EXCEEDED", retryAfter=120))
    assert [outcome_of(CALLS["search"], client) for _ in range(2)] == ["quota", "not_asked"]
