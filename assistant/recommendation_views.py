"""Recommendations: a piece of HTML that pages fetch once they are there, the same as JSON, and clicks."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from assistant.client import PAGES
from assistant.recommending import (
    AI,
    Pick,
    Recommended,
    kind_of,
    recommend,
    record_click,
    record_shown,
)
from catalog.held import find_held
from catalog.presenters.parts import page_url, to_text
from catalog.presenters.products import ProductCard, make_cards
from catalog.presenters.services import LOVED_AT_MOST, ServiceLine, list_favorites, make_service_line
from catalog.queries import Catalog, CatalogUnavailable, get_catalog
from catalog.schemas import Product, Service
from config.jsonapi import ApiError, api_view, respond
from store import ratelimit
from store.consent import Consent, read_consent
from store.own_site import own_site_only
from store.tenancy import current_store

View = Callable[..., HttpResponse]

# What the AI Service takes for one visitor.
LIMIT, WINDOW_SECONDS = 50, 60


@dataclass(frozen=True, slots=True)
class ProductPick:
    card: ProductCard
    reason: str


@dataclass(frozen=True, slots=True)
class ForYou:
    title: str
    source: str
    services: tuple[ServiceLine, ...]
    products: tuple[ProductPick, ...]


def assisted(view: View) -> View:
    """404 where the store has no assistant; what is answered is this visitor's alone."""

    @wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponse:
        if not current_store().has_assistant:
            raise Http404
        response = view(request)
        patch_cache_control(response, private=True, no_store=True)
        response["X-Robots-Tag"] = "noindex"
        return response

    return wrapped


@assisted
@require_safe
def recommendations(request: HttpRequest) -> HttpResponse:
    """A piece of a page; nothing (204) where there is nothing to say."""
    context = request.GET.get("context", "")
    if context not in PAGES:
        return HttpResponse(status=400)
    consent = read_consent(request)
    if wait := _wait(request, consent, "shown"):
        return HttpResponse(status=429, headers={"Retry-After": str(wait)})
    try:
        catalog = get_catalog()
    except CatalogUnavailable:
        return HttpResponse(status=204)
    found = _find(request, catalog, context, consent)
    if not found.picks:
        return HttpResponse(status=204)
    return render(request, "assistant/_for_you.html", {"page": _make_page(catalog, found, consent)})


@own_site_only
@assisted
@require_POST
def recommendation_clicks(request: HttpRequest) -> HttpResponse:
    """A beacon: nobody reads the answer."""
    consent = read_consent(request)
    item = _read_uuid(request.POST.get("id", ""))
    if item and not _wait(request, consent, "clicked"):
        context, source = request.POST.get("context", ""), request.POST.get("source", "")
        try:
            catalog = get_catalog()
        except CatalogUnavailable:
            return HttpResponse(status=204)
        record_click(catalog, item=item, context=context, source=source, visitor=consent.visitor)
    return HttpResponse(status=204)


@api_view("GET")
def api_recommendations(request: HttpRequest) -> HttpResponse:
    context = request.GET.get("context", "")
    if context not in PAGES:
        raise ApiError(
            400,
            "INVALID_REQUEST",
            _("The parameter %(name)s is missing or not as it should be.") % {"name": "context"},
        )
    if not current_store().has_assistant:
        return respond({"data": []})
    consent = read_consent(request)
    if wait := _wait(request, consent, "shown"):
        message = _("Those were many requests at once. Please wait a moment.")
        raise ApiError(429, "RATE_LIMITED", message, retry_after=wait)
    try:
        catalog = get_catalog()
    except CatalogUnavailable:
        return respond({"data": []})
    found = _find(request, catalog, context, consent)
    return respond({"data": [_describe(pick) for pick in found.picks], "source": found.source})


def _find(request: HttpRequest, catalog: Catalog, context: str, consent: Consent) -> Recommended:
    """And note that it was shown."""
    texts = request.GET.get("items", "").split(",")
    items = [item for text in texts if (item := _read_uuid(text))]
    found = recommend(catalog, context=context, items=items, held=find_held(request), visitor=consent.visitor)
    if request.method != "HEAD":
        record_shown(found, context=context, visitor=consent.visitor)
    return found


def _make_page(catalog: Catalog, found: Recommended, consent: Consent) -> ForYou:
    is_personal = consent.is_personal and found.source == AI
    services = [(pick.row, pick.reason) for pick in found.picks if isinstance(pick.row, Service)]
    products = [(pick.row, pick.reason) for pick in found.picks if isinstance(pick.row, Product)]
    cards = make_cards(catalog, [row for row, _reason in products])
    return ForYou(
        title=_("Picked for you") if is_personal else _("You might like"),
        source=found.source,
        services=tuple(_make_line(catalog, row, reason) for row, reason in services),
        products=tuple(
            ProductPick(card, reason) for card, (_row, reason) in zip(cards, products, strict=True)
        ),
    )


def _make_line(catalog: Catalog, service: Service, reason: str) -> ServiceLine:
    """The reason in the place of the summary."""
    line = make_service_line(service, catalog.business.currency)
    is_loved = service in list_favorites(catalog, LOVED_AT_MOST)
    return replace(line, summary=reason or line.summary, is_loved=is_loved)


def _describe(pick: Pick) -> dict[str, str]:
    row = pick.row
    described = {
        "type": kind_of(row),
        "id": str(row.id),
        "title": to_text(row.name),
        "url": page_url(kind_of(row), row.id, row.name),
    }
    return described | ({"reason": pick.reason} if pick.reason else {})


def _wait(request: HttpRequest, consent: Consent, what: str) -> int:
    """Seconds to wait; 0 within the limit."""
    visitor = consent.visitor or ratelimit.visitor_key(request)
    key = f"recommendations:{what}:{current_store().id}:{visitor}"
    return ratelimit.hit(key, limit=LIMIT, seconds=WINDOW_SECONDS)


def _read_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
