"""Mango Biz gone, Redis emptied: the pages stay, and say of when they are."""

import re
from collections.abc import Callable

import redis
import requests
from playwright.sync_api import Page, expect

from tests.browser.conftest import Demo
from tests.browser.test_booking import set_fault
from tests.browser.test_pages import PATHS


def forget_copies(demo: Demo, page: Page) -> None:
    """Empty Redis, and wait until the web processes' own few seconds of memory are over."""
    redis.Redis(port=demo.redis_port, db=0).flushdb()
    page.wait_for_timeout(5500)


def test_all_pages_stay_and_say_how_old_they_are(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_page()
    shown = [path for path in PATHS if path != "/book/"]
    for path in shown:
        page.goto(demo.store("one-chair", path))
    set_fault(demo, down="close")
    try:
        forget_copies(demo, page)
        # Whoever comes while another request is just asking gets the snapshot, seconds old, as it is.
        page.goto(demo.store("one-chair"))
        page.wait_for_timeout(3000)
        for path in shown:
            response = page.goto(demo.store("one-chair", path))
            assert response is not None
            assert response.status == 200
            assert response.headers["x-catalogue"].startswith("stale; as-of=20")
            expect(page.locator(".asof").first).to_contain_text(re.compile(r"as of \d"))
    finally:
        set_fault(demo)


def test_a_price_changed_in_mango_biz_is_shown(demo: Demo, open_page: Callable[..., Page]) -> None:
    """Once the copy's five minutes are over; here they are ended by hand."""
    page = open_page()
    page.goto(demo.store("one-chair", "/services/"))
    expect(page.locator("main")).not_to_contain_text("$1,234")
    service = page.locator(".service-row__name a").first.get_attribute("href")
    assert service
    url = f"{demo.sandbox}/sandbox/one-chair/services/{service.split('/')[2][:36]}"
    before = requests.get(url, timeout=10).json()
    requests.patch(url, json={"price": 1234}, timeout=10).raise_for_status()
    try:
        forget_copies(demo, page)
        page.reload()
        expect(page.locator("main")).to_contain_text("$1,234")
    finally:
        price = before.get("data", before)["price"]
        requests.patch(url, json={"price": price}, timeout=10).raise_for_status()
