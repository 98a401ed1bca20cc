"""The store's people: everybody in it may look, owners change, and whoever wants to may leave."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.queries import find_zone
from store.models import Invitation, Membership, Role
from studio.account.door import see_other
from studio.page import Studio, studio_page
from studio.people import services
from studio.people.forms import InvitationForm, RoleForm


@require_safe
@studio_page()
def people(request: HttpRequest, studio: Studio) -> HttpResponse:
    return _show(request, studio, InvitationForm())


@require_POST
@studio_page(changes=Role.OWNER)
def invite(request: HttpRequest, studio: Studio) -> HttpResponse:
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return _show(request, studio, form)
    email, role = form.cleaned_data["email"], Role(form.cleaned_data["role"])
    try:
        services.invite(email=email, role=role, user=studio.user)
    except services.AlreadyIn:
        form.add_error("email", _("This person is in your store already. Change their role above."))
        return _show(request, studio, form)
    except services.TooManyInvitations:
        form.add_error("email", _("Those were many invitations at once. Please go on in an hour."))
        return _show(request, studio, form)
    messages.success(request, _("The invitation to %(email)s is on its way.") % {"email": email})
    return see_other(people_url(studio))


@require_POST
@studio_page(changes=Role.OWNER)
def withdraw(request: HttpRequest, studio: Studio, invitation_id: UUID) -> HttpResponse:
    try:
        services.withdraw_invitation(invitation_id=invitation_id, user=studio.user)
    except services.NotOpen as error:
        raise Http404 from error
    messages.success(request, _("The invitation is withdrawn: its link leads nowhere now."))
    return see_other(people_url(studio))


@require_POST
@studio_page(changes=Role.OWNER)
def change_role(request: HttpRequest, studio: Studio, member_id: int) -> HttpResponse:
    form = RoleForm(request.POST)
    if not form.is_valid():
        raise Http404
    role = Role(form.cleaned_data["role"])
    change = partial(services.change_role, membership_id=member_id, role=role, user=studio.user)
    _tell(request, change, _("The role is changed."))
    return see_other(people_url(studio))


@require_POST
@studio_page(changes=Role.OWNER)
def remove(request: HttpRequest, studio: Studio, member_id: int) -> HttpResponse:
    removal = partial(services.remove_member, membership_id=member_id, user=studio.user)
    _tell(request, removal, _("They are no longer in your store."))
    return see_other(people_url(studio))


@require_POST
@studio_page(changes=Role.VIEWER)
def leave(request: HttpRequest, studio: Studio) -> HttpResponse:
    told = _("You have left %(store)s.") % {"store": studio.info.name}
    has_left = _tell(request, partial(services.leave_store, user=studio.user), told)
    return see_other(reverse("admin:index") if has_left else people_url(studio))


def _tell(request: HttpRequest, change: Callable[[], None], words: str) -> bool:
    """Do it and say so; or why the store's last owner stays. What is not there is a 404."""
    try:
        change()
    except services.NotOpen as error:
        raise Http404 from error
    except services.LastOwner:
        messages.error(request, _("A store needs an owner. Make somebody else one first."))
        return False
    messages.success(request, words)
    return True


def people_url(studio: Studio) -> str:
    return reverse("studio:people", args=[studio.store.slug])


def _show(request: HttpRequest, studio: Studio, form: InvitationForm) -> HttpResponse:
    members = Membership.objects.filter(store=studio.store).select_related("user").order_by("since")
    waiting = Invitation.objects.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=timezone.now())
    context = {
        "form": form,
        "members": [_describe(member, studio) for member in members],
        "invitations": [
            {"row": row, "role": Role(row.role).label} for row in (waiting if studio.is_owner else [])
        ],
    }
    with timezone.override(find_zone()):
        return render(request, "studio/people/people.html", context)


def _describe(member: Membership, studio: Studio) -> dict[str, Any]:
    role = Role(member.role)
    return {
        "id": member.pk,
        "name": member.user.get_username(),
        "role": role,
        "label": role.label,
        "roles": [{"value": r.value, "label": r.label, "is_chosen": r == role} for r in Role],
        "is_self": member.user_id == studio.user.pk,
        "is_active": member.user.is_active,
        "since": member.since,
    }
