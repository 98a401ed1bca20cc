"""Forms on pages that are the same for everybody, and so can hold no CSRF token."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

View = Callable[..., HttpResponse]


def own_site_only(view: View) -> View:
    """Browsers name the origin of every POST; what comes from another site is refused by that."""

    @csrf_exempt
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        origin = request.headers.get("Origin")
        is_ours = not origin or urlsplit(origin).netloc == request.get_host()
        if not is_ours or request.headers.get("Sec-Fetch-Site") == "cross-site":
            return render(request, "403_csrf.html", status=403)
        return view(request, *args, **kwargs)

    return wrapped
