"""The edge: one function turns a Host into a store, everything after it has the store in scope.

In the visitor's language, too: what is made inside for one visitor is never in another one's.
"""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import Error as DatabaseTrouble
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.request import split_domain_port, validate_host
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_cache_control, patch_vary_headers

from store.languages import for_visitor, label_language
from store.queries import find_store_by_host
from store.tenancy import StoreInfo, store_scope
from store.views import no_such_store

GetResponse = Callable[[HttpRequest], HttpResponse]

WEBHOOKS = "/webhooks"
# Machines ask for these, and pages that are open already.
STAY = (
    *("/api/", "/healthz", "/readyz", "/internal/", WEBHOOKS),
    *("/images/", "/pictures/", "/social-", "/theme-", settings.STATIC_URL),
)
CANONICAL_SECONDS = 300


class CompressTextMiddleware(GZipMiddleware):
    """Gzip for what is text: pictures are small already, and static files come compressed."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        kind = response.headers.get("Content-Type", "")
        if kind.startswith(("text/", "application/json", "application/manifest", "application/xml")):
            return super().process_response(request, response)
        return response


class StoreHostMiddleware:
    """Sets `request.store` and opens its scope; a host that is neither a store's nor ours gets 404."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            host = split_domain_port(request.get_host())[0]
        except DisallowedHost:
            return no_such_store(request)
        if host in settings.PLATFORM_HOSTS or _is_webhook(request, host):
            # Ours, whatever the database holds, and even while it is down.
            request.store = None  # type: ignore[attr-defined]
            return self.get_response(request)
        store = find_store_by_host(host)
        if store is None:
            request.store = None  # type: ignore[attr-defined]
            is_ours = validate_host(host, settings.PLATFORM_HOSTS)
            return self.get_response(request) if is_ours else no_such_store(request)
        if _belongs_elsewhere(request, host, store):
            return _redirect(request, store)
        store = for_visitor(store, request)
        request.store = store  # type: ignore[attr-defined]
        request.urlconf = settings.STORE_URLCONF
        with store_scope(store):
            response = self.get_response(request)
        label_language(response, store)
        return response


def _belongs_elsewhere(request: HttpRequest, host: str, store: StoreInfo) -> bool:
    """Whether this is somebody opening a page at another host than the store's main one.

    What an open page fetches by itself (pictures, slots, a search) has to come from where the page came from.
    """
    if not store.canonical_host or host == store.canonical_host:
        return False
    if request.method not in ("GET", "HEAD") or request.path_info.startswith(STAY):
        return False
    return request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"


def _redirect(request: HttpRequest, store: StoreInfo) -> HttpResponse:
    response = HttpResponsePermanentRedirect(store.base_url + request.get_full_path())
    # Browsers keep a 301 for good otherwise, and merchants change their minds.
    patch_cache_control(response, max_age=CANONICAL_SECONDS)
    patch_vary_headers(response, ["Sec-Fetch-Mode"])
    return response


def _is_webhook(request: HttpRequest, host: str) -> bool:
    """The store they are for is in what is signed, not in the host: ours, or any store's, published or not.

    Where the database cannot say, the view answers 503.
    """
    if not request.path_info.startswith(WEBHOOKS):
        return False
    if validate_host(host, settings.PLATFORM_HOSTS) or host.endswith(f".{settings.PLATFORM_HOST}"):
        return True
    try:
        return find_store_by_host(host) is not None
    except DatabaseTrouble:
        return True
