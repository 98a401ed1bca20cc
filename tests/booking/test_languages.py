"""Who booked in one of a store's languages is written to in it, whoever writes: a page or the sweep."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from booking.models import Booking
from booking.tasks import sweep_reminders
from store.models import Email, Store
from store.tenancy import StoreInfo, store_scope
from tests.booking.helpers import Api

pytestmark = pytest.mark.django_db(transaction=True)


def offer(store: StoreInfo, **display: Any) -> None:
    row = Store.objects.get(pk=store.id)
    row.display = display
    row.save()


def mail_of(store: StoreInfo, kind: str) -> Email:
    with store_scope(store):
        return Email.objects.get(fact__contains=f"/{kind}")


def test_every_e_mail_is_in_the_clients_language(
    api: Api, luna: StoreInfo, cut: str, slots: list[dict[str, Any]]
) -> None:
    offer(luna, languages=["de"])
    api.client.cookies["language"] = "de"
    booked = api.booked(cut, slots[0])
    with store_scope(luna):
        assert Booking.objects.get().language == "de-US"
    start = datetime.fromisoformat(booked["startTime"])
    with time_machine.travel(start - timedelta(hours=24)):
        sweep_reminders.delay()  # in a worker the store speaks its own language
    for kind in ("confirmed", "reminder-day"):
        mail = mail_of(luna, kind)
        assert 'lang="de-US"' in mail.html
    assert mail_of(luna, "confirmed").subject.startswith("Gebucht")
    assert mail_of(luna, "reminder-day").subject.startswith("Erinnerung")


def test_formats_reach_pages_and_e_mails_and_no_answer_of_the_api(
    api: Api, luna: StoreInfo, cut: str, slots: list[dict[str, Any]]
) -> None:
    day = slots[0]["startTime"][:10]
    query = {"serviceId": cut, "from": day, "to": day}
    before = api.get("availability", **query).json()
    offer(luna, clock="24", dates="numbers", currency="code")
    assert api.get("availability", **query).json() == before
    page = api.client.get(f"/book/time/?service={cut}").content.decode()
    assert "USD\u00a0" in page
    assert "\u00a0pm" not in page
    booked = api.booked(cut, slots[0])
    assert "USD" not in str(booked["totalPrice"])
    mail = mail_of(luna, "confirmed")
    assert "USD\u00a0" in mail.text
    assert "\u00a0pm" not in mail.text
    with store_scope(luna):
        start = Booking.objects.get().local_start
    assert f"{start.month}/{start.day}, {start:%H:%M}" in mail.text
