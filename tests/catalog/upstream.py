"""A Mango Biz that does what a test tells it, fault by fault; the sandbox does the honest parts."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

COLLECTIONS = ("services", "products", "staff", "gallery", "reviews")
PATHS = {"/business", *(f"/sync/{name}" for name in COLLECTIONS)}
NOW = "2026-11-23T10:00:00Z"


@dataclass
class Reply:
    """`truncate` announces more bytes than are sent; `trickle` sends one byte each so many seconds."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    hang_up: bool = False
    truncate: bool = False
    trickle: float = 0.0


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


Answer = Callable[[Asked], Reply]


class Upstream:
    """`answer` decides; `asked` remembers. By default a small honest catalogue from `rows`."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.rows: dict[str, list[dict[str, Any]]] = {name: [make_row(name, 0)] for name in COLLECTIONS}
        self.business = make_row("business", 0)
        self.answer: Answer = self.honestly
        self.url = ""

    def honestly(self, asked: Asked) -> Reply:
        if asked.path == "/business":
            return self._tagged(asked, {"data": self.business})
        name = asked.path.removeprefix("/sync/")
        if name not in self.rows:
            return refuse(404, "NOT_FOUND")
        rows = self.rows[name]
        if since := asked.query.get("updatedSince"):
            rows = [row for row in rows if (row.get("updatedAt") or row["deletedAt"]) >= since]
        else:
            rows = [row for row in rows if "deletedAt" not in row]
        page, limit = int(asked.query["page"]), int(asked.query["limit"])
        pagination = {"page": page, "limit": limit, "total": len(rows), "hasMore": page * limit < len(rows)}
        rows = rows[(page - 1) * limit : page * limit]
        return self._tagged(asked, {"data": rows, "pagination": pagination})

    def counts(self) -> Counter[str]:
        return Counter(asked.path for asked in self.asked)

    def _tagged(self, asked: Asked, body: Any) -> Reply:
        content = json.dumps(body).encode()
        etag = f'"{uuid.uuid5(uuid.NAMESPACE_OID, content.decode())}"'
        if asked.headers.get("If-None-Match") == etag:
            return Reply(304, b"", {"ETag": etag})
        return Reply(200, content, {"ETag": etag})


def refuse(status: int, code: str, details: Any = None, **headers: str) -> Reply:
    error = {"code": code, "message": "No.", **({"details": details} if details else {})}
    return Reply(status, json.dumps({"error": error}).encode(), headers)


def down(_asked: Asked) -> Reply:
    return Reply(503)


def slowly(upstream: Upstream, seconds: float) -> Answer:
    def answer(asked: Asked) -> Reply:
        time.sleep(seconds)
        return upstream.honestly(asked)

    return answer


def once_open(upstream: Upstream, gate: threading.Event) -> Answer:
    """Answers that come when the test opens the gate; what they say is from when they were asked for."""

    def answer(asked: Asked) -> Reply:
        reply = upstream.honestly(asked)
        gate.wait(30)
        return reply

    return answer


def make_row(kind: str, number: int, **fields: Any) -> dict[str, Any]:
    """A row that has what the contract requires and little else."""
    row_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{kind} {number}"))
    own: dict[str, dict[str, Any]] = {
        "business": {"timezone": "Europe/Berlin", "currency": "EUR"},
        "services": {"category": "hair", "duration": 30, "price": 45, "isBookableOnline": True},
        "products": {"category": "hair", "price": 19.5, "stockStatus": "in_stock"},
        "staff": {"isBookableOnline": True},
        "gallery": {"image": {"url": f"http://127.0.0.1:9/{number}.jpg"}},
        "reviews": {"clientName": "Ada", "rating": 5, "date": NOW},
    }
    base = {"id": row_id, "version": 1, "updatedAt": NOW, "name": f"{kind} {number:03}", "isActive": True}
    return {**base, **own[kind], **fields}


@contextmanager
def serve() -> Iterator[Upstream]:
    upstream = Upstream()

    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            parts = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(self.command, parts.path, query, dict(self.headers), body)
            upstream.asked.append(asked)
            try:
                self.send(upstream.answer(asked))
            except OSError:  # the client has gone, as some tests want it to
                self.close_connection = True

        do_GET = do_POST = do_PUT = do_DELETE = respond  # noqa: N815 (http.server's names)

        def send(self, reply: Reply) -> None:
            time.sleep(reply.wait)
            self.close_connection = True
            if reply.hang_up:
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.status != 304:
                self.send_header("Content-Length", str(len(reply.body) + 10 * reply.truncate))
            self.end_headers()
            step = 1 if reply.trickle else max(1, len(reply.body))
            for start in range(0, len(reply.body), step):
                self.wfile.write(reply.body[start : start + step])
                time.sleep(reply.trickle)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    upstream.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield upstream
    server.shutdown()
    server.server_close()
