"""Clients of a little AI Service that does what a test tells it, and of one that speaks byte by byte."""

from __future__ import annotations

import json
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from assistant.client import AiClient
from assistant.wire import Wire
from tests.catalog.upstream import Asked, Reply, Upstream, serve

TENANT = uuid.UUID(int=7)
KEY = "a-key-of-the-platform"

# One good answer for each path.
ANSWERS: dict[str, Any] = {
    "/chat": {
        "response": "We are **open** today.",
        "suggestions": ["Where are you?"],
        "actions": [{"type": "navigate", "label": "Services", "payload": {"url": "/services/"}}],
        "metadata": {"model": "x"},
    },
    "/recommend": {
        "recommendations": [{"type": "service", "id": "s1", "reason": "It suits", "confidence": 0.5}]
    },
    "/search": {
        "results": [
            {"type": "product", "id": "p1", "title": "Oil", "description": "Fine", "relevanceScore": 0.75}
        ],
        "suggestions": ["Oils"],
    },
    "/suggestions": {"suggestions": [{"text": "When are you open?", "type": "question", "confidence": 1}]},
}
Call = Callable[[AiClient], Any]
CALLS: dict[str, Call] = {
    "chat": lambda client: client.chat(session_id="s", message="Hello"),
    "recommend": lambda client: client.recommend(context="homepage"),
    "search": lambda client: client.search("oil"),
    "suggest": lambda client: client.suggest(context="homepage"),
}


def honestly(asked: Asked) -> Reply:
    return say(ANSWERS[asked.path])


def say(body: Any, status: int = 200, **headers: str) -> Reply:
    return Reply(status, body if isinstance(body, bytes) else json.dumps(body).encode(), headers)


def refuse(status: int, code: str, **details: Any) -> Reply:
    return say({"error": {"code": code, "message": "No.", "details": details}}, status)


@contextmanager
def serve_ai() -> Iterator[Upstream]:
    with serve() as service:
        service.answer = honestly
        yield service


def client_of(url: str) -> AiClient:
    return AiClient(Wire(url, KEY), TENANT)


@contextmanager
def drip(start: bytes, seconds: float = 0.05) -> Iterator[str]:
    """The URL of a server that says `start` at once, then a byte every so often, and never ends."""
    ending = threading.Event()
    server = socket.create_server(("127.0.0.1", 0))

    def speak(connection: socket.socket) -> None:
        with connection:
            try:
                connection.recv(65536)
                connection.sendall(start)
                while not ending.wait(seconds):
                    connection.sendall(b"a")
            except OSError:
                pass

    def accept() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=speak, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}"
    ending.set()
    server.shutdown(socket.SHUT_RDWR)
    server.close()


def wait_until(is_so: Callable[[], bool], seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
