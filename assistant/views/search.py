"""Search: a page of everything that fits, and what fits while somebody types."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from assistant import visits
from assistant.searchpage import group_results, list_results, make_search_page
from assistant.services import searching
from catalog.queries import get_catalog
from catalog.visitorpage import visitor_page
from store import ratelimit


@visitor_page
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    query = searching.clean_query(request.GET.get("q", ""))
    catalog = get_catalog()
    found = searching.Found(query)
    if query:
        caller, may_ask = ratelimit.visitor_key(request), visits.may_ask_search(request)
        found = searching.find(query, caller=caller, asks_ai=may_ask)
    return render(request, "assistant/search.html", {"page": make_search_page(found, catalog)})


@visitor_page
@require_safe
def search_instantly(request: HttpRequest) -> HttpResponse:
    query = searching.clean_query(request.GET.get("q", ""))
    results = list_results(searching.find_at_once(query), get_catalog())
    context = {"query": query, "groups": group_results(results), "count": len(results)}
    return render(request, "assistant/_instant.html", context)
