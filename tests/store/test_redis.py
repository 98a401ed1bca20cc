"""A Redis that hangs, dies or comes back: a real Valkey, stopped and killed."""

import logging
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.sessions.backends.cached_db import SessionStore
from django.core.cache import cache
from django_redis import get_redis_connection
from redis.connection import SSLConnection, UnixDomainSocketConnection

import config.redis
from config.redis import connection_class, is_back
from store.ratelimit import hit
from tests.catalog.conftest import Valkey, redis_at, start_valkey, wait_until

pytestmark = pytest.mark.django_db


@pytest.fixture
def valkey(settings: Any) -> Iterator[Valkey]:
    valkey = start_valkey()
    settings.CACHES = redis_at(valkey.url)
    yield valkey
    valkey.kill()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A line for each failure that was waited for, rather than known at once."""
    seen: list[str] = []
    begin = config.redis._Outage.begin

    def note(self: Any, error: Exception) -> None:
        seen.append(type(error).__name__)
        begin(self, error)

    monkeypatch.setattr(config.redis._Outage, "begin", note)
    return seen


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        record.msg["event"]
        for record in caplog.records
        if record.name == "config.redis" and isinstance(record.msg, dict)
    ]


def test_a_redis_that_hangs_is_waited_for_once(
    valkey: Valkey, waits: list[str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.set("key", "value")
    monkeypatch.setattr(config.redis, "REST_SECONDS", 3600)
    valkey.process.send_signal(signal.SIGSTOP)
    assert [cache.get("key") for _ in range(50)] == [None] * 50
    assert waits == ["TimeoutError"]
    assert said(caplog) == ["redis_left_alone"]


def test_it_is_tried_again_and_used_when_it_is_back(
    valkey: Valkey, waits: list[str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(config.redis, "REST_SECONDS", 0.05)
    cache.set("key", "value")
    valkey.process.send_signal(signal.SIGSTOP)
    wait_until(lambda: cache.get("key") is None and len(waits) >= 2)
    valkey.process.send_signal(signal.SIGCONT)
    wait_until(lambda: cache.get("key") == "value")
    assert said(caplog) == ["redis_left_alone", "redis_is_back"]  # once each, however many tries
    caplog.clear()
    assert cache.get("key") == "value"
    assert not said(caplog)


def test_a_redis_that_is_killed_and_started_anew_is_used(
    valkey: Valkey, waits: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connections of before are all closed: that must not take a rest for each of them."""
    cache.set("key", "value")
    pool = get_redis_connection("default").connection_pool
    for connection in [pool.get_connection() for _ in range(5)]:
        pool.release(connection)
    valkey.kill()
    monkeypatch.setattr(config.redis, "REST_SECONDS", 3600)
    assert [cache.get("key") for _ in range(3)] == [None] * 3
    assert waits == ["ConnectionError"]
    again = start_valkey(valkey.port)
    try:
        for outage in config.redis._outages.values():
            outage._rest_until = outage._rest_until and 0.0  # the rest is over
        pool._available_connections.reverse()  # one that nobody knows to be closed comes first
        assert cache.set("key", "new")
        assert cache.get("key") == "new"
    finally:
        again.kill()


def test_its_return_is_told(valkey: Valkey, waits: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """By a process that has nothing else to do with it, too."""
    monkeypatch.setattr(config.redis, "REST_SECONDS", 0.05)
    told: list[object] = []

    def note(sender: Any, **_: Any) -> None:
        told.append(sender)

    is_back.connect(note)
    try:
        cache.set("key", "value")
        valkey.process.send_signal(signal.SIGSTOP)
        wait_until(lambda: cache.get("key") is None)
        assert not told
        valkey.process.send_signal(signal.SIGCONT)
        wait_until(lambda: bool(told))
    finally:
        is_back.disconnect(note)
    assert len(told) == 1


def test_nobody_else_is_answered_before_those_who_are_told_have_had_their_say(
    valkey: Valkey, waits: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often it is tried meanwhile: what is in it is of before the outage."""
    monkeypatch.setattr(config.redis, "REST_SECONDS", 0.05)
    is_told, may_speak = threading.Event(), threading.Event()

    def speak(**_: Any) -> None:
        is_told.set()
        may_speak.wait(15)
        cache.set("word", "said")

    cache.set("key", "old")
    is_back.connect(speak)
    try:
        valkey.process.send_signal(signal.SIGSTOP)
        wait_until(lambda: cache.get("key") is None)
        valkey.process.send_signal(signal.SIGCONT)
        assert is_told.wait(15)  # the process itself looks, so that this thread need not
        tries = [cache.get("key") for _ in range(20) if not time.sleep(0.01)]
        assert tries == [None] * 20
        may_speak.set()
        wait_until(lambda: cache.get("key"))
        assert cache.get_many(["key", "word"]) == {"key": "old", "word": "said"}
    finally:
        may_speak.set()
        is_back.disconnect(speak)


@pytest.mark.parametrize("trouble", [signal.SIGSTOP, signal.SIGKILL])
def test_sessions_and_limits_go_on_without_it(valkey: Valkey, trouble: signal.Signals) -> None:
    session = SessionStore()
    session["cart"] = 3
    session.save()
    valkey.process.send_signal(trouble)
    assert SessionStore(session.session_key)["cart"] == 3
    session["cart"] = 4
    session.save()
    assert SessionStore(session.session_key)["cart"] == 4
    assert hit("visitor", limit=1, seconds=600) == 0


def test_a_flushed_redis_logs_nobody_out(valkey: Valkey) -> None:
    session = SessionStore()
    session["cart"] = 3
    session.save()
    cache.clear()
    assert SessionStore(session.session_key)["cart"] == 3


def test_every_kind_of_address_is_left_alone_alike() -> None:
    assert issubclass(connection_class("rediss://cache.example.com/0"), SSLConnection)
    assert issubclass(connection_class("unix:///run/redis.sock"), UnixDomainSocketConnection)
    for url in ("redis://h/0", "rediss://h/0", "unix:///s"):
        assert issubclass(connection_class(url), config.redis._Patient)
