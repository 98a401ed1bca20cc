"""What the assistant's pages have in common."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control

from catalog.queries import CatalogUnavailable
from store.tenancy import current_store

View = Callable[..., HttpResponse]

RETRY_AFTER_SECONDS = "30"


def visitor_page(view: View) -> View:
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


def assistant_page(view: View) -> View:
    """As visitor_page; there is none where the merchant wants no assistant or nobody can be asked."""

    @visitor_page
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not current_store().has_assistant:
            raise Http404
        return view(request, *args, **kwargs)

    return wrapped
