"""Connections to the cache's Redis that leave it alone for a while once it does not answer.

A page does a dozen small things in the cache. Without Redis each would wait for its own time-out; so after a
failed connection or a time-out every call of this process fails at once for REST_SECONDS, then one of them
tries. django-redis takes each failure for a miss.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.core.cache import cache
from django.dispatch import Signal
from redis.connection import AbstractConnection, Connection, SSLConnection, UnixDomainSocketConnection
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import TimeoutError as TookTooLong

log = structlog.get_logger(__name__)

REST_SECONDS = 3.0

# Sent by the call that finds Redis answering after an outage: what was meant for it meanwhile is lost.
# Until the receivers have returned, only they are answered.
is_back = Signal()


class LeftAlone(NoConnection):
    """Not asked: it did not answer a moment ago."""


class _Outage:
    """What this process knows of one server."""

    def __init__(self) -> None:
        self._rest_until: float | None = None  # None: all is well
        self._trying: int | None = None  # the thread that may try: it may need a second connection for it
        self._is_telling = False  # it answers that thread; the others wait for what `is_back` does
        self._lock = threading.Lock()

    def check(self) -> None:
        """Raises LeftAlone, except for the one caller in each REST_SECONDS that may try."""
        if self._rest_until is None:
            return
        with self._lock:
            now, me = time.monotonic(), threading.get_ident()
            if self._rest_until is None or self._trying == me:
                return
            if self._is_telling or now < self._rest_until:
                raise LeftAlone("Redis does not answer")
            self._rest_until, self._trying = now + REST_SECONDS, me

    def begin(self, error: Exception) -> None:
        with self._lock:
            is_new = self._rest_until is None
            self._rest_until, self._trying = time.monotonic() + REST_SECONDS, None
            self._is_telling = False
        if is_new:
            log.warning("redis_left_alone", error=type(error).__name__)
            threading.Thread(target=self._watch, name="redis-watch", daemon=True).start()

    def _watch(self) -> None:
        """Until it is over: a process with nothing to do has to tell, too, that what it said was lost."""
        while self._rest_until is not None:
            time.sleep(REST_SECONDS)
            try:
                cache.get("redis:watch")  # one try among the others'; the answer ends the outage
            except Exception as error:  # noqa: BLE001 (nobody else looks where this thread is gone)
                log.warning("redis_not_looked_at", error=repr(error)[:200])

    def end(self) -> None:
        """Costs nothing where there was none.

        What is in Redis is of before the outage. So nobody else reads it before those who are told have said
        there what they must: a page would take an old copy for a fresh one.
        """
        if self._rest_until is None:
            return
        with self._lock:
            if self._rest_until is None or self._is_telling:
                return
            self._is_telling, self._trying = True, threading.get_ident()
        log.warning("redis_is_back")
        try:
            is_back.send_robust(sender=type(self))
        finally:
            with self._lock:
                if self._is_telling:  # else it failed again meanwhile
                    self._rest_until, self._trying, self._is_telling = None, None, False


_outages: defaultdict[str, _Outage] = defaultdict(_Outage)


class _Patient(AbstractConnection):
    """The pool calls `connect` before every command, whether it is connected or not."""

    @property
    def _outage(self) -> _Outage:
        return _outages[self._host_error()]  # type: ignore[no-untyped-call]

    def connect(self) -> None:
        self._outage.check()
        try:
            super().connect()  # type: ignore[no-untyped-call]
        except (NoConnection, TookTooLong) as error:
            self._outage.begin(error)
            raise

    def send_packed_command(self, *args: Any, **kwargs: Any) -> None:
        self._noticing(super().send_packed_command, *args, **kwargs)

    def read_response(self, *args: Any, **kwargs: Any) -> Any:
        answer = self._noticing(super().read_response, *args, **kwargs)
        self._outage.end()
        return answer

    def _noticing(self, do: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """A connection that was closed says little: the next one tells. A time-out says enough."""
        try:
            return do(*args, **kwargs)
        except TookTooLong as error:
            self._outage.begin(error)
            raise


class PatientConnection(_Patient, Connection):
    pass


class PatientTlsConnection(_Patient, SSLConnection):
    pass


class PatientUnixConnection(_Patient, UnixDomainSocketConnection):
    pass


_CLASSES = {"redis": PatientConnection, "rediss": PatientTlsConnection, "unix": PatientUnixConnection}


def connection_class(url: str) -> type[AbstractConnection]:
    """For OPTIONS["CONNECTION_POOL_KWARGS"] of django-redis: the pool would choose by the URL, too."""
    return _CLASSES[urlsplit(url).scheme]
