"""What the pages of booking have in common."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control

from booking import services
from booking.notices import find_notice
from booking.timepage import Question, make_time_page
from catalog.queries import CatalogUnavailable

View = Callable[..., HttpResponse]

RETRY_AFTER_SECONDS = 20


def booking_page(view: View) -> View:
    """Never cached, and in the salon's look when Mango Biz cannot be asked."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except (services.AvailabilityUnknown, CatalogUnavailable) as error:
            response = render(
                request, "booking/unavailable.html", {"again": request.get_full_path()}, status=503
            )
            response["Retry-After"] = str(getattr(error, "retry_after", 0) or RETRY_AFTER_SECONDS)
        patch_cache_control(response, no_store=True)
        return response

    return wrapped


def render_times(request: HttpRequest, question: Question, **context: Any) -> HttpResponse:
    try:
        page = make_time_page(question)
    except services.ServiceNotBookable:
        return go(f"{reverse('book')}?why=gone")
    is_partial = request.headers.get("HX-Target") == "times"
    template = "booking/_times.html" if is_partial else "booking/time.html"
    context |= {
        "page": page,
        # Other people's times cannot be had under the address that names one person.
        "alternatives_action": question.address(None, None) if page.are_with_others else context["action"],
        "notice": find_notice(request.GET, taken=question.taken, zone=question.choice.zone),
    }
    response = render(request, template, context)
    response["Vary"] = "HX-Target"
    return response


def too_many(request: HttpRequest, wait: int) -> HttpResponse:
    response = render(request, "booking/too_many.html", {"again": request.get_full_path()}, status=429)
    response["Retry-After"] = str(wait)
    return response


def go(url: str) -> HttpResponse:
    """See other: what follows is a GET, whatever this was."""
    return HttpResponseRedirect(url, status=303)
