"""The edge: one function turns a Host into a store, everything after it has the store in scope.

In the visitor's language, too: what is made inside for one visitor is never in another one's.
"""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import Error as DatabaseTrouble
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from store.languages import for_visitor, label_language
from store.queries import find_store_by_host
from store.tenancy import store_scope
from store.views import no_such_store

GetResponse = Callable[[HttpRequest], HttpResponse]

WEBHOOKS = "/webhooks"


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
        if request.path_info.startswith(WEBHOOKS) and _takes_webhooks(host):
            # The store they are for is in what is signed, not in the host.
            request.store = None  # type: ignore[attr-defined]
            return self.get_response(request)
        store = find_store_by_host(host)
        store = for_visitor(store, request) if store else None
        request.store = store  # type: ignore[attr-defined]
        if store is not None:
            request.urlconf = settings.STORE_URLCONF
            with store_scope(store):
                response = self.get_response(request)
            label_language(response, store)
            return response
        if validate_host(host, settings.PLATFORM_HOSTS):
            return self.get_response(request)
        return no_such_store(request)


def _takes_webhooks(host: str) -> bool:
    """Ours, and every store's, published or not. Where the database cannot say, the view answers 503."""
    if validate_host(host, settings.PLATFORM_HOSTS) or host.endswith(f".{settings.PLATFORM_HOST}"):
        return True
    try:
        return find_store_by_host(host) is not None
    except DatabaseTrouble:
        return True
