"""One HTTP call to the AI Service under a time budget: bytes out, decoded JSON or one of the errors in.

Nothing is asked a second time: a try that failed has used up the page's patience, and a repeated chat message
would stand twice in the conversation that the service keeps. What was sent and answered is never logged.
"""

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import msgspec
from requests.exceptions import RequestException, Timeout

from assistant.errors import AiChanged, AiError, AiLimited, AiQuotaExceeded, AiRejected, AiUnavailable
from config.deadline import Busy, Places, TimeIsUp, hurry
from config.http import BodyTooLarge, BodyTooSlow, TimedSession, build_session, read_body

MAX_ANSWER = 512 * 1024
MAX_RETRY_AFTER = 15 * 60
CONNECT_SECONDS = 1.0
# A chat may take seconds: as many threads of a process at most may wait for one, the pages have the others.
PLACES = {"chat": Places(4), "recommend": Places(8), "search": Places(8), "suggest": Places(8)}

_encoder = msgspec.json.Encoder(decimal_format="number")


def _read_number(text: str) -> float:
    return float(text)  # 1e999 is infinite instead of an error; whoever reads it leaves that out


_decoder = msgspec.json.Decoder(float_hook=_read_number)


@dataclass(frozen=True)
class Question:
    """`operation` is the breaker's and the log's word for it."""

    operation: str
    method: str
    path: str
    seconds: float
    params: Mapping[str, str] | None = None
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class KeyRefused(AiRejected):
    """A person has to look at the key."""


@lru_cache(maxsize=1)
def _session() -> TimedSession:
    session = hurry(build_session())
    # The answers are small; whoever compresses them all the same is read no further than MAX_ANSWER.
    session.headers["Accept-Encoding"] = "identity"
    # Else requests reads a redirect's whole body, to see where it would lead.
    session.get_redirect_target = lambda resp: None  # type: ignore[method-assign]
    return session


@dataclass(frozen=True)
class Wire:
    base_url: str
    api_key: str = field(repr=False)

    def ask(self, question: Question) -> Any:
        """Decoded JSON within the question's seconds, waited for in this thread. Raises AiError."""
        return _read_answer(*self.send(question))

    def send(self, question: Question) -> tuple[int, str, bytes]:
        """Status, Retry-After and body. Raises AiUnavailable or AiChanged."""
        try:
            return PLACES[question.operation].run_within(
                question.seconds, lambda deadline: self._exchange(question, deadline)
            )
        except Busy as error:
            raise AiUnavailable("not_asked", "as many calls as may be are under way") from error
        except TimeIsUp as error:
            raise AiUnavailable("timeout", f"{question.seconds:g} s") from error

    def _exchange(self, question: Question, deadline: float) -> tuple[int, str, bytes]:
        data = None
        # As bytes: a key with a stray character is then refused over there instead of failing in here.
        sent: dict[str, str | bytes] = {**question.headers, "X-API-Key": self.api_key.encode()}
        if question.body is not None:
            data, sent["Content-Type"] = _encoder.encode(question.body), "application/json"
        try:
            with _session().request(
                question.method,
                self.base_url + question.path,
                params=question.params,
                data=data,
                headers={"Accept": "application/json", **sent},
                timeout=(min(CONNECT_SECONDS, question.seconds), question.seconds),
                stream=True,
            ) as response:
                left = max(0.0, deadline - time.monotonic())
                raw = read_body(response, max_bytes=MAX_ANSWER, seconds=left)
        except (RequestException, BodyTooSlow) as error:
            late = isinstance(error, Timeout | BodyTooSlow) or time.monotonic() >= deadline
            raise AiUnavailable("timeout" if late else "unavailable", type(error).__name__) from error
        except BodyTooLarge as error:
            raise AiChanged(detail=str(error)) from error
        return response.status_code, response.headers.get("Retry-After", ""), raw


def _read_answer(status: int, retry_after: str, raw: bytes) -> Any:
    if 300 <= status < 400:
        raise AiChanged(detail=f"an unexpected redirect, {status}")
    if status >= 400:
        raise _refusal(status, retry_after, raw)
    return _decode(raw)


def _decode(raw: bytes) -> Any:
    try:
        return _decoder.decode(raw)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise AiChanged(detail="an answer that is not JSON") from error


def _refusal(status: int, header: str, raw: bytes) -> AiError:
    """By the contract's code where there is one; a proxy before the service has only the status."""
    code, said = _read_error(raw)
    retry_after = said or _read_seconds(header)
    detail = f"{status} {code}".strip()
    if code == "QUOTA_EXCEEDED":
        return AiQuotaExceeded(detail=detail, retry_after=retry_after)
    if status == 429 or code == "RATE_LIMITED":
        return AiLimited(detail=detail, retry_after=retry_after)
    if status >= 500:
        return AiUnavailable("unavailable", detail, retry_after=retry_after)
    return (KeyRefused if status in {401, 403} else AiRejected)(detail=detail, retry_after=retry_after)


def _read_error(raw: bytes) -> tuple[str, int]:
    """The contract's code, "" where it is none, and its retryAfter in seconds."""
    with contextlib.suppress(AiChanged, TypeError, KeyError, AttributeError):
        error = _decode(raw)["error"]
        code, details = error["code"], error.get("details")
        seconds = details.get("retryAfter") if isinstance(details, dict) else 0
        return (code if code in CODES else "", _read_seconds(seconds))
    return "", 0


CODES = ("RATE_LIMITED", "QUOTA_EXCEEDED", "MODEL_UNAVAILABLE", "INVALID_REQUEST", "INTERNAL_ERROR")


def _read_seconds(value: Any) -> int:
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        return min(MAX_RETRY_AFTER, max(0, int(value)))
    return 0
