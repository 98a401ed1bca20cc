"""Luna Hair has an owner, an editor and a viewer; the neighbour owns One Chair; staff look after all."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from store.models import Membership, Role
from store.tenancy import StoreInfo
from tests.browsers import signed_in

STUDIO = "/admin/stores/luna-hair"


def _member(store: StoreInfo, role: Role) -> User:
    user = User.objects.create_user(f"{role}@{store.slug}.example", password="a long password 4 tests")
    Membership.objects.create(store_id=store.id, user=user, role=role)
    return user


@pytest.fixture
def owner(luna: StoreInfo) -> User:
    return _member(luna, Role.OWNER)


@pytest.fixture
def editor(luna: StoreInfo) -> User:
    return _member(luna, Role.EDITOR)


@pytest.fixture
def viewer(luna: StoreInfo) -> User:
    return _member(luna, Role.VIEWER)


@pytest.fixture
def neighbour(barber: StoreInfo) -> User:
    return _member(barber, Role.OWNER)


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create_superuser("staff@platform.example", password="a long password 4 tests")


@pytest.fixture
def sign_in() -> Callable[[User], Client]:
    """A browser on the platform's host in which this user is logged in, second factor and all."""

    return signed_in
