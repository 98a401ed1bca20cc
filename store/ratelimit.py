"""A fixed-window limit in the cache. Without Redis nothing is limited: the store goes on."""

import time

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from config.crypto import keyed_hash


def hit(key: str, *, limit: int, seconds: int) -> int:
    """Count one more; 0 while at most `limit` in this window of `seconds`, else seconds to wait."""
    now = time.time()
    window = int(now // seconds)
    name = f"limit:{key}:{window}"
    cache.add(name, 0, timeout=seconds)
    try:
        count = cache.incr(name) or 0
    except ValueError:  # expired between the two calls, or no Redis to count in
        count = 1
    return 0 if count <= limit else max(1, int((window + 1) * seconds - now))


def visitor_key(request: HttpRequest) -> str:
    """The visitor's address as a keyed hash: enough to count, not to know who it was."""
    return keyed_hash(visitor_address(request), purpose="visitor")[:24]


def visitor_address(request: HttpRequest) -> str:
    """The peer's address, or what the outermost of our own proxies saw: anything left of it is hearsay."""
    hops: int = settings.PROXY_HOPS
    seen = str(request.headers.get("X-Forwarded-For", "")).split(",")
    if hops and len(seen) >= hops and (address := seen[-hops].strip()):
        return address
    return str(request.META.get("REMOTE_ADDR", ""))
