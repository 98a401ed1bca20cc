"""Which store a host leads to, and the secrets of the one in scope."""

import threading
import time
import uuid
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import QuerySet

from store.models import DesignVersion, Domain, DraftStep, Store
from store.tenancy import StoreInfo, current_store
from store.theme import Theme, theme_hash

# A change of host names or theme shows within this time in every process; at once in the one that made it.
REMEMBER_SECONDS = 5.0
REMEMBER_HOSTS = 2000
REMEMBER_LOOKS = 20
# However often signatures do not match, a tenant's secrets are looked up so often in a second at most.
LOOKS_A_SECOND = 20

_remembered: dict[str, tuple[float, StoreInfo | None]] = {}
_remembered_keys: dict[uuid.UUID, "_Looked"] = {}
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


def may_have_certificate(host: str) -> bool:
    """Whether the proxy may get a certificate for a host: ours, or a published store's. Asks the database.

    `host` is in lower case. Patterns among our own hosts (".example.com", "*") do not count: whoever makes up
    names under them would exhaust the certificate authority's limits.
    """
    if host in settings.PLATFORM_HOSTS or host == settings.PLATFORM_HOST:
        return True
    return _load_store(host) is not None


def forget_hosts() -> None:
    """Secrets of webhooks, too: a store has changed."""
    with _lock:
        _remembered.clear()
        _remembered_keys.clear()


def _load_store(name: str) -> Store | None:
    suffix = f".{settings.PLATFORM_HOST}"
    stores = _with_looks().filter(is_published=True)
    if name.endswith(suffix) and "." not in name.removesuffix(suffix):
        return stores.filter(slug=name.removesuffix(suffix)).first()
    domain = Domain.objects.filter(host=name, verified_at__isnull=False, store__is_published=True)
    found = domain.select_related("store__live_version").first()
    return found.store if found else None


def load_store_info(store_id: uuid.UUID) -> StoreInfo:
    """For tasks, which carry ids. Raises Store.DoesNotExist."""
    return _with_looks().get(pk=store_id).as_info()


def published_stores() -> list[StoreInfo]:
    return [store.as_info() for store in _with_looks().filter(is_published=True)]


def _with_looks() -> QuerySet[Store]:
    return Store.objects.select_related("live_version")


def find_theme(wanted: str) -> Theme | None:
    """The theme with this hash, of the store in scope: the one it shows, lately showed or is about to."""
    store = current_store()
    if wanted == store.theme_hash:
        return store.theme
    published = DesignVersion.objects.filter(published_at__isnull=False).order_by("-published_at")
    themes = (version.look.theme for version in published[:REMEMBER_LOOKS])
    if found := next((theme for theme in themes if theme_hash(theme) == wanted), None):
        return found
    # A preview of the draft, which somebody has changed before the page asked for its sheet.
    themes = (step.look.theme for step in DraftStep.objects.order_by("-number")[:REMEMBER_LOOKS])
    return next((theme for theme in themes if theme_hash(theme) == wanted), None)


def find_api_key(store_id: uuid.UUID) -> str:
    """The Mango Biz key of a store, in the clear: for the client that sends it, for nothing else."""
    key: str = Store.objects.only("id", "api_key").get(pk=store_id).api_key
    return key


@dataclass(frozen=True, slots=True)
class WebhookKeys:
    """Whose webhooks a tenant's are and what signs them, newest first; an unknown tenant has neither."""

    store_id: uuid.UUID | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class _Looked:
    """What a look into the database gave; `looks` is how many there were in that second."""

    at: float
    looks: int
    keys: WebhookKeys


def find_webhook_keys(tenant_id: uuid.UUID, *, is_fresh: bool = False) -> WebhookKeys:
    """Of a published store or a draft. `is_fresh`: what was remembered did not do; look again, within reason.

    Costs no query when just asked, whether the tenant is known or not.
    """
    now = time.monotonic()
    last = _remembered_keys.get(tenant_id)
    looks = last.looks if last and int(last.at) == int(now) else 0
    if last and (looks >= LOOKS_A_SECOND if is_fresh else now - last.at < REMEMBER_SECONDS):
        return last.keys
    store = Store.objects.only("id", "webhook_secrets").filter(tenant_id=tenant_id).first()
    keys = WebhookKeys(store.pk, tuple(store.webhook_secrets.split())) if store else WebhookKeys()
    with _lock:
        if len(_remembered_keys) >= REMEMBER_HOSTS and tenant_id not in _remembered_keys:
            _remembered_keys.clear()
        _remembered_keys[tenant_id] = _Looked(now, looks + 1, keys)
    return keys
