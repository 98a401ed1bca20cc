"""What an operator sees: the outbox, and nobody's name."""

import pytest
from django.contrib.auth.models import User

from booking.models import Booking
from store.tenancy import StoreInfo, store_scope
from tests.booking.helpers import ZOE, Api, Control
from tests.browsers import signed_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_operators_see_states_and_no_names(api: Api, cut: str, luna: StoreInfo) -> None:
    api.draft(cut, api.slots(cut)[0], client=ZOE)
    admin = signed_in(User.objects.create_superuser("op"))
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


def test_operators_find_a_booking_and_what_waits(
    api: Api, control: Control, cut: str, luna: StoreInfo
) -> None:
    slots = api.slots(cut)
    done = api.booked(cut, slots[0])
    draft = api.draft(cut, slots[-1], client=ZOE).json()["data"]
    control.faults(down="503")
    api.post(f"draft/{draft['id']}/confirm")
    admin = signed_in(User.objects.create_superuser("op"))
    with store_scope(luna):
        booking = Booking.objects.get(confirmation_number=done["confirmationNumber"])

    def count(query: str) -> int:
        found = admin.get(f"/admin/booking/booking/?{query}")
        assert found.status_code == 200
        return int(found.context["cl"].result_count)

    for words in (booking.upstream_id, booking.pk, booking.confirmation_number):
        assert count(f"q={words}") == 1
    assert count("q=nothing-like-it") == 0
    assert count(f"q={ZOE['email'].upper()}") == 2
    assert count("q=zoe@example.org") == 0
    assert count("") == 2
    assert count("outbox=waiting") == count("outbox=failing") == 1
