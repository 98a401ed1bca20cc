"""Answers that need no salon: unknown hosts, the theme sheet, preferences, health."""

from django.db import Error as DatabaseTrouble
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from store.consent import forget_visitor, read_consent, write_consent
from store.domains.names import is_host_name, is_ip_like
from store.languages import COOKIE as LANGUAGE_COOKIE
from store.own_site import own_site_only
from store.pictures import read_picture
from store.privacy import split_paragraphs
from store.queries import find_theme, may_have_certificate
from store.tenancy import current_store
from store.theme import theme_css

COLOUR_MODES = ("light", "dark", "auto")
YEAR = 365 * 24 * 3600


def no_such_store(request: HttpRequest) -> HttpResponse:
    return render(request, "no_such_store.html", status=404)


@require_safe
@cache_control(public=True, max_age=YEAR, immutable=True)
def theme_sheet(request: HttpRequest, theme_hash: str) -> HttpResponse:
    """The store's tokens. The URL holds their hash: an older page gets the sheet made for it."""
    theme = find_theme(theme_hash)
    if theme is None:
        raise Http404
    return HttpResponse(theme_css(theme), content_type="text/css; charset=utf-8")


@require_safe
def store_picture(request: HttpRequest, kind: str, digest: str, width: int) -> HttpResponse:
    """A picture the merchant uploaded. The address holds its digest: what it shows never changes."""
    etag = f'"{kind}-{digest}-{width}"'
    if etag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers={"ETag": etag})
    content = read_picture(kind, digest, width)
    if content is None:
        raise Http404
    headers = {"Cache-Control": f"public, max-age={YEAR}, immutable", "ETag": etag}
    return HttpResponse(content, content_type="image/webp", headers=headers)


@csrf_exempt  # it changes the visitor's own display preference and nothing else; pages stay cacheable
@require_POST
def set_colour_mode(request: HttpRequest) -> HttpResponse:
    mode = request.POST.get("mode", "")
    response = _back(request)
    if mode in COLOUR_MODES:
        _keep_choice(request, response, "mode", mode)
    return response


@own_site_only
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """The visitor's choice among the languages of the store."""
    language = request.POST.get("language", "")
    response = _back(request)
    if language in current_store().languages:
        _keep_choice(request, response, LANGUAGE_COOKIE, language)
    return response


def _back(request: HttpRequest) -> HttpResponseRedirect:
    """To the page where something was chosen, by a GET; to the front page where that is none of ours."""
    referrer = request.META.get("HTTP_REFERER", "")
    is_ours = url_has_allowed_host_and_scheme(referrer, {request.get_host()})
    return HttpResponseRedirect(referrer if is_ours else "/", status=303)


def _keep_choice(request: HttpRequest, response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=request.is_secure(), httponly=True)


@own_site_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """What the visitor agrees to. The address says what was changed, the cookie whether it is so."""
    consent = read_consent(request)
    if request.method != "POST":
        is_saved = request.GET.get("saved") == ("on" if consent.is_personal else "off")
        return render(request, "store/preferences.html", {"consent": consent, "is_saved": is_saved})
    wants = request.POST.get("personal") == "on"
    response = HttpResponseRedirect(f"{reverse('preferences')}?saved={'on' if wants else 'off'}", status=303)
    if wants != consent.is_personal:
        forget_visitor(request)  # before the cookie: should it fail, the visitor can try again
        write_consent(response, is_personal=wants)
    return response


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """The merchant's own words, or what this software does."""
    paragraphs = split_paragraphs(current_store().display.privacy_text)
    return render(request, "store/privacy.html", {"paragraphs": paragraphs})


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


@never_cache
@require_safe
def tls_ask(request: HttpRequest) -> HttpResponse:
    """Whether the proxy may get a certificate for `?domain=`: 200 or 404; 503 where we do not know.

    Source: https://caddyserver.com/docs/caddyfile/options#on-demand-tls (anything but 200 is a no).
    """
    asked = request.GET.getlist("domain")
    host = asked[0].lower() if len(asked) == 1 else ""
    if not is_host_name(host) or is_ip_like(host):
        return HttpResponse("no\n", status=404, content_type="text/plain")
    try:
        is_known = may_have_certificate(host)
    except DatabaseTrouble:
        return HttpResponse("unknown\n", status=503, content_type="text/plain")
    answer, status = ("yes\n", 200) if is_known else ("no\n", 404)
    return HttpResponse(answer, status=status, content_type="text/plain")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)
