"""Password first; then, where it is needed, the code of an app or its set-up."""

from base64 import b32encode
from datetime import timedelta
from urllib.parse import quote

import segno
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods
from django_otp.plugins.otp_totp.models import TOTPDevice

from studio.account import secondfactor
from studio.account.door import after_password, door_page, go, see_other
from studio.account.forms import CodeForm, LogInForm, RecoveryCodeForm
from studio.account.secondfactor import Refused, Step
from studio.account.sessions import normalize_name, note, note_refusal, open_session, safe_next

MAY_ENROL = "may_enrol_until"  # in the session: whoever gave the password again may set up another app
PAGE = require_http_methods(["GET", "HEAD", "POST"])


@PAGE
@door_page
def log_in(request: HttpRequest) -> HttpResponse:
    if request.method != "POST" and request.user.is_authenticated:
        return _let_on(request)
    form = LogInForm(request, request.POST if request.method == "POST" else None)
    if form.is_bound:
        if form.is_valid():
            open_session(request, form.get_user())
            if secondfactor.next_step(request) is Step.NONE:
                note(form.get_user(), "session.opened")
            return go("admin:login", wanted=safe_next(request))
        note_refusal(request, normalize_name(form.data.get("username", "")))
    return render(request, "studio/account/login.html", {"form": form, "next": safe_next(request)})


def _let_on(request: HttpRequest) -> HttpResponse:
    """The next step of whoever has given the password."""
    wanted = safe_next(request)
    match secondfactor.next_step(request):
        case Step.CODE:
            return go("account:second_factor", wanted=wanted)
        case Step.ENROL:
            return go("account:enrolment", wanted=wanted)
    if admin.site.has_permission(request) or wanted.startswith("/admin/invitations/"):
        return see_other(wanted)
    return render(request, "studio/stores.html", {"stores": []})


@PAGE
@after_password
def second_factor(request: HttpRequest) -> HttpResponse:
    if secondfactor.next_step(request) is not Step.CODE:
        return go("admin:login", wanted=safe_next(request))
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            secondfactor.check_code(request, form.cleaned_data["code"])
        except Refused as refused:
            form.add_error("code", _complaint(refused))
        else:
            note(request.user, "session.opened")  # type: ignore[arg-type]  # after_password
            return see_other(safe_next(request))
    return render(request, "studio/account/code.html", {"form": form, "next": safe_next(request)})


@PAGE
@after_password
def recovery(request: HttpRequest) -> HttpResponse:
    if secondfactor.next_step(request) is not Step.CODE:
        return go("admin:login", wanted=safe_next(request))
    form = RecoveryCodeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            left = secondfactor.check_recovery_code(request, form.cleaned_data["code"])
        except Refused as refused:
            form.add_error("code", _complaint(refused))
        else:
            note(request.user, "session.recovered")  # type: ignore[arg-type]  # after_password
            told = ngettext("%(count)d recovery code is left.", "%(count)d recovery codes are left.", left)
            messages.success(request, told % {"count": left})
            return see_other(safe_next(request))
    return render(request, "studio/account/recovery.html", {"form": form, "next": safe_next(request)})


@PAGE
@after_password
def enrolment(request: HttpRequest) -> HttpResponse:
    """The secret as a picture and as text; a first code proves that the app has it."""
    if secondfactor.next_step(request) is not Step.ENROL and not _may_enrol(request):
        return go("admin:login", wanted=safe_next(request))
    is_replaced = secondfactor.find_authenticator(request.user) is not None
    device = secondfactor.begin_enrolment(request)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            codes = secondfactor.finish_enrolment(request, device=device, code=form.cleaned_data["code"])
        except Refused as refused:
            form.add_error("code", _complaint(refused))
        else:
            request.session.pop(MAY_ENROL, None)
            what = "replaced" if is_replaced else "set_up"
            note(request.user, f"account.second_factor_{what}")  # type: ignore[arg-type]  # after_password
            return show_codes(request, codes)
    context = {"form": form, "next": safe_next(request), "qr": _draw(device), "secret": _spell(device)}
    return render(request, "studio/account/enrolment.html", context)


def show_codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    """The answer to the POST itself: codes that are shown once are not kept for a page of their own."""
    text = "\r\n".join(["Mango Online Store", request.user.get_username(), "", *codes, ""])
    file = f"data:text/plain;charset=utf-8,{quote(text)}"
    context = {"codes": codes, "file": file, "next": safe_next(request)}
    return render(request, "studio/account/codes.html", context)


def allow_enrolment(request: HttpRequest) -> None:
    request.session[MAY_ENROL] = (timezone.now() + timedelta(minutes=10)).timestamp()


def _may_enrol(request: HttpRequest) -> bool:
    until: float = request.session.get(MAY_ENROL, 0.0)
    return admin.site.has_permission(request) and until > timezone.now().timestamp()


def _complaint(refused: Refused) -> str:
    wrong = _("This code is wrong or was used before.")
    if refused.until is None:
        return wrong
    seconds = max(1, round((refused.until - timezone.now()).total_seconds()))
    told = ngettext(
        "Wait %(count)d second before the next.", "Wait %(count)d seconds before the next.", seconds
    )
    return f"{wrong} {told % {'count': seconds}}"


def _draw(device: TOTPDevice) -> SafeString:
    """Safe as it is: the drawing holds numbers only. Black on white in both modes: cameras want it so."""
    code = segno.make(device.config_url, error="m")
    drawing = code.svg_inline(border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr__code")
    return SafeString(drawing)  # nosec B703


def _spell(device: TOTPDevice) -> str:
    """The secret for whoever cannot point a camera at it, in groups of four."""
    plain = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(plain[start : start + 4] for start in range(0, len(plain), 4))
