"""Accepting an invitation: somebody new chooses a password, whoever has an account logs in first."""

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from store.models import Invitation, Role
from studio.account import secondfactor
from studio.account.door import door_page, go, see_other
from studio.account.forms import NewPasswordForm
from studio.account.secondfactor import Step
from studio.account.sessions import open_session
from studio.people import services
from studio.people.forms import EXPLAINED


@require_http_methods(["GET", "HEAD", "POST"])
@door_page
def accept(request: HttpRequest, token: str) -> HttpResponse:
    invitation = services.find_invitation(token)
    if invitation is None:
        return _over(request)
    person = services.find_person(invitation.email)
    if person is None:
        return _welcome(request, invitation)
    return _greet(request, invitation, person) if person.is_active else _over(request)


def _greet(request: HttpRequest, invitation: Invitation, person: User) -> HttpResponse:
    """Somebody who has an account: it is they, and nobody else, who may accept."""
    if not request.user.is_authenticated:
        return _show(request, invitation, log_in=_log_in_url(request))
    if request.user.pk != person.pk:
        return _show(request, invitation, other=person.get_username())
    if secondfactor.next_step(request) is Step.CODE:
        return go("admin:login", wanted=request.get_full_path())
    if request.method != "POST":
        return _show(request, invitation)
    return _join(request, invitation, person)


def _welcome(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Somebody new; not while somebody else is logged in here, who would be logged out by it."""
    if request.user.is_authenticated:
        return _show(request, invitation, other=invitation.email)
    newcomer = User(username=invitation.email, email=invitation.email)
    form = NewPasswordForm(newcomer, request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        return _show(request, invitation, form=form)
    return _join(request, invitation, None, form.cleaned_data["new_password1"])


def _join(
    request: HttpRequest, invitation: Invitation, person: User | None, password: str = ""
) -> HttpResponse:
    try:
        user = services.accept_invitation(invitation=invitation, user=person, password=password)
    except services.NotOpen:
        return _over(request)
    if person is None:
        open_session(request, user)
    messages.success(request, _("Welcome to %(store)s.") % {"store": invitation.store.name})
    home = reverse("studio:home", args=[invitation.store.slug])
    return see_other(home)


def _log_in_url(request: HttpRequest) -> str:
    return go("admin:login", wanted=request.get_full_path())["Location"]


def _over(request: HttpRequest) -> HttpResponse:
    return render(request, "studio/account/invitation_over.html", status=410)


def _show(request: HttpRequest, invitation: Invitation, **more: object) -> HttpResponse:
    role = Role(invitation.role)
    context = {
        "store_name": invitation.store.name,
        "email": invitation.email,
        "invited_by": invitation.invited_by,
        "role": role.label,
        "explained": EXPLAINED[role],
        **more,
    }
    return render(request, "studio/account/invitation.html", context)
