"""Who gets into a store's studio, and what a stranger learns of it: nothing."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from store.tenancy import StoreInfo
from tests.studio.conftest import STUDIO

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


def test_nobody_is_asked_to_log_in(luna: StoreInfo) -> None:
    answer = Client(headers={"host": "localhost"}).get(f"{STUDIO}/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/admin/login/?next=")


def test_a_member_sees_the_store(owner: User, sign_in: SignIn) -> None:
    answer = sign_in(owner).get(f"{STUDIO}/")
    assert answer.status_code == 200
    assert "Luna Hair" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store, private"


def test_a_neighbours_store_does_not_exist(neighbour: User, luna: StoreInfo, sign_in: SignIn) -> None:
    client = sign_in(neighbour)
    theirs, nobodys = client.get(f"{STUDIO}/"), client.get("/admin/stores/nobodys/")
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.content == nobodys.content


def test_a_merchant_with_one_store_lands_in_it(owner: User, sign_in: SignIn) -> None:
    assert sign_in(owner).get("/admin/")["Location"] == f"{STUDIO}/"


def test_staff_see_every_store(staff: User, luna: StoreInfo, sign_in: SignIn) -> None:
    client = sign_in(staff)
    assert client.get("/admin/").status_code == 200
    assert client.get(f"{STUDIO}/").status_code == 200


def test_the_account_says_its_language_and_leads_back(owner: User, sign_in: SignIn) -> None:
    """It belongs to no store, so it speaks the browser's language, and its head is the way to the stores."""
    page = sign_in(owner).get("/admin/account/", headers={"accept-language": "de"}).content.decode()
    assert '<html lang="de"' in page
    assert "Ihr Konto" in page
    assert '<a class="shell__name" href="/admin/">' in page
    assert '<a href="/admin/">Ihre Stores</a>' in page
