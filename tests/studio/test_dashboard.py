"""The operators' first page: figures that lead somewhere, and every store's studio."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from analytics.models import Alert
from analytics.services import raise_alert
from booking.models import Booking
from store.models import Email, Store
from store.tenancy import StoreInfo
from tests.browsers import signed_in
from tests.studio.rows import make_row
from webhooks.models import InboxEvent

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


def figures(client: Client) -> dict[str, tuple[int, str]]:
    """Label: value and address."""
    return {f.label: (f.value, f.url) for f in client.get("/admin/").context["figures"]}


def fill(store: StoreInfo) -> None:
    row = Store.objects.get(pk=store.id)
    raise_alert(Alert.Kind.SYNC_LAG, store_id=store.id)
    make_row(Email, store=row, state=Email.State.FAILED, due_at=None)
    make_row(InboxEvent, store=row, state=InboxEvent.State.DEAD)
    make_row(Booking, store=row, due_at=timezone.now())
    make_row(Booking, store=row)


def test_figures_count_and_lead_to_just_those_rows(luna: StoreInfo, staff: User, sign_in: SignIn) -> None:
    fill(luna)
    client = sign_in(staff)
    shown = figures(client)
    assert {label: value for label, (value, _url) in shown.items()} == {
        "Stores published": 1,
        "Stores not published": 0,
        "Alerts open": 1,
        "E-mails failed": 1,
        "Webhooks given up": 1,
        "Webhooks waiting": 0,
        "Bookings waiting": 1,
        "Orders waiting": 0,
    }
    for label, (value, url) in shown.items():
        page = client.get(url)
        assert page.status_code == 200, label
        assert page.context["cl"].result_count == value, label


def test_every_store_leads_to_its_studio(
    luna: StoreInfo, barber: StoreInfo, staff: User, sign_in: SignIn
) -> None:
    client = sign_in(staff)
    page = client.get("/admin/").content.decode()
    for slug in ("luna-hair", "one-chair"):
        assert re.search(f'href="/admin/stores/{slug}/"', page)
        assert client.get(f"/admin/stores/{slug}/").status_code == 200


def test_an_operator_sees_figures_of_what_they_may_look_at(luna: StoreInfo) -> None:
    user = User.objects.create_user("operator", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_alert"))
    client = signed_in(user)
    assert set(figures(client)) == {"Alerts open"}
    assert not client.get("/admin/").context["stores"]


def test_it_asks_the_database_as_often_whatever_there_is(
    luna: StoreInfo,
    barber: StoreInfo,
    staff: User,
    sign_in: SignIn,
    django_assert_max_num_queries: Any,
) -> None:
    for _ in range(5):
        fill(luna)
    client = sign_in(staff)
    client.get("/admin/")
    with django_assert_max_num_queries(18):
        client.get("/admin/")


def test_merchants_have_their_lists_and_no_figures(owner: User, sign_in: SignIn) -> None:
    page = sign_in(owner).get("/admin/records/")
    assert page.status_code == 200
    assert "figures" not in page.context
    assert "/admin/booking/booking/" in page.content.decode()
    assert "/admin/auth/" not in page.content.decode()
