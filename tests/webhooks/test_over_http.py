"""The same door through a real web server: bodies in chunks, no Redis, a database that is down or busy."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.webhooks.conftest import Sender, entity

pytestmark = pytest.mark.xdist_group("webhooks over http")  # one server for all of them

ROOT = Path(__file__).parents[2]
SECRET = "whsec_c2VjcmV0LW9mLXRoZS1zYWxvbg=="
TENANT = str(uuid.UUID(int=7))
SETUP = f"""
import django, uuid; django.setup()
from django.core.management import call_command
from store.services import create_store
call_command("migrate", verbosity=0)
tenant, secrets = uuid.UUID("{TENANT}"), ["{SECRET}"]
create_store(slug="luna-hair", name="Luna", tenant_id=tenant, api_key="k", webhook_secrets=secrets)
"""


@dataclass
class Server:
    """A store's web server, one process of four threads, whose Redis does not answer."""

    port: int
    database: Path

    def send(self, *, path: str = "/webhooks/services/updated", raw: bytes = b"", **headers: str) -> Any:
        """One signed webhook; `raw` replaces its body."""
        sender = Sender(TENANT, [SECRET], host=f"luna-hair.localhost:{self.port}")
        raw = raw or sender.body("services.updated", entity())
        return self.post(path, raw, {**sender.headers(raw), **headers})

    def post(self, path: str, body: Any, headers: dict[str, str]) -> Any:
        url = f"http://127.0.0.1:{self.port}{path}"
        return requests.post(url, data=body, headers=headers, allow_redirects=False, timeout=20)

    def count(self) -> int:
        with closing(sqlite3.connect(self.database)) as database:
            return int(database.execute("SELECT count(*) FROM webhooks_inboxevent").fetchone()[0])


@contextmanager
def serve(folder: Path, database_url: str) -> Iterator[Server]:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ENV_FILE": str(ROOT / "tests/test.env"),
        "DATABASE_URL": database_url,
        "REDIS_URL": "redis://127.0.0.1:9/0",
    }
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    if database_url.startswith("sqlite"):
        subprocess.run([sys.executable, "-c", SETUP], cwd=ROOT, env=environment, check=True, timeout=120)
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", f"--bind=127.0.0.1:{port}", "--threads=4"]
    with (folder / "web.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--no-control-socket"], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    try:
        deadline = time.monotonic() + 60
        while not answers(port):
            assert process.poll() is None, (folder / "web.log").read_text()[-2000:]
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield Server(port, folder / "store.sqlite3")
    finally:
        process.terminate()
        process.wait(20)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("web")
    with serve(folder, f"sqlite:///{folder / 'store.sqlite3'}?timeout=1") as running:
        yield running


@pytest.mark.parametrize("path", ["/webhooks/services/updated", "/webhooks/services/updated/"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_never_a_redirect(server: Server, path: str, scheme: str) -> None:
    before = server.count()
    answer = server.send(path=path, **{"X-Forwarded-Proto": scheme})
    assert (answer.status_code, answer.json()) == (202, {"status": "stored"})
    assert server.count() == before + 1
    assert server.send(path=path.replace("services", "nothing")).status_code == 404


def test_a_body_in_chunks(server: Server) -> None:
    """It has no length in front: Django alone would take it for empty."""
    sender = Sender(TENANT, [SECRET], host=f"luna-hair.localhost:{server.port}")
    raw = sender.body("services.updated", entity(text="x" * 100_000))
    pieces = [raw[start : start + 5000] for start in range(0, len(raw), 5000)]
    headers = sender.headers(raw)
    assert server.post("/webhooks/services/updated", iter(pieces), headers).status_code == 202
    too_large = [b"x" * 64 * 1024] * 4 + [b"x"]
    assert server.post("/webhooks/services/updated", iter(too_large), headers).status_code == 413


def test_a_length_that_is_too_large_is_not_read(server: Server) -> None:
    """The answer comes before the body does."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as wire:
        head = ["POST /webhooks/services/updated HTTP/1.1", "Host: localhost", f"Content-Length: {2**40}"]
        wire.sendall("\r\n".join([*head, "", ""]).encode())
        assert wire.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_busy_database_is_503_and_later_202(server: Server) -> None:
    raw = Sender(TENANT, [SECRET]).body("services.updated", entity())
    before = server.count()
    with closing(sqlite3.connect(server.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = server.send(raw=raw)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
        assert answer.json()["error"]["code"] == "UNAVAILABLE"
        other.execute("ROLLBACK")
    assert server.count() == before
    assert server.send(raw=raw).status_code == 202


def test_a_database_that_is_down_is_503(tmp_path: Path) -> None:
    """Already when the tenant, or whose host it is, is looked up."""
    with serve(tmp_path, "postgres://nobody:nothing@127.0.0.1:9/store") as server:
        for host in ("localhost", "luna-hair.localhost", "book.salon.example"):
            answer = server.send(Host=host)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
            assert answer.json()["error"]["code"] == "UNAVAILABLE"
