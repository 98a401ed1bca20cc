"""Mango Biz gone, Redis emptied: the pages stay, and say of when they are."""

import re
import time
from collections.abc import Callable

import redis
import requests
from playwright.sync_api import Page, expect

from tests.browser.conftest import Demo
from tests.browser.test_booking import set_fault
from tests.browser.test_pages import PATHS

# While one request asks Mango Biz the others get the copy there is: what is new shows within seconds.
PATIENCE_SECONDS = 30


def forget_copies(demo: Demo, page: Page) -> None:
    """Empty Redis, and wait until the web processes' own few seconds of memory are over."""
    redis.Redis(port=demo.redis_port, db=0).flushdb()
    page.wait_for_timeout(5500)


def look_until(page: Page, address: str, found: Callable[[str, str], bool]) -> None:
    """Open the page until `found(X-Catalogue, text)`; every answer on the way has to be a 200."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        response = page.goto(address)
        assert response is not None
        assert response.status == 200
        if found(said := response.headers["x-catalogue"], page.inner_text("main")):
            return
        assert time.monotonic() < deadline, said
        page.wait_for_timeout(500)


def test_all_pages_stay_and_say_how_old_they_are(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_page()
    shown = [path for path in PATHS if path != "/book/"]
    for path in shown:
        page.goto(demo.store("one-chair", path))
    set_fault(demo, down="close")
    try:
        forget_copies(demo, page)
        for path in shown:
            address = demo.store("one-chair", path)
            look_until(page, address, lambda said, text: said.startswith("stale; as-of=20"))
            expect(page.locator(".asof").first).to_contain_text(re.compile(r"as of \d"))
    finally:
        set_fault(demo)


def test_a_price_changed_in_mango_biz_is_shown(demo: Demo, open_page: Callable[..., Page]) -> None:
    """Once the copy's five minutes are over; here they are ended by hand."""
    page = open_page()
    address = demo.store("one-chair", "/services/")
    page.goto(address)
    expect(page.locator("main")).not_to_contain_text("$1,234")
    service = page.locator(".service-row__name a").first.get_attribute("href")
    assert service
    url = f"{demo.sandbox}/sandbox/one-chair/services/{service.split('/')[2][:36]}"
    before = requests.get(url, timeout=10).json()
    requests.patch(url, json={"price": 1234}, timeout=10).raise_for_status()
    try:
        forget_copies(demo, page)
        look_until(page, address, lambda said, text: "$1,234" in text)
    finally:
        price = before.get("data", before)["price"]
        requests.patch(url, json={"price": price}, timeout=10).raise_for_status()
