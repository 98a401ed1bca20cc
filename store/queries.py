"""Which store a host leads to, and the secrets of the one in scope."""

import threading
import time
import uuid

from django.conf import settings

from store.models import Domain, Store
from store.tenancy import StoreInfo

# A change of host names or theme shows within this time in every process; at once in the one that made it.
REMEMBER_SECONDS = 5.0
REMEMBER_HOSTS = 2000

_remembered: dict[str, tuple[float, StoreInfo | None]] = {}
_lock = threading.Lock()


def find_store_by_host(host: str) -> StoreInfo | None:
    """The published store of a verified host name; None for any other. Costs no query when just asked."""
    name = host.lower().rstrip(".").partition(":")[0]
    known = _remembered.get(name)
    if known and known[0] > time.monotonic():
        return known[1]
    store = _load_store(name)
    info = store.as_info() if store else None
    with _lock:
        if len(_remembered) >= REMEMBER_HOSTS:  # a flood of made-up names must not grow the process
            _remembered.clear()
        _remembered[name] = (time.monotonic() + REMEMBER_SECONDS, info)
    return info


def forget_hosts() -> None:
    with _lock:
        _remembered.clear()


def _load_store(name: str) -> Store | None:
    suffix = f".{settings.PLATFORM_HOST}"
    stores = Store.objects.filter(is_published=True)
    if name.endswith(suffix) and "." not in name.removesuffix(suffix):
        return stores.filter(slug=name.removesuffix(suffix)).first()
    domain = Domain.objects.filter(host=name, verified_at__isnull=False, store__is_published=True)
    found = domain.select_related("store").first()
    return found.store if found else None


def load_store_info(store_id: uuid.UUID) -> StoreInfo:
    """For tasks, which carry ids. Raises Store.DoesNotExist."""
    return Store.objects.get(pk=store_id).as_info()


def published_stores() -> list[StoreInfo]:
    return [store.as_info() for store in Store.objects.filter(is_published=True)]


def find_api_key(store_id: uuid.UUID) -> str:
    """The Mango Biz key of a store, in the clear: for the client that sends it, for nothing else."""
    key: str = Store.objects.only("id", "api_key").get(pk=store_id).api_key
    return key
