"""One HTTP call to Mango Biz: bytes out, a decoded answer or one of the errors in."""

import contextlib
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
import requests
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import ConnectTimeout, RequestException
from urllib3.exceptions import NewConnectionError

from catalog.errors import (
    CredentialsRefused,
    NotAsked,
    UpstreamChanged,
    UpstreamError,
    UpstreamRejected,
    UpstreamUnavailable,
)
from config.breaker import Breaker, BreakerOpen
from config.http import BodyTooLarge, BodyTooSlow, TimedSession, read_body

MAX_ANSWER = 8 * 1024 * 1024
MAX_RETRY_AFTER = 900
MAX_ETAG = 200  # what the snapshot's column holds
CONNECT_SECONDS = 1.0
MAX_EXPONENT = 30

_encoder = msgspec.json.Encoder(decimal_format="number")


def _read_number(text: str) -> Decimal | None:
    """As it was written. 1e999999999 counts as left out: it would fill the memory of whoever prints it."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if abs(number.adjusted()) <= MAX_EXPONENT else None


_decoder = msgspec.json.Decoder(float_hook=_read_number)


@dataclass(frozen=True)
class Answer:
    """`body` is decoded JSON with Decimals; None for 304."""

    status: int
    body: Any
    etag: str = ""


@dataclass(frozen=True)
class Wire:
    """Speaks as one salon."""

    session: TimedSession
    base_url: str
    api_key: str
    breaker: Breaker

    def call(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        body: Any = None,
        headers: dict[str, str] | None = None,
        read_seconds: float = 4.0,
    ) -> Answer:
        """Raises UpstreamUnavailable, UpstreamRejected or UpstreamChanged."""
        sent: dict[str, str | bytes] = {"Accept": "application/json", **(headers or {})}
        # As bytes: a key with a stray character is then refused over there instead of failing in here.
        sent["Authorization"] = f"Bearer {self.api_key}".encode()
        data = None
        if body is not None:
            data, sent["Content-Type"] = _encoder.encode(body), "application/json"
        try:
            # A refusal is an answer: only what is unavailable counts against the upstream.
            with self.breaker.guard(UpstreamUnavailable):
                response, raw = self._send(method, path, read_seconds, params=params, data=data, headers=sent)
        except BreakerOpen as error:
            raise NotAsked from error
        return _read_answer(response, raw)

    def _send(
        self,
        method: str,
        path: str,
        read_seconds: float,
        *,
        params: dict[str, str] | None,
        data: bytes | None,
        headers: dict[str, str | bytes],
    ) -> tuple[requests.Response, bytes]:
        url, timeout = self.base_url + path, (CONNECT_SECONDS, read_seconds)
        try:
            with self.session.request(
                method, url, params=params, data=data, headers=headers, timeout=timeout, stream=True
            ) as response:
                raw = read_body(response, max_bytes=MAX_ANSWER, seconds=read_seconds)
        except RequestException as error:
            raise UpstreamUnavailable(type(error).__name__, maybe_done=not _was_never_sent(error)) from error
        except BodyTooSlow as error:
            raise UpstreamUnavailable(str(error), maybe_done=True) from error
        except BodyTooLarge as error:
            raise UpstreamChanged(str(error)) from error
        status = response.status_code
        if status == 429 or status >= 500:
            # A 429 is said before anything is done; a 5xx may come after it was.
            raise UpstreamUnavailable(
                f"status {status}", maybe_done=status != 429, retry_after=_read_retry_after(response)
            )
        return response, raw


def _was_never_sent(error: RequestException) -> bool:
    if isinstance(error, ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, NoConnection) and isinstance(reason, NewConnectionError)


def _read_answer(response: requests.Response, raw: bytes) -> Answer:
    status, etag = response.status_code, response.headers.get("ETag", "")
    etag = etag if len(etag) <= MAX_ETAG else ""
    if status == 304:
        return Answer(304, None, etag)
    if 300 <= status < 400:
        raise UpstreamChanged(f"an unexpected redirect, {status}")
    if status >= 400:
        raise _refusal(status, raw)
    return Answer(status, _decode(raw), etag)


def _decode(raw: bytes) -> Any:
    try:
        return _decoder.decode(raw)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise UpstreamChanged("an answer that is not JSON") from error


def _refusal(status: int, raw: bytes) -> UpstreamError:
    try:
        error = _decode(raw)["error"]
        code, message = str(error["code"]), str(error.get("message", ""))
        details = error.get("details")
    except (UpstreamChanged, TypeError, KeyError, AttributeError):
        if status in {401, 403}:  # a proxy before the API says it in its own words
            return CredentialsRefused(status, "", "", {})
        return UpstreamChanged(f"status {status} without the contract's error")
    kind = CredentialsRefused if status in {401, 403} else UpstreamRejected
    return kind(status, code, message, details if isinstance(details, dict) else {})


def _read_retry_after(response: requests.Response) -> int:
    with contextlib.suppress(ValueError):
        return min(MAX_RETRY_AFTER, max(0, int(response.headers.get("Retry-After", "0"))))
    return 0
