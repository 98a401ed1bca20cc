"""An order of something that was recommended, clicked, and then bought."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client, RequestFactory

from analytics.models import Interaction
from analytics.services import record_interaction
from payments.models import Order
from store.consent import read_consent
from store.tenancy import StoreInfo, store_scope
from tests.payments.till import Till

pytestmark = pytest.mark.django_db(transaction=True)

Kind = Interaction.Kind


def agree(browser: Client, store: StoreInfo) -> str:
    """Who that browser is from now on."""
    browser.post("/preferences/", {"personal": "on"})
    request = RequestFactory().get("/")
    request.COOKIES = {name: morsel.value for name, morsel in browser.cookies.items()}
    with store_scope(store):
        return read_consent(request).visitor


def click(till: Till, visitor: str) -> None:
    item = ("product", str(till.product().id))
    with store_scope(till.store):
        record_interaction(
            kind=Kind.RECOMMENDATION_CLICKED, source="ai", context="cart", items=[item], visitor=visitor
        )


def conversions() -> list[tuple[str, str]]:
    rows = Interaction.across_stores.filter(kind=Kind.RECOMMENDATION_CONVERTED)
    return list(rows.values_list("item_kind", "item_id"))


@pytest.fixture
def browser(till: Till, visit: Callable[[StoreInfo], Client]) -> Client:
    return visit(till.store)


def look(browser: Client, order: Order) -> None:
    assert browser.get(f"/orders/{order.token}/").status_code == 200


def test_it_counts_once_when_it_is_paid(till: Till, browser: Client) -> None:
    click(till, agree(browser, till.store))
    order = till.order()
    look(browser, order)
    assert not conversions()
    till.pay(order)
    till.work(2)
    for _ in range(2):
        look(browser, order)
    assert conversions() == [("product", str(till.product().id))]


def test_a_click_after_the_order_had_no_part_in_it(till: Till, browser: Client) -> None:
    visitor = agree(browser, till.store)
    order = till.settled()
    click(till, visitor)
    look(browser, order)
    assert not conversions()


@pytest.mark.parametrize("who", ["nobody", "somebody else"])
def test_only_who_agreed_and_clicked(till: Till, browser: Client, who: str) -> None:
    click(till, "" if who == "nobody" else "b" * 64)
    if who == "somebody else":
        agree(browser, till.store)
    look(browser, till.settled())
    assert not conversions()


def test_without_consent_it_costs_no_query(
    till: Till, browser: Client, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    order = till.settled()
    look(browser, order)
    with django_assert_max_num_queries(5) as seen:
        look(browser, order)
    assert not any("analytics_interaction" in query["sql"] for query in seen.captured_queries)
