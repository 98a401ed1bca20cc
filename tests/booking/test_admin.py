"""What an operator sees: the outbox, and nobody's name."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from booking.models import Booking
from store.tenancy import StoreInfo, store_scope
from tests.booking.helpers import ZOE, Api

pytestmark = pytest.mark.django_db(transaction=True)


def test_operators_see_states_and_no_names(api: Api, cut: str, luna: StoreInfo) -> None:
    api.draft(cut, api.slots(cut)[0], client=ZOE)
    User.objects.create_superuser("op", password="op")
    admin = Client(headers={"host": "localhost"})
    admin.login(username="op", password="op")
    with store_scope(luna):
        booking = Booking.objects.get()
    for path in ("", f"{booking.pk}/change/", "?state__exact=draft", f"?store={luna.id}"):
        page = admin.get(f"/admin/booking/booking/{path}")
        assert page.status_code == 200, path
        text = page.content.decode()
        assert "z…@e…" in text
        for secret in (ZOE["email"], ZOE["lastName"], booking.token, "5550107"):
            assert secret not in text
    assert admin.post(f"/admin/booking/booking/{booking.pk}/delete/", {"post": "yes"}).status_code == 403
