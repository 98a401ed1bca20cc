"""Recommendations: a piece of HTML that pages fetch once they are there, and what is clicked in it."""

from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_GET, require_POST

from assistant import visits
from assistant.client import PAGES
from assistant.foryou import make_for_you
from assistant.services import recommending
from catalog.basket import read_basket
from catalog.queries import CatalogUnavailable, get_catalog
from config.readers import read_uuid
from store.consent import read_consent
from store.own_site import own_site_only
from store.tenancy import current_store

View = Callable[..., HttpResponse]


def assisted_piece(view: View) -> View:
    """Of a page, not one of its own: where there is nothing to show it is empty (204). 404 without an
    assistant. What is answered is this visitor's alone."""

    @wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponse:
        if not current_store().has_assistant:
            raise Http404
        try:
            response = view(request)
        except CatalogUnavailable:
            response = HttpResponse(status=204)
        patch_cache_control(response, private=True, no_store=True)
        response["X-Robots-Tag"] = "noindex"
        return response

    return wrapped


@assisted_piece
@require_GET
def recommendations(request: HttpRequest) -> HttpResponse:
    context = request.GET.get("context", "")
    if context not in PAGES:
        return HttpResponse(status=400)
    consent = read_consent(request)
    if wait := visits.count_recommendations(request, consent):
        return HttpResponse(status=429, headers={"Retry-After": str(wait)})
    found = recommending.recommend(
        context=context,
        items=visits.read_items(request),
        basket=read_basket(request),
        visitor=consent.visitor,
    )
    if not found.picks:
        return HttpResponse(status=204)
    page = make_for_you(get_catalog(), found, has_consent=consent.is_personal)
    return render(request, "assistant/_for_you.html", {"page": page})


@own_site_only
@assisted_piece
@require_POST
def clicks(request: HttpRequest) -> HttpResponse:
    """A beacon: nobody reads the answer."""
    consent = read_consent(request)
    item = read_uuid(request.POST.get("id", ""))
    if item and not visits.count_click(request, consent):
        recommending.record_click(
            item=item,
            context=request.POST.get("context", ""),
            source=request.POST.get("source", ""),
            visitor=consent.visitor,
        )
    return HttpResponse(status=204)
