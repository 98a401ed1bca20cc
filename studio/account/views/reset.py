"""A forgotten password: a link by e-mail. What the pages say does not depend on who is known."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.tokens import default_token_generator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlsafe_base64_decode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from config.crypto import keyed_hash
from store.ratelimit import hit, visitor_key
from studio.account.door import door_page, go
from studio.account.forms import NewPasswordForm, ResetForm
from studio.account.letters import RESET, send_soon
from studio.account.sessions import find_account, note

# In the session while the form is open: the address bar is no place for a secret.
KEPT = "reset_link"
OPEN = "new"


@require_http_methods(["GET", "HEAD", "POST"])
@door_page
def reset(request: HttpRequest) -> HttpResponse:
    form = ResetForm(request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        return render(request, "studio/account/reset.html", {"form": form})
    address = form.cleaned_data["email"].strip().lower()
    is_asked_too_often = hit(f"reset:{visitor_key(request)}", limit=20, seconds=3600) or hit(
        f"reset:{keyed_hash(address, purpose='reset')[:24]}", limit=3, seconds=3600
    )
    if not is_asked_too_often:
        user = find_account(address)
        send_soon(RESET, user.pk if user else None)
    return go("account:reset_sent")


@require_safe
@door_page
def reset_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "studio/account/reset_sent.html")


@require_http_methods(["GET", "HEAD", "POST"])
@door_page
def new_password(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    user = _find(uid)
    if token != OPEN:
        request.session[KEPT] = token
        return go("account:new_password", uid=uid, token=OPEN)
    kept = request.session.get(KEPT, "")
    if user is None or not default_token_generator.check_token(user, kept):
        return render(request, "studio/account/reset_over.html", status=410)
    form = NewPasswordForm(user, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        form.save()
        del request.session[KEPT]
        note(user, "account.password_changed")
        messages.success(request, _("Your new password is set. Log in with it."))
        return go("admin:login")
    return render(request, "studio/account/new_password.html", {"form": form})


def _find(uid: str) -> Any:
    try:
        pk = int(urlsafe_base64_decode(uid).decode())
    except (ValueError, OverflowError):
        return None
    return get_user_model().objects.filter(pk=pk, is_active=True).first()
