"""Nothing moves under a reader's finger, whenever pictures, fonts and scripts arrive."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Demo
from tests.browser.shifts import MOST, delay, read_shifts, watch_shifts
from tests.browser.test_buying import put_two_products_into_the_cart
from tests.browser.test_pages import PATHS


def test_pictures_do_not_move_what_is_read(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_page()
    watch_shifts(page)
    for path in PATHS:
        page.goto(demo.store("luna-hair", path))
        assert read_shifts(page) < MOST, path


@pytest.mark.parametrize(("salon", "path"), [("sen-nails", "/"), ("one-chair", "/services/")])
def test_late_fonts_do_not(demo: Demo, open_page: Callable[..., Page], salon: str, path: str) -> None:
    """Their headlines break elsewhere in the fonts that devices have."""
    page = open_page()
    watch_shifts(page)
    delay(page, "**/*.woff2")
    page.goto(demo.store(salon, path))
    assert read_shifts(page) < MOST


def test_a_late_script_does_not(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_page()
    watch_shifts(page)
    put_two_products_into_the_cart(page, demo, "luna-hair")
    delay(page, "**/quantity-steps*.js")
    page.reload()
    assert read_shifts(page) < MOST
