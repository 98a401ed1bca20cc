"""Idempotency-Key, origins, content types and limits: what every write of the JSON API shares."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from config.jsonapi import ApiError, api_view, read_body, respond
from store.idempotency import idempotent, purge_replies
from store.models import ApiReply
from store.ratelimit import hit, visitor_key
from store.tenancy import StoreInfo, store_scope

pytestmark = pytest.mark.django_db


class Order(msgspec.Struct):
    count: int


calls: list[int] = []


@api_view("POST")
@idempotent
def order(request: HttpRequest) -> HttpResponse:
    body = read_body(request, Order)
    calls.append(body.count)
    if body.count == 409:
        raise ApiError(409, "SLOT_UNAVAILABLE", "Taken")
    if body.count == 503:
        raise ApiError(503, "UPSTREAM_UNAVAILABLE", "Later")
    return respond({"data": {"n": len(calls)}}, status=201)


@pytest.fixture(autouse=True)
def _no_calls() -> None:
    calls.clear()


def send(
    body: Any = b'{"count": 1}', *, key: str = "", content_type: str = "application/json", **headers: str
):
    if key:
        headers["Idempotency-Key"] = key
    request = RequestFactory().post("/api/v1/orders", body, content_type=content_type, headers=headers)
    return order(request)


def test_the_same_key_and_body_answer_the_same(luna: StoreInfo, barber: StoreInfo) -> None:
    with store_scope(luna):
        first, second = send(key="a" * 20), send(key="a" * 20)
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    with store_scope(barber):
        assert send(key="a" * 20).content != first.content
    assert len(calls) == 2


def test_another_body_is_refused(luna: StoreInfo) -> None:
    with store_scope(luna):
        send(key="a" * 20)
        answer = send(b'{"count": 2}', key="a" * 20)
    assert answer.status_code == 422
    assert b"IDEMPOTENCY_MISMATCH" in answer.content


def test_refusals_are_kept_and_come_again_answers_are_not(luna: StoreInfo) -> None:
    with store_scope(luna):
        for _ in range(2):
            assert send(b'{"count": 409}', key="a" * 20).status_code == 409
            assert send(b'{"count": 503}', key="b" * 20).status_code == 503
    assert calls == [409, 503, 503]


def test_while_the_first_is_at_work_the_second_waits_and_a_dead_one_is_taken_over(luna: StoreInfo) -> None:
    with store_scope(luna):
        send(key="a" * 20)
        ApiReply.objects.update(status=None)
        assert send(key="a" * 20).status_code == 409
        ApiReply.objects.update(created_at=timezone.now() - timedelta(minutes=5))
        assert send(key="a" * 20).status_code == 201


def test_replies_are_forgotten_after_a_day(luna: StoreInfo) -> None:
    with store_scope(luna):
        send(key="a" * 20)
        assert purge_replies() == 0
        ApiReply.objects.update(created_at=timezone.now() - timedelta(days=2))
        assert purge_replies() == 1


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"content_type": "text/plain"}, 415),
        ({"Origin": "https://evil.example.com"}, 403),
        ({"Origin": "http://testserver"}, 201),
        ({"body": b"{"}, 400),
        ({"body": b"\xff"}, 400),
        ({"body": b"[" * 100_000}, 422),
        ({"body": b'{"count": "x"}'}, 422),
        ({"body": b" " * 300_000}, 413),
        ({"key": "k" * 200}, 400),
    ],
)
def test_what_is_refused_at_the_door(luna: StoreInfo, changes: dict[str, Any], status: int) -> None:
    with store_scope(luna):
        answer = send(**changes)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/json"


def test_other_methods_are_named() -> None:
    answer = order(RequestFactory().get("/api/v1/orders"))
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"


def test_a_field_is_named_in_the_answer(luna: StoreInfo) -> None:
    with store_scope(luna):
        answer = msgspec.json.decode(send(b'{"count": "x"}').content)
    assert list(answer["error"]["details"]["fields"]) == ["count"]


def test_the_limit_counts_per_key() -> None:
    assert [hit("a", limit=2, seconds=600) == 0 for _ in range(3)] == [True, True, False]
    assert hit("b", limit=2, seconds=600) == 0
    assert 0 < hit("a", limit=2, seconds=600) <= 600


@pytest.mark.parametrize(
    ("hops", "forwarded", "same_as"),
    [
        (0, "192.0.2.9", "127.0.0.1"),
        (1, "192.0.2.9", "192.0.2.9"),
        (1, "192.0.2.66, 192.0.2.9", "192.0.2.9"),  # the visitor wrote the first one
        (2, "192.0.2.66, 192.0.2.9, 10.0.0.1", "192.0.2.9"),
        (2, "192.0.2.9", "127.0.0.1"),  # came past a proxy
        (1, "", "127.0.0.1"),
    ],
)
def test_only_our_own_proxies_say_who_the_visitor_is(
    settings, hops: int, forwarded: str, same_as: str
) -> None:
    settings.PROXY_HOPS = hops
    told = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded})
    plain = RequestFactory().get("/", REMOTE_ADDR=same_as)
    key = visitor_key(told)
    settings.PROXY_HOPS = 0
    assert key == visitor_key(plain)
