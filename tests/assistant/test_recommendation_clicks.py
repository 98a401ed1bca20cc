"""Clicks on what was recommended, and what comes of them."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from analytics.models import Interaction
from catalog.queries import Catalog
from store.tenancy import StoreInfo
from tests.booking.test_pages import book
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db

Kind = Interaction.Kind
CLICKS = "/recommendations/clicks/"
NOBODY = "00000000-0000-4000-8000-000000000000"


def rows(kind: Interaction.Kind) -> list[Interaction]:
    return list(Interaction.across_stores.filter(kind=kind))


def click(guest: Client, item: object, **changes: str) -> Any:
    headers = {"origin": "http://luna-hair.localhost"}
    data = {"id": str(item), "context": "product", "source": "ai"} | changes
    return guest.post(CLICKS, data, headers=headers)


def test_a_click_is_counted(guest: Client, shelf: Catalog) -> None:
    product, service = shelf.products[0], shelf.services[0]
    assert click(guest, product.id).status_code == 204
    assert click(guest, service.id, context="homepage", source="fallback").status_code == 204
    found = rows(Kind.RECOMMENDATION_CLICKED)
    assert {(row.item_kind, row.item_id, row.context, row.source, row.visitor) for row in found} == {
        ("product", str(product.id), "product", "ai", ""),
        ("service", str(service.id), "homepage", "fallback", ""),
    }


@pytest.mark.parametrize(
    "changes", [{"id": "x"}, {"id": NOBODY}, {"context": "x"}, {"source": "local"}, {"source": ""}]
)
def test_nonsense_is_not_counted(guest: Client, shelf: Catalog, changes: dict[str, str]) -> None:
    assert click(guest, shelf.products[0].id, **changes).status_code == 204
    assert not rows(Kind.RECOMMENDATION_CLICKED)


@pytest.mark.usefixtures("one_window")
def test_clicks_from_another_site_are_refused_and_many_are_not_counted(guest: Client, shelf: Catalog) -> None:
    headers = {"origin": "https://evil.example.com"}
    data = {"id": str(shelf.products[0].id), "context": "product", "source": "ai"}
    assert guest.post(CLICKS, data, headers=headers).status_code == 403
    assert guest.get(CLICKS).status_code == 405
    for _ in range(55):
        click(guest, shelf.products[0].id)
    assert len(rows(Kind.RECOMMENDATION_CLICKED)) == 50


@pytest.mark.parametrize("agrees", [True, False])
def test_what_is_booked_after_a_click(
    guest: Client, helped: StoreInfo, shelf: Catalog, reset_sandbox: SandboxProcess, agrees: bool
) -> None:
    if agrees:
        guest.post("/preferences/", {"personal": "on"})
    service = next(row for row in shelf.services if len(row.staff_ids) > 2 and row.is_bookable_online)
    click(guest, service.id)
    manage = book(guest, str(service.id))
    for _ in range(2):
        assert guest.get(manage).status_code == 200
    found = [(row.item_id, row.context) for row in rows(Kind.RECOMMENDATION_CONVERTED)]
    assert found == ([(str(service.id), "product")] if agrees else [])
    click(guest, service.id)  # after it was booked: another look at the booking is no other booking
    guest.get(manage)
    assert len(rows(Kind.RECOMMENDATION_CONVERTED)) == len(found)


def test_pages_are_the_same_with_and_without_consent(
    guest: Client, helped: StoreInfo, visit: Callable[[StoreInfo], Client]
) -> None:
    other = visit(helped)
    other.post("/preferences/", {"personal": "on"})
    for path in ("/", "/services/"):
        mine, theirs = (re.sub(r'nonce="[^"]+"', "", b.get(path).content.decode()) for b in (guest, other))
        assert mine == theirs
