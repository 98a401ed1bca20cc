"""Answers that need no salon: unknown hosts, the theme sheet, the colour mode, health."""

from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from store.models import Store
from store.tenancy import current_store
from store.theme import Theme, theme_css

COLOUR_MODES = ("light", "dark", "auto")
YEAR = 365 * 24 * 3600


def no_such_store(request: HttpRequest) -> HttpResponse:
    return render(request, "no_such_store.html", status=404)


@require_safe
@cache_control(public=True, max_age=YEAR, immutable=True)
def theme_sheet(request: HttpRequest, theme_hash: str) -> HttpResponse:
    """The store's tokens. The URL holds their hash, so an old address is gone rather than wrong."""
    store = current_store()
    if theme_hash != store.theme_hash:
        raise Http404
    theme = Theme.from_dict(Store.objects.only("theme").get(pk=store.id).theme)
    return HttpResponse(theme_css(theme), content_type="text/css; charset=utf-8")


@csrf_exempt  # it changes the visitor's own display preference and nothing else; pages stay cacheable
@require_POST
def set_colour_mode(request: HttpRequest) -> HttpResponse:
    mode = request.POST.get("mode", "")
    referrer = request.META.get("HTTP_REFERER", "")
    if not url_has_allowed_host_and_scheme(referrer, {request.get_host()}):
        referrer = "/"
    response = HttpResponseRedirect(referrer)
    if mode in COLOUR_MODES:
        response.set_cookie(
            "mode", mode, max_age=YEAR, samesite="Lax", secure=request.is_secure(), httponly=True
        )
    return response


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """The process can serve pages: it has its database. Everything else it can do without for a while."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:  # noqa: BLE001 (whatever the driver raises, the answer is the same)
        return JsonResponse({"database": False}, status=503)
    return JsonResponse({"database": True})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)
