"""Many requests at once over connections that are kept, and webhooks signed as Mango Biz signs them."""

from __future__ import annotations

import json
import select
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any, TypeVar

from sandbox.tenants import tenant_id
from sandbox.webhooks import sign

CLIENTS = 16
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Answer:
    """`status` 0: the connection ended without one."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Clients:
    """A connection for each thread to one server; a broken one is replaced at its next request."""

    def __init__(self, port: int, *, timeout: float = 60) -> None:
        self._port, self._timeout = port, timeout
        self._mine = threading.local()
        self._lines: list[HTTPConnection] = []

    def close(self) -> None:
        for line in self._lines:
            line.close()

    def ask(
        self,
        method: str,
        host: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        line: HTTPConnection | None = getattr(self._mine, "line", None)
        if line is None:
            line = self._mine.line = HTTPConnection("127.0.0.1", self._port, timeout=self._timeout)
            self._lines.append(line)
        if line.sock and select.select([line.sock], [], [], 0)[0]:
            line.close()  # the server ended it while it was idle
        started = time.perf_counter()
        try:
            line.request(method, path, body, {"Host": host, **(headers or {})})
            response = line.getresponse()
            content = response.read()
        except (OSError, HTTPException):
            line.close()  # the next request opens it again
            return Answer(0, seconds=time.perf_counter() - started)
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, content, found, time.perf_counter() - started)

    def send_json(self, method: str, host: str, path: str, body: Any, **headers: str) -> Answer:
        sent = {"Content-Type": "application/json", **headers}
        return self.ask(method, host, path, json.dumps(body, default=str).encode(), sent)


def at_once(work: Callable[[T], R], items: Iterable[T], *, threads: int = CLIENTS) -> list[R]:
    """Do it for all items, so many at a time; results in order, the first exception raised."""
    with ThreadPoolExecutor(threads) as pool:
        try:
            return list(pool.map(work, items))
        except BaseException:  # Ctrl-C too: what has not begun need not begin
            pool.shutdown(wait=False, cancel_futures=True)
            raise


class Pace:
    """Lets so many pass a second, evenly, whoever they are."""

    def __init__(self, per_second: float) -> None:
        self._step, self._next = 1 / per_second, time.monotonic()
        self._lock = threading.Lock()

    def wait(self) -> None:
        with self._lock:
            turn = self._next = max(self._next + self._step, time.monotonic())
        time.sleep(max(0.0, turn - time.monotonic()))


@dataclass(frozen=True)
class Event:
    """One webhook: `kind` is "services.updated", `data` what Mango Biz says of the entity."""

    slug: str
    kind: str
    data: dict[str, Any]
    id: str = field(default_factory=lambda: f"msg_{uuid.uuid4().hex}")

    @property
    def path(self) -> str:
        return f"/webhooks/{self.kind.replace('.', '/')}"

    def body(self) -> bytes:
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        said = {"type": self.kind, "tenantId": tenant_id(self.slug), "timestamp": moment, "data": self.data}
        return json.dumps(said).encode()


def signed(event: Event, body: bytes, secrets: Iterable[str], *, at: float | None = None) -> dict[str, str]:
    """The headers of one attempt, signed now unless `at` says when."""
    headers = sign(event.id, body, int(at or time.time()), secrets)
    return {**headers, "Mango-Tenant": tenant_id(event.slug), "Content-Type": "application/json"}


@dataclass
class Sender:
    """Sends webhooks to a stack, again and again until each is taken, as Mango Biz does."""

    clients: Clients
    secrets: dict[str, list[str]]
    attempts: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)

    def deliver(self, event: Event, *, seconds: float = 120) -> None:
        """Raises AssertionError for one that is not taken in time."""
        body, deadline = event.body(), time.monotonic() + seconds
        pauses = _pauses()
        while (answer := self.attempt(event, body)).status != 202:
            self.refused.append((answer.status, event.id))
            assert time.monotonic() < deadline, (answer.status, answer.body[:200])
            time.sleep(next(pauses))

    def attempt(self, event: Event, body: bytes) -> Answer:
        self.attempts += 1
        headers = signed(event, body, self.secrets[event.slug])
        return self.clients.ask("POST", f"{event.slug}.localhost", event.path, body, headers)


def _pauses() -> Iterator[float]:
    pause = 0.05
    while True:
        yield pause
        pause = min(2.0, pause * 2)
