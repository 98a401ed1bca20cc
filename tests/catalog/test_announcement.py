"""The line above every page: the merchant's own while it is in force by the salon's calendar."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client

from store.models import Store
from store.tenancy import StoreInfo

pytestmark = pytest.mark.django_db
Visit = Callable[[StoreInfo], Client]

AUTOMATIC = "Thanksgiving: closed"  # of the demo's salon, on November 26
PAGES = ("/", "/services/", "/team/", "/shop/", "/about/", "/policies/", "/privacy/", "/book/", "/cart/")


def announce(store: StoreInfo, **announcement: Any) -> None:
    row = Store.objects.get(pk=store.id)
    row.display = {"announcement": announcement}
    row.save()


def bar(html: str) -> str:
    return html.partition('<aside class="announcement"')[2].partition("</aside>")[0]


@pytest.mark.parametrize(
    ("moment", "is_own"),
    [
        # Los Angeles is eight hours behind: its November 24 and 25 are the days of the announcement.
        ("2026-11-24T07:59:00Z", False),
        ("2026-11-24T08:01:00Z", True),
        ("2026-11-26T07:59:00Z", True),
        ("2026-11-26T08:01:00Z", False),
    ],
)
def test_days_are_the_salons(luna: StoreInfo, visit: Visit, moment: str, is_own: bool) -> None:
    announce(luna, text="Two days only", starts="2026-11-24", ends="2026-11-25")
    visit(luna).get("/about/")
    with time_machine.travel(moment, tick=True):
        shown = bar(visit(luna).get("/about/").content.decode())
    assert ("Two days only" in shown) is is_own
    assert (AUTOMATIC in shown) is not is_own


@pytest.mark.parametrize("path", PAGES)
def test_it_stands_on_every_page_of_the_store_and_no_other(
    luna: StoreInfo, barber: StoreInfo, visit: Visit, path: str
) -> None:
    announce(luna, text="New: <b>lunch</b> hour", link="book", label="Book “lunch”")
    html = visit(luna).get(path).content.decode()
    assert "New: &lt;b&gt;lunch&lt;/b&gt; hour" in bar(html)
    assert "<b>lunch" not in html
    assert '<a href="/book/">Book “lunch”</a>' in bar(html)
    assert "lunch" not in visit(barber).get(path).content.decode()


@pytest.mark.parametrize(
    ("link", "leads_to"),
    [
        ("", None),
        ("book", ("/book/", "Book")),
        ("services", ("/services/", "Services")),
        ("shop", ("/shop/", "Shop")),
        ("gallery", ("/gallery/", "Gallery")),
        ("about", ("/about/", "About")),
    ],
)
def test_a_link_without_words_says_where_it_leads(
    luna: StoreInfo, visit: Visit, link: str, leads_to: tuple[str, str] | None
) -> None:
    announce(luna, text="News", link=link)
    shown = bar(visit(luna).get("/").content.decode())
    assert "News" in shown
    if leads_to is None:
        assert "<a" not in shown
    else:
        assert f'<a href="{leads_to[0]}">{leads_to[1]}</a>' in shown


def test_without_one_the_next_special_day_is_announced(luna: StoreInfo, visit: Visit) -> None:
    with time_machine.travel("2026-11-24T20:00:00Z", tick=True):
        shown = bar(visit(luna).get("/").content.decode())
    assert AUTOMATIC in shown
    assert '<a href="/about/#hours">Opening hours</a>' in shown
