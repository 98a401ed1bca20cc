"""Hours and days without Mango Biz, by a moved clock in this process."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import requests
import time_machine
from django.core.cache import cache
from django.test import Client

from booking.models import Booking
from booking.services import deliver_due_bookings
from catalog import memory
from catalog.queries import get_catalog
from store.models import Email
from store.tenancy import StoreInfo, store_scope
from tests.booking.helpers import Api, Control
from tests.faults.conftest import IS_LONG, tell
from tests.faults.shop import make_client
from tests.faults.test_pages import SECTIONS
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db(transaction=True)

Size = Callable[[int, int], int]
OUTAGE, AFTERWARDS = timedelta(hours=6), timedelta(minutes=5)
SWEEP = timedelta(seconds=10)
# Sweeps that find Mango Biz down are all alike: in CI one of six is made.
SWEEP_WHILE_DOWN = SWEEP if IS_LONG else 6 * SWEEP
SLUGS = ("luna-hair", "sen-nails", "stille-spa", "one-chair")


def test_after_six_hours_all_bookings_are_delivered_within_five_minutes(
    luna: StoreInfo,
    visit: Callable[[StoreInfo], Client],
    reset_sandbox: SandboxProcess,
    settings: object,
    size: Size,
) -> None:
    settings.DRAFTS_PER_VISITOR = 100_000  # type: ignore[attr-defined]
    api, control = Api(visit(luna)), Control(reset_sandbox, luna.slug)
    count = size(30, 200)
    drafts = hold(api, luna, count)
    control.faults(down="503")
    for draft in drafts:
        assert api.post(f"draft/{draft}/confirm").status_code == 202
    started = datetime.now(UTC)
    with time_machine.travel(started, tick=True) as clock:
        while datetime.now(UTC) < started + OUTAGE:
            clock.shift(SWEEP_WHILE_DOWN)
            deliver_due_bookings()
        assert count_states(luna) == {"pending": count}
        tell(f"{count} bookings wait after {OUTAGE}")
        control.faults()
        back = datetime.now(UTC)
        while datetime.now(UTC) < back + AFTERWARDS and count_states(luna) != {"confirmed": count}:
            clock.shift(SWEEP)
            deliver_due_bookings()
        tell(f"after {datetime.now(UTC) - back} of moved time: {count_states(luna)}")
        assert count_states(luna) == {"confirmed": count}
        with store_scope(luna):
            last = max(Booking.objects.values_list("settled_at", flat=True))
    assert last <= back + AFTERWARDS
    assert {row["idempotencyKey"] for row in control.bookings()} == set(drafts)
    assert len(control.bookings()) == count
    with store_scope(luna):
        told = Counter(mail.fact.split("/")[2] for mail in Email.objects.all())
    assert told == {"pending": count, "confirmed": count}


def hold(api: Api, luna: StoreInfo, count: int) -> list[str]:
    """Drafts for times that do not overlap, of whoever is free."""
    with store_scope(luna):
        service = str(
            max(
                (s for s in get_catalog().services if s.is_bookable_online), key=lambda s: len(s.staff_ids)
            ).id
        )
    drafts: list[str] = []
    free_from: dict[str, datetime] = {}
    for slot in api.slots(service, start=date.today() + timedelta(days=5), days=50):
        start, end = (datetime.fromisoformat(slot[name]) for name in ("startTime", "endTime"))
        for staff in slot["staffIds"]:
            if len(drafts) < count and free_from.get(staff, start) <= start:
                free_from[staff] = end
                client = make_client(f"outage-{len(drafts)}")
                answer = api.draft(service, slot, staffId=staff, client=client)
                assert answer.status_code == 201, answer.content
                drafts.append(str(answer.json()["data"]["id"]))
    assert len(drafts) == count
    return drafts


def count_states(luna: StoreInfo) -> Counter[str]:
    with store_scope(luna):
        return Counter(Booking.objects.values_list("state", flat=True))


def test_every_page_stays_for_a_day(
    open_store: Callable[[str], StoreInfo],
    visit: Callable[[StoreInfo], Client],
    reset_sandbox: SandboxProcess,
) -> None:
    """Mango Biz down, Redis emptied and the process's memory too: the last known catalogue, marked as old."""
    stores = [open_store(slug) for slug in SLUGS]
    pages = [(store, path) for store in stores for path in all_pages(visit(store))]
    body = {"upstream": "mangobiz", "faults": {"down": "close"}}
    requests.put(f"{reset_sandbox.url}/sandbox/faults", json=body, timeout=10).raise_for_status()
    for hours in (1, 24):
        cache.clear()
        memory.forget_all()
        with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours), tick=True):
            for store, path in pages:
                response = visit(store).get(path)
                assert response.status_code == 200, (store.slug, path)
                assert response["X-Catalogue"].startswith("stale"), (store.slug, path)
    tell(f"{len(pages)} pages of {len(stores)} salons: all 200 and marked as old after a day")


def all_pages(browser: Client) -> list[str]:
    found = list(SECTIONS)
    for section in ("/services/", "/team/", "/shop/"):
        html = browser.get(section).content.decode()
        found += sorted(set(re.findall(rf'href="({section}[0-9a-f-]{{36}}-[^"?#]*)"', html)))
    return found
