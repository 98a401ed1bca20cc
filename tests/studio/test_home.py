"""The studio's first page: how the store stands, the week's figures, and what needs somebody."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from booking.models import Booking, BookingState
from catalog.models import SyncState
from catalog.services import sync_store
from store.models import Domain, Email, Store
from store.services import change_draft, queue_email, read_draft
from store.tenancy import StoreInfo, store_scope
from tests.studio.conftest import STUDIO

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[User], Client]
PERSON = "00000000-0000-4000-8000-000000000001"


def book(store: StoreInfo, *, state: BookingState = BookingState.CONFIRMED, **fields: Any) -> Booking:
    """A row as the outbox leaves it, sent an hour ago for the day after tomorrow."""
    now = timezone.now()
    booking = Booking(
        store_id=store.id,
        state=state,
        timezone="America/Los_Angeles",
        held_staff_id=PERSON,
        staff_name="Somebody",
        total_price=Decimal(95),
        currency="USD",
        expires_at=now,
        submitted_at=now - timedelta(hours=1),
        items=[
            {
                "service_id": PERSON,
                "name": "Signature Cut",
                "price": "95",
                "minutes": 60,
                "price_from": False,
                "add_ons": [],
            }
        ],
    )
    booking.set_time(now + timedelta(days=2), now + timedelta(days=2, hours=1))
    booking.set_token()
    for name, value in fields.items():
        setattr(booking, name, value)
    booking.save()
    return booking


def page(client: Client) -> str:
    answer = client.get(f"{STUDIO}/")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_weeks_figures_and_the_next_visits(
    luna: StoreInfo, barber: StoreInfo, owner: User, sign_in: SignIn
) -> None:
    book(luna)
    book(luna, submitted_at=timezone.now() - timedelta(days=8), total_price=Decimal("40.50"))
    book(luna, state=BookingState.CANCELLED)
    book(luna, state=BookingState.DRAFT, submitted_at=None)
    book(barber, total_price=Decimal(777))
    client = sign_in(owner)
    figures = {f.label: (f.value, f.change) for f in client.get(f"{STUDIO}/").context["figures"]}
    assert figures["Bookings"] == ("1", "1 the week before")
    assert figures["Booked value"] == ("$95", "$40.50 the week before")
    assert figures["Orders"] == ("0", "0 the week before")
    text = page(client)
    assert text.count("Signature Cut") == 2
    assert "777" not in text


def test_a_good_day_has_no_notices(luna: StoreInfo, owner: User, sign_in: SignIn) -> None:
    with store_scope(luna):
        sync_store()
    assert sign_in(owner).get(f"{STUDIO}/").context["troubles"] == ()


def test_troubles_are_told_in_sentences(
    luna: StoreInfo, barber: StoreInfo, owner: User, sign_in: SignIn
) -> None:
    book(luna, state=BookingState.PENDING, due_at=timezone.now())
    book(luna, state=BookingState.FAILED)
    book(barber, state=BookingState.FAILED)
    with store_scope(luna):
        sync_store()
        SyncState.objects.update(succeeded_at=datetime(2026, 1, 1, tzinfo=UTC))
        email = queue_email(fact="x", recipient="a@example.com", subject="s", text="t", html="h")
        assert email
        Email.objects.filter(pk=email.pk).update(state=Email.State.BOUNCED, failed_at=timezone.now())
    now = timezone.now()
    Domain.objects.create(store_id=luna.id, host="luna.example", verified_at=now, failing_since=now)
    forbidden = [{"key": "caa_forbids", "severity": "wrong"}]
    Domain.objects.create(store_id=luna.id, host="salon.example", verified_at=now, findings=forbidden)
    Domain.objects.create(store_id=luna.id, host="sound.example", verified_at=now)
    text = page(sign_in(owner))
    for sentence in (
        "1 booking waits for Mango Biz",
        "1 booking could not be delivered",
        "Changes from Mango Biz are late",
        "1 e-mail came back",
        "luna.example no longer points to your store",
        "salon.example cannot get a certificate",
    ):
        assert sentence in text
    assert "sound.example" not in text
    with store_scope(luna):
        SyncState.objects.update(refused_at=now)
    assert "Mango Biz refuses your key" in page(sign_in(owner))


def test_it_says_whether_the_store_is_open_and_the_draft_differs(
    luna: StoreInfo, owner: User, sign_in: SignIn
) -> None:
    client = sign_in(owner)
    assert "Open. Clients see the look of" in page(client)
    assert "not published" not in page(client)
    with store_scope(luna):
        design = read_draft().design
        change_draft(design=replace(design, theme=replace(design.theme, brand="#8a1c1c")), revision=0, by="o")
    assert "Your draft has changes that are not published." in page(client)
    Store.objects.filter(pk=luna.id).update(is_published=False)
    assert "clients cannot see your store" in page(client)


def test_the_page_has_few_queries(
    luna: StoreInfo, owner: User, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    client = sign_in(owner)
    page(client)
    with django_assert_max_num_queries(24):
        page(client)
    for _ in range(5):
        book(luna)
    with django_assert_max_num_queries(24):
        page(client)
