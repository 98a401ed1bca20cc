"""Who belongs to the store in scope: asking people in, roles, and seeing them off.

A store keeps one owner who can log in: every change of its people takes the store's row first.
"""

from datetime import timedelta
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, User
from django.db import transaction
from django.utils import timezone

from config.crypto import keyed_hash, keyed_hashes, new_token
from store.audit import record
from store.clients import hash_email, mask_email, match_email
from store.models import Invitation, Membership, Role, Store
from store.queries import load_store_info
from store.ratelimit import hit
from store.services import withdraw_emails
from store.tenancy import current_store, store_scope
from studio.people.letters import queue_invitation

VALID = timedelta(days=7)
KEPT = timedelta(days=30)  # after it was over: then the address goes, too
INVITATIONS_AN_HOUR = 20
PURPOSE = "invitation"


class PeopleError(Exception):
    """Why nothing was changed."""


class LastOwner(PeopleError):
    """A store without an owner could be looked after by nobody."""


class AlreadyIn(PeopleError):
    """That address has a place in the store."""


class TooManyInvitations(PeopleError):
    """Somebody is sending out invitations by the dozen."""


class NotOpen(PeopleError):
    """The invitation was used, withdrawn or is too old; or the person is gone."""


@transaction.atomic
def invite(*, email: str, role: Role, user: AbstractBaseUser) -> Invitation:
    """Ask somebody in, in place of an earlier invitation. Raises AlreadyIn, TooManyInvitations."""
    email, store_id = email.strip().lower(), current_store().id
    if Membership.objects.filter(store=store_id, user__username__iexact=email).exists():
        raise AlreadyIn
    if hit(f"invitations:{store_id}", limit=INVITATIONS_AN_HOUR, seconds=3600):
        raise TooManyInvitations
    _lock_store()
    for earlier in Invitation.objects.filter(match_email(email), accepted_at=None, withdrawn_at=None):
        _withdraw(earlier)
    token = new_token()
    invitation = Invitation.objects.create(
        email=email,
        email_hash=hash_email(email),
        role=role,
        token_hash=keyed_hash(token, purpose=PURPOSE),
        invited_by=user.get_username(),
        expires_at=timezone.now() + VALID,
    )
    queue_invitation(invitation, token)
    _record("people.invited", user, subject=mask_email(email), role=role)
    return invitation


@transaction.atomic
def withdraw_invitation(*, invitation_id: UUID, user: AbstractBaseUser) -> None:
    """Raises NotOpen."""
    invitation = Invitation.objects.select_for_update().filter(pk=invitation_id).first()
    if invitation is None or not invitation.is_open:
        raise NotOpen
    _withdraw(invitation)
    _record("people.invitation_withdrawn", user, subject=mask_email(invitation.email))


def find_invitation(token: str) -> Invitation | None:
    """The open one with this token, of any store."""
    hashes = list(keyed_hashes(token, purpose=PURPOSE))
    found = Invitation.across_stores.select_related("store").filter(token_hash__in=hashes).first()
    return found if found and found.is_open else None


@transaction.atomic
def accept_invitation(*, invitation: Invitation, user: User | None, password: str = "") -> User:
    """`user` joins the store; without one, somebody new of the invitation's address. Raises NotOpen.

    Whoever is in already keeps the role they have.
    """
    Store.objects.select_for_update().get(pk=invitation.store_id)
    locked = Invitation.across_stores.select_for_update().get(pk=invitation.pk)
    if not locked.is_open or (user is None and find_person(locked.email) is not None):
        raise NotOpen
    if user is None:
        user = User.objects.create_user(locked.email, locked.email, password)
    locked.accepted_at = timezone.now()
    locked.save(update_fields=["accepted_at"])
    with store_scope(load_store_info(locked.store_id)):
        withdraw_emails(f"invitation/{locked.pk}/")
        Membership.objects.get_or_create(store_id=locked.store_id, user=user, defaults={"role": locked.role})
        _record("people.joined", user, role=Role(locked.role))
    return user


def find_person(email: str) -> User | None:
    """Who logs in by this address, active or not."""
    return User.objects.filter(username__iexact=email).first()


@transaction.atomic
def change_role(*, membership_id: int, role: Role, user: AbstractBaseUser) -> None:
    """Raises LastOwner, NotOpen."""
    member = _lock_member(membership_id)
    if role != Role.OWNER:
        _keep_an_owner(member)
    before, member.role = Role(member.role), role
    member.save(update_fields=["role"])
    _record("people.role_changed", user, subject=member.user.get_username(), role=role, before=before)


@transaction.atomic
def remove_member(*, membership_id: int, user: AbstractBaseUser) -> None:
    """They are out at their next request. Raises LastOwner, NotOpen."""
    member = _lock_member(membership_id)
    _keep_an_owner(member)
    member.delete()
    _record("people.removed", user, subject=member.user.get_username())


@transaction.atomic
def leave_store(*, user: AbstractBaseUser) -> None:
    """Raises LastOwner, and NotOpen for who has no place in it."""
    own = Membership.objects.filter(store=current_store().id, user=user.pk).first()
    if own is None:
        raise NotOpen
    member = _lock_member(own.pk)
    _keep_an_owner(member)
    member.delete()
    _record("people.left", user)


def purge_invitations() -> int:
    """Forget invitations that were over a month ago, in every store. Returns how many."""
    return int(Invitation.across_stores.filter(expires_at__lt=timezone.now() - KEPT).delete()[0])


def _lock_store() -> None:
    Store.objects.select_for_update().get(pk=current_store().id)


def _lock_member(membership_id: int) -> Membership:
    """With the store's row, so that two owners cannot demote each other at once."""
    _lock_store()
    rows = Membership.objects.select_related("user").filter(store=current_store().id)
    member = rows.filter(pk=membership_id).first()
    if member is None:
        raise NotOpen
    return member


def _keep_an_owner(member: Membership) -> None:
    owners = Membership.objects.filter(store=member.store_id, role=Role.OWNER, user__is_active=True)
    if member.role == Role.OWNER and not owners.exclude(pk=member.pk).exists():
        raise LastOwner


def _withdraw(invitation: Invitation) -> None:
    invitation.withdrawn_at = timezone.now()
    invitation.save(update_fields=["withdrawn_at"])
    withdraw_emails(f"invitation/{invitation.pk}/")


def _record(
    action: str,
    user: AbstractBaseUser,
    *,
    subject: str = "",
    role: Role | None = None,
    before: Role | None = None,
) -> None:
    details = []
    if role:
        # As the model names them: the log translates what it shows.
        details.append({"label": "Role", "before": before.value if before else "", "after": role.value})
    record(action, by=user.get_username(), user=user, subject=subject, details=details)
