"""What the shop's pages have in common."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from catalog.visitorpage import visitor_page

View = Callable[..., HttpResponse]


def key_page(view: View) -> View:
    """A page whose address is the key to it: not for search engines, not told to other sites."""

    @visitor_page
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
