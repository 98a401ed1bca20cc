"""Chat, search and recommendations as the contract's JSON.

A conversation goes on by the visitor's cookie, as on the page.
"""

from typing import Annotated, Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from assistant import services, visits
from assistant.chatpage import TurnView, show_turn
from assistant.client import PAGES
from assistant.forms import LONGEST_MESSAGE, MessageForm
from assistant.foryou import describe_pick
from assistant.saying import say
from assistant.searchpage import list_results
from assistant.services import recommending, searching
from assistant.talk import Source, Turn
from catalog.basket import read_basket
from catalog.queries import CatalogUnavailable, get_catalog
from config.jsonapi import ApiError, api_view, read_body, respond, validation_error
from config.readers import read_number
from config.structs import make_ready
from store import ratelimit
from store.consent import read_consent
from store.tenancy import current_store

RETRY_AFTER_SECONDS = 10
MOST_RESULTS, USUAL_RESULTS = 50, 10


class MessageBody(msgspec.Struct, frozen=True):
    message: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_MESSAGE)]
    page: str = ""


@api_view("POST")
def chat(request: HttpRequest) -> HttpResponse:
    if not current_store().has_assistant:
        raise ApiError(404, "NOT_FOUND", _("This salon has no assistant."))
    body = read_body(request, MessageBody)
    form = MessageForm({"message": body.message})
    if not form.is_valid():
        raise validation_error({"message": " ".join(map(str, form.errors["message"]))})
    try:
        key, turn = say(request, message=form.cleaned_data["message"], page=body.page)
    except services.TooManyMessages as error:
        raise _too_many(error.retry_after) from error
    except CatalogUnavailable as error:
        raise _unavailable() from error
    response = respond({"data": _describe(request, turn)})
    visits.keep_key(response, key)
    return response


def _describe(request: HttpRequest, turn: Turn) -> dict[str, Any]:
    view = show_turn(turn, get_catalog())
    notice = services.say_unavailable() if turn.source is Source.FALLBACK else None
    return {
        "html": render_to_string("assistant/_answer.html", {"turn": view}, request),
        "source": str(turn.source),
        "notice": notice,
        "suggestions": turn.suggestions,
        "actions": [*_list_actions(view)],
    }


def _list_actions(view: TurnView) -> list[dict[str, str]]:
    """The same as in the HTML, for whoever shows it otherwise."""
    offers = [
        {"label": _("Book %(name)s") % {"name": offer.name}, "url": offer.book_url}
        if offer.book_url
        else {"label": offer.name, "url": offer.url}
        for offer in view.offers
    ]
    return offers + [{"label": way.label, "url": way.url} for way in view.ways]


@api_view("GET")
def search(request: HttpRequest) -> HttpResponse:
    query, limit = searching.clean_query(request.GET.get("q", "")), _read_limit(request)
    if not query:
        raise ApiError(400, "INVALID_REQUEST", _("Say what to look for: q is missing."))
    try:
        caller, may_ask = ratelimit.visitor_key(request), visits.may_ask_search(request)
        found = searching.find(query, caller=caller, asks_ai=may_ask)
        results = list_results(found, get_catalog())
    except CatalogUnavailable as error:
        raise _unavailable() from error
    rows = [
        {"type": str(row.kind), "id": row.id, "title": row.title, "url": row.url, "price": row.amount}
        for row in results[:limit]
    ]
    return respond({"data": rows, "source": found.source})


@api_view("GET")
def recommendations(request: HttpRequest) -> HttpResponse:
    """Empty, without a source, where the store has no assistant or no catalogue."""
    context = request.GET.get("context", "")
    if context not in PAGES:
        raise ApiError(400, "INVALID_REQUEST", _("Say what kind of page it is for: context is missing."))
    if not current_store().has_assistant:
        return respond({"data": []})
    consent = read_consent(request)
    if wait := visits.count_recommendations(request, consent):
        message = _("Those were many requests at once. Please wait a moment.")
        raise ApiError(429, "RATE_LIMITED", message, details={"retryAfter": wait}, retry_after=wait)
    try:
        found = recommending.recommend(
            context=context,
            items=visits.read_items(request),
            basket=read_basket(request),
            visitor=consent.visitor,
        )
    except CatalogUnavailable:
        return respond({"data": []})
    return respond({"data": [describe_pick(pick) for pick in found.picks], "source": found.source})


def _read_limit(request: HttpRequest) -> int:
    limit = read_number(request.GET.get("limit", str(USUAL_RESULTS)), digits=4)
    if limit is None or not 1 <= limit <= MOST_RESULTS:
        raise ApiError(400, "INVALID_REQUEST", _("limit goes from 1 to 50."))
    return limit


def _too_many(wait: int) -> ApiError:
    message = _("That was a lot at once. Please wait a moment before the next message.")
    return ApiError(429, "RATE_LIMITED", message, details={"retryAfter": wait}, retry_after=wait)


def _unavailable() -> ApiError:
    message = _("The salon is not answering. Please try again in a moment.")
    return ApiError(503, "UNAVAILABLE", message, retry_after=RETRY_AFTER_SECONDS)


make_ready(globals())
