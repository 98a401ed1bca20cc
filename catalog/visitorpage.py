"""Pages that differ by visitor, for the apps that build them on the catalogue."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control

from catalog.queries import CatalogUnavailable

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
