"""The one way out: sessions for other people's HTTP APIs.

TLS 1.3 at least for https, explicit timeouts, no redirects followed, pools sized for a worker's threads.
"""

import ssl
import time
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

POOL_SIZE = 32


class ModernTlsAdapter(HTTPAdapter):
    """Refuses anything older than TLS 1.3; certificates are checked as usual."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        super().init_poolmanager(*args, ssl_context=context, **kwargs)


class TimedSession(requests.Session):
    """A session whose every call has a timeout and follows no redirect unless told otherwise."""

    def __init__(self, *, connect_seconds: float, read_seconds: float) -> None:
        super().__init__()
        self.timeout = (connect_seconds, read_seconds)
        self.trust_env = False  # no proxies or netrc credentials picked up by accident

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs.setdefault("timeout", self.timeout)
        kwargs.setdefault("allow_redirects", False)
        return super().request(*args, **kwargs)

    def get(self, url: Any, **kwargs: Any) -> requests.Response:
        # requests' own asks for redirects to be followed before `request` can say otherwise.
        return self.request("GET", url, **kwargs)


def build_session(*, connect_seconds: float = 1.0, read_seconds: float = 5.0) -> TimedSession:
    """A new session. Seconds are for connecting and between two received bytes."""
    session = TimedSession(connect_seconds=connect_seconds, read_seconds=read_seconds)
    plain = HTTPAdapter(pool_connections=4, pool_maxsize=POOL_SIZE, max_retries=0)
    session.mount("http://", plain)
    session.mount("https://", ModernTlsAdapter(pool_connections=4, pool_maxsize=POOL_SIZE, max_retries=0))
    session.headers["User-Agent"] = "mango-online-store"
    return session


class BodyRefused(Exception):
    """A body its caller cannot use: too large, or too slow."""


class BodyTooLarge(BodyRefused):
    pass


class BodyTooSlow(BodyRefused):
    pass


def read_body(response: requests.Response, *, max_bytes: int, seconds: float) -> bytes:
    """The decoded body of a streamed response. Raises BodyTooLarge, BodyTooSlow, requests.ConnectionError.

    A read time-out is between two bytes: a host that sends one now and then would hold its caller for ever.
    """
    deadline = time.monotonic() + seconds
    body = bytearray()
    try:
        # Not iter_content: that waits until a whole chunk is there, however slowly it comes.
        while piece := response.raw.read1(64 * 1024, decode_content=True):
            body += piece
            if len(body) > max_bytes:
                raise BodyTooLarge(f"more than {max_bytes} bytes")
            if time.monotonic() > deadline:
                raise BodyTooSlow(f"not whole after {seconds:g} s")
    except (HTTPError, OSError) as error:
        raise requests.ConnectionError(error) from error
    return bytes(body)
