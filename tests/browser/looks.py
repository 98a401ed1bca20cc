"""A page as it stands, at every width and in both colour modes."""

from collections.abc import Iterable

from playwright.sync_api import Page

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_pages import violations

NARROW = (320, 640)
# Django's admin fades from one mode into the other, whatever motion the visitor wants.
SETTLED = "Promise.allSettled(document.getAnimations().map(one => one.finished))"


def find_problems(page: Page, *, sizes: Iterable[tuple[int, int]] = (PHONE, DESKTOP)) -> list[str]:
    """What axe finds and what is wider than the window. The page is not loaded again: it keeps its state."""
    before, found = page.viewport_size, []
    for width, height in sizes:
        page.set_viewport_size({"width": width, "height": height})
        for mode in ("light", "dark"):
            page.emulate_media(color_scheme=mode, reduced_motion="reduce")
            page.evaluate(SETTLED)
            where = f"{page.url} at {width}, {mode}"
            found += [f"{where}: {problem}" for problem in violations(page)]
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            found.append(f"{page.url} at {width} is {wide} wide")
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    if before:
        page.set_viewport_size(before)
    return found
