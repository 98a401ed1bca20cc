"""Who may do what: merchants in their own stores by role, platform staff everywhere."""

import uuid

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet
from django.http import HttpRequest

from store.models import Membership, Role, Store

User = AbstractBaseUser | AnonymousUser


def is_staff(user: User) -> bool:
    """Platform staff: they look after every store."""
    return _is_at_work(user) and bool(getattr(user, "is_staff", False))


def is_merchant(user: User) -> bool:
    return _is_at_work(user) and Membership.objects.filter(user=user.pk).exists()


def role_in(user: User, store_id: uuid.UUID) -> Role | None:
    """What somebody is in a store; None for a stranger, who must not even learn that it exists."""
    if is_staff(user):
        return Role.OWNER
    if not _is_at_work(user):
        return None
    found = Membership.objects.filter(user=user.pk, store=store_id).first()
    return Role(found.role) if found else None


def roles_of(request: HttpRequest) -> dict[uuid.UUID, Role]:
    """What a merchant is in which store; empty for platform staff, who are above them all.

    Read once for each request: a membership that was taken away counts for nothing at the next one.
    """
    found: dict[uuid.UUID, Role] | None = getattr(request, "store_roles", None)
    if found is None:
        rows = Membership.objects.filter(user=request.user.pk) if _is_at_work(request.user) else []
        found = {row.store_id: Role(row.role) for row in rows}
        request.store_roles = found  # type: ignore[attr-defined]
    return found


def stores_of(user: User) -> QuerySet[Store]:
    """The stores somebody sees at all, by slug."""
    if is_staff(user):
        return Store.objects.all()
    if not _is_at_work(user):
        return Store.objects.none()
    return Store.objects.filter(memberships__user=user.pk)


def _is_at_work(user: User) -> bool:
    return bool(user.is_authenticated and user.is_active)
