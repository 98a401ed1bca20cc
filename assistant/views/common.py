"""What the assistant's pages have in common."""

from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from catalog.visitorpage import View, visitor_page
from store.tenancy import current_store


def assistant_page(view: View) -> View:
    """As visitor_page; there is none where the merchant wants no assistant or nobody can be asked."""

    @visitor_page
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not current_store().has_assistant:
            raise Http404
        return view(request, *args, **kwargs)

    return wrapped
