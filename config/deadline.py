"""Calls that end at a moment, whatever the other side does.

The time-outs of requests are for connecting (to each address) and between two bytes, and looking up a name
has none: a host that sends a header a second would hold its caller for ever. Here a call runs in a thread of
its own that its caller leaves when time is up (`run_within`), and the thread's reads end at the same moment
(`hurry`), so that no thread, connection or place is lost to a host that trickles.
"""

import contextvars
import http.client
import io
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from config.http import TimedSession

T = TypeVar("T")

_deadline: contextvars.ContextVar[float | None] = contextvars.ContextVar("deadline", default=None)


class TimeIsUp(Exception):
    """Not done within its seconds."""


class Busy(Exception):
    """As many such calls are under way as may be."""


class Places:
    """How many calls of one kind may be under way at once: a host that hangs must not hold every thread."""

    def __init__(self, count: int) -> None:
        self._free = threading.BoundedSemaphore(count)

    def run_within(self, seconds: float, call: Callable[[float], T]) -> T:
        """`call(deadline)` in a thread, without the caller's context. Raises TimeIsUp, Busy, its own errors.

        A call that is left keeps its place until it really ends.
        """
        if not self._free.acquire(blocking=False):
            raise Busy
        run = _Run(call, time.monotonic() + seconds, self._free.release)
        threading.Thread(target=run, name="deadline", daemon=True).start()
        return run.wait()


class _Run(Generic[T]):
    def __init__(self, call: Callable[[float], T], deadline: float, at_end: Callable[[], None]) -> None:
        self._call, self._deadline, self._at_end = call, deadline, at_end
        self._done = threading.Event()
        self._result: list[T] = []
        self._error: BaseException | None = None

    def __call__(self) -> None:
        _deadline.set(self._deadline)
        try:
            self._result.append(self._call(self._deadline))
        except BaseException as error:  # noqa: BLE001 (it is the caller's, who may be gone)
            self._error = error
        finally:
            self._at_end()
            self._done.set()

    def wait(self) -> T:
        if not self._done.wait(max(0.0, self._deadline - time.monotonic())):
            raise TimeIsUp
        if self._error:
            raise self._error
        return self._result[0]


def hurry(session: TimedSession) -> TimedSession:
    """From now on its reads inside `run_within` end at the deadline. Returns the session."""
    for adapter in session.adapters.values():
        if isinstance(adapter, HTTPAdapter):
            adapter.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
    return session


class _HurriedStream(io.RawIOBase):
    """A response's bytes; each read waits for what is left of the time and no longer."""

    def __init__(self, stream: io.RawIOBase, connection: socket.socket, deadline: float) -> None:
        self._stream, self._connection, self._deadline = stream, connection, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("time is up")
        self._connection.settimeout(left)
        read: int | None = self._stream.readinto(buffer)
        return read

    def close(self) -> None:
        self._stream.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        if (deadline := _deadline.get()) is not None:
            stream: Any = self.fp
            self.fp = io.BufferedReader(_HurriedStream(stream.detach(), sock, deadline))


class _Connection(HTTPConnection):
    response_class = _Response


class _TlsConnection(HTTPSConnection):
    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection
