"""Fetching a picture from an address that somebody else's data names.

http(s) only, no redirects, never from an address inside our own network (unless the settings say so: the
demo), at most 10 MB and 15 s. The address is checked on the connected socket, before a byte is sent: what a
name answered to an earlier question proves nothing about whom we speak with now.
"""

import ipaddress
import socket
import ssl
import time
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from config.http import BodyRefused, TimedSession, read_body
from config.pictures import PictureRefused

MAX_BYTES = 10 * 1024 * 1024
MAX_SECONDS = 15.0
NAT64 = ipaddress.ip_network("64:ff9b::/96")


def fetch_picture(url: str) -> bytes:
    """The bytes of a picture. Raises PictureRefused."""
    deadline = time.monotonic() + MAX_SECONDS
    try:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
            raise PictureRefused("not a web address")
        with _session().get(url, stream=True, headers={"Accept": "image/*"}) as response:
            if response.status_code != 200:
                raise PictureRefused(f"status {response.status_code}")
            kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            if not kind.startswith("image/") or kind == "image/svg+xml":
                raise PictureRefused(f"type {kind[:40] or 'unknown'}")
            return read_body(response, max_bytes=MAX_BYTES, seconds=deadline - time.monotonic())
    except (requests.RequestException, BodyRefused, ValueError) as error:  # ValueError: not an address at all
        raise PictureRefused(type(error).__name__) from error


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet's, also where it wraps another one."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


def _check_peer(connection: HTTPConnection, sock: socket.socket) -> socket.socket:
    """The socket, if it may be spoken through; it is closed otherwise."""
    address = str(sock.getpeername()[0])
    if settings.IMAGES_FROM_PRIVATE_ADDRESSES or is_public(address):
        return sock
    sock.close()
    raise NewConnectionError(connection, "an address inside a private network")


class _PublicConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _check_peer(self, super()._new_conn())


class _PublicTlsConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _check_peer(self, super()._new_conn())


class _PublicPool(HTTPConnectionPool):
    ConnectionCls = _PublicConnection


class _PublicTlsPool(HTTPSConnectionPool):
    ConnectionCls = _PublicTlsConnection


class PublicAdapter(HTTPAdapter):
    """Connects to public addresses only. TLS 1.2 will do: picture hosts are anybody's."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        super().init_poolmanager(*args, ssl_context=context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PublicPool, "https": _PublicTlsPool}


@lru_cache(maxsize=1)
def _session() -> TimedSession:
    session = TimedSession(connect_seconds=2.0, read_seconds=5.0)
    adapter = PublicAdapter(pool_maxsize=8, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.headers["User-Agent"] = "mango-online-store"
    return session
