"""Your account: password and second factor, each behind the password once more."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from store.access import is_staff
from studio.account import secondfactor
from studio.account.door import go, inside
from studio.account.forms import AgainForm, OwnPasswordChangeForm
from studio.account.sessions import note
from studio.account.views.login import allow_enrolment, show_codes


@require_safe
@inside
def home(request: HttpRequest) -> HttpResponse:
    return _show(request, AgainForm(request))


@require_http_methods(["GET", "HEAD", "POST"])
@inside
def password(request: HttpRequest) -> HttpResponse:
    form = OwnPasswordChangeForm(request.user, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        user = form.save()
        update_session_auth_hash(request, user)  # this session goes on, all others end
        note(user, "account.password_changed")
        messages.success(request, _("Your password is changed. Other browsers are logged out."))
        return go("account:home")
    return render(request, "studio/account/password.html", {"form": form})


@require_POST
@inside
def recovery_codes(request: HttpRequest) -> HttpResponse:
    form = AgainForm(request, request.POST)
    if not form.is_valid() or not secondfactor.find_authenticator(request.user):
        return _show(request, form)
    codes = secondfactor.make_codes(request.user)
    note(request.user, "account.codes_made")  # type: ignore[arg-type]  # inside
    return show_codes(request, codes)


@require_POST
@inside
def authenticator(request: HttpRequest) -> HttpResponse:
    """The way to the set-up, of a first app or of another one."""
    form = AgainForm(request, request.POST)
    if not form.is_valid():
        return _show(request, form)
    allow_enrolment(request)
    return go("account:enrolment", wanted=request.path.rpartition("authenticator/")[0])


@require_POST
@inside
def authenticator_removal(request: HttpRequest) -> HttpResponse:
    """Only for those whose role needs no second factor."""
    form = AgainForm(request, request.POST)
    if secondfactor.is_required(request.user) or not form.is_valid():
        return _show(request, form)
    secondfactor.remove_second_factor(request.user)  # type: ignore[arg-type]  # inside
    note(request.user, "account.second_factor_removed")  # type: ignore[arg-type]
    messages.success(request, _("From now on your password alone is asked for."))
    return go("account:home")


def _show(request: HttpRequest, form: AgainForm) -> HttpResponse:
    has_app = secondfactor.find_authenticator(request.user) is not None
    context = {
        "form": form,
        "has_app": has_app,
        "codes_left": secondfactor.count_codes(request.user) if has_app else 0,
        "is_required": secondfactor.is_required(request.user),
        "is_staff": is_staff(request.user),
    }
    return render(request, "studio/account/account.html", context)
