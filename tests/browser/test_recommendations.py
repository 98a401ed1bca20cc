"""What may suit: fetched once the page is there, in room that was kept for it."""

import re
import sqlite3
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, Demo
from tests.browser.shifts import MOST, read_shifts, watch_shifts
from tests.browser.test_buying import put_two_products_into_the_cart
from tests.browser.test_pages import violations


def find_product(page: Page, demo: Demo, slug: str) -> str:
    page.goto(demo.store(slug, "/shop/"))
    links = page.locator("main a[href^='/shop/']:not([href='/shop/'])")
    return str(links.nth(1).get_attribute("href"))


def reach(page: Page) -> None:
    page.locator("for-you").scroll_into_view_if_needed()
    expect(page.locator("for-you h2")).to_be_visible()


@pytest.mark.parametrize("where", ["home", "product", "cart"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_it_comes_after_the_page_and_moves_nothing(
    demo: Demo, open_page: Callable[..., Page], where: str, size: tuple[int, int]
) -> None:
    page = open_page(size=size, dark=size == PHONE)
    path = "/" if where == "home" else find_product(page, demo, "luna-hair")
    watch_shifts(page)
    if where == "cart":
        put_two_products_into_the_cart(page, demo, "luna-hair")
    else:
        page.goto(demo.store("luna-hair", path))
    reach(page)
    assert page.locator("for-you :is(.service-row, .product-card)").count() == 4
    assert read_shifts(page) < MOST
    assert not violations(page)


def test_it_waits_until_it_is_near(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(demo.store("luna-hair", "/"), wait_until="networkidle")
    assert not [url for url in asked if "/recommendations/" in url]
    reach(page)
    assert len([url for url in asked if "/recommendations/" in url]) == 1


def test_a_click_is_written_down(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_page(size=DESKTOP)
    page.goto(demo.store("sen-nails", "/"))
    reach(page)
    card = page.locator("for-you .product-card").first
    address = str(card.locator("a").first.get_attribute("href"))
    found = re.search(r"[0-9a-f-]{36}", address)
    assert found
    with page.expect_request("**/recommendations/clicks/"):
        card.click()
    page.wait_for_url(f"**{address}")
    page.wait_for_load_state("networkidle")
    with sqlite3.connect(demo.folder / "store.sqlite3") as database:
        query = "SELECT count(*) FROM analytics_interaction WHERE kind = ? AND item_id = ? AND context = ?"
        [count] = database.execute(query, ("recommendation_clicked", found[0], "homepage")).fetchone()
    assert count == 1


@pytest.mark.parametrize("status", [204, 404, 429])
def test_nothing_to_say_closes_the_place(demo: Demo, open_page: Callable[..., Page], status: int) -> None:
    page = open_page()
    page.route("**/recommendations/?*", lambda route: route.fulfill(status=status))
    page.goto(demo.store("sen-nails", "/"))
    page.locator("for-you").scroll_into_view_if_needed()
    expect(page.locator("for-you")).to_be_hidden()


def test_without_scripts_there_is_no_empty_room(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_page(scripts=False)
    page.goto(demo.store("luna-hair", "/"))
    assert page.locator("for-you").bounding_box() is None
