"""The store's own pages with a look that is not live, under an address of the platform's host.

The address's beginning becomes the script prefix, so that every link, picture and style sheet of the page
stays inside. Pages that change something or belong to one visitor are not shown.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from csp.constants import SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import (
    Resolver404,
    get_script_prefix,
    get_urlconf,
    resolve,
    reverse,
    set_script_prefix,
    set_urlconf,
)
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from store.tenancy import StoreInfo, store_scope
from studio.preview.tokens import Preview, PreviewEnded, find_look, read_token

# Routes of a store that only show.
SHOWN = frozenset(
    [
        *("home", "services", "service", "team", "staff_profile", "shop", "product", "gallery", "reviews"),
        *(
            "about",
            "policies",
            "privacy",
            "image",
            "theme_sheet",
            "store_picture",
            "search",
            "search_instantly",
        ),
        *("book_openings",),
    ]
)


@require_safe
@xframe_options_sameorigin
@csp_replace({"frame-ancestors": [SELF]})  # type: ignore[arg-type]  # knows no arguments
def preview(request: HttpRequest, token: str, mode: str, rest: str = "") -> HttpResponse:
    try:
        found = read_token(token, mode)
        with store_scope(found.store.as_info()):
            info = replace(found.store.as_info(), design=find_look(found))
    except PreviewEnded:
        return render(request, "studio/preview/ended.html", status=404)
    prefix = reverse("preview", args=[token, mode])
    with store_scope(info), _inside(request, info, found, prefix, rest):
        response = _show(request)
    response["X-Robots-Tag"] = "noindex, nofollow"
    if response["Content-Type"].startswith("text/html"):
        response["Cache-Control"] = "no-store, private"
    return response


def _show(request: HttpRequest) -> HttpResponse:
    try:
        match = resolve(request.path_info, settings.STORE_URLCONF)
        if match.url_name not in SHOWN:
            return render(request, "studio/preview/elsewhere.html")
        request.resolver_match = match
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        if response.status_code == 503:  # there has never been a catalogue: the look cannot be blamed
            return render(request, "studio/preview/empty.html")
    except (Http404, Resolver404):
        return render(request, "404.html", status=404)
    return response


@contextmanager
def _inside(request: HttpRequest, info: StoreInfo, found: Preview, prefix: str, rest: str) -> Iterator[None]:
    """As if the store's pages lived below the prefix."""
    outside = get_script_prefix(), get_urlconf()
    request.store, request.preview = info, found  # type: ignore[attr-defined]
    request.path_info = f"/{rest}"
    set_script_prefix(prefix)
    set_urlconf(settings.STORE_URLCONF)
    try:
        yield
    finally:
        set_script_prefix(outside[0])
        set_urlconf(outside[1])
