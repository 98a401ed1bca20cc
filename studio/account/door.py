"""What the pages before the first page have in common: never kept, in the browser's language."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_post_parameters

View = Callable[..., HttpResponse]


def door_page(view: View) -> View:
    @sensitive_post_parameters()
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with translation.override(translation.get_language_from_request(request)):
            response = view(request, *args, **kwargs)
        patch_cache_control(response, no_store=True, private=True)
        return response

    return answer


def after_password(view: View) -> View:
    """For whoever has given the password, and maybe no code yet."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        return view(request, *args, **kwargs)

    return door_page(answer)


def inside(view: View) -> View:
    """For whoever is in: password, second factor where one is needed, and a place to be."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not admin.site.has_permission(request):
            back = request.get_full_path() if request.method == "GET" else reverse("account:home")
            return redirect_to_login(back, reverse("admin:login"))
        return view(request, *args, **kwargs)

    return door_page(answer)


def go(name: str, *, wanted: str = "", **kwargs: Any) -> HttpResponseRedirect:
    """303 to a route; `wanted` is carried along as where the visitor is to end up."""
    address = reverse(name, kwargs=kwargs or None)
    return see_other(f"{address}?{urlencode({'next': wanted})}" if wanted else address)


def see_other(address: str) -> HttpResponseRedirect:
    response = HttpResponseRedirect(address)
    response.status_code = 303
    return response
