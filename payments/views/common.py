"""What the shop's pages have in common."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_cache_control

from catalog.queries import CatalogUnavailable

View = Callable[..., HttpResponse]

RETRY_AFTER_SECONDS = "30"


def shop_page(view: View) -> View:
    """Never cached; 503 and a way on while there has never been a catalogue."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except CatalogUnavailable:
            response = render(request, "503.html", status=503)
            response["Retry-After"] = RETRY_AFTER_SECONDS
        patch_cache_control(response, no_store=True)
        return response

    return wrapped


def key_page(view: View) -> View:
    """A page whose address is the key to it: not for search engines, not told to other sites."""

    @shop_page
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        # Not "no-referrer": a browser would then post with `Origin: null`, which is refused.
        response["Referrer-Policy"] = "same-origin"
        response["X-Robots-Tag"] = "noindex"
        return response

    return wrapped


def go(url: str) -> HttpResponse:
    """See other: what follows is a GET, whatever this was."""
    return HttpResponseRedirect(url, status=303)
