"""Who may do what: merchants in their own stores by role, platform staff everywhere."""

import uuid

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet

from store.models import Membership, Role, Store

User = AbstractBaseUser | AnonymousUser


def is_staff(user: User) -> bool:
    """Platform staff: they look after every store."""
    return bool(user.is_authenticated and user.is_active and getattr(user, "is_staff", False))


def is_merchant(user: User) -> bool:
    return bool(user.is_authenticated and user.is_active) and Membership.objects.filter(user=user.pk).exists()


def role_in(user: User, store_id: uuid.UUID) -> Role | None:
    """What somebody is in a store; None for a stranger, who must not even learn that it exists."""
    if is_staff(user):
        return Role.OWNER
    if not (user.is_authenticated and user.is_active):
        return None
    found = Membership.objects.filter(user=user.pk, store=store_id).first()
    return Role(found.role) if found else None


def stores_of(user: User) -> QuerySet[Store]:
    """The stores somebody sees at all, by slug."""
    if is_staff(user):
        return Store.objects.all()
    if not (user.is_authenticated and user.is_active):
        return Store.objects.none()
    return Store.objects.filter(memberships__user=user.pk)
