"""A page as it stands, at several widths and in both colour modes.

TESTS=long (`make thorough`) looks at every width in both modes, else axe looks at a phone in the light and a
desktop in the dark, for every CI run.
"""

from collections.abc import Iterable

from playwright.sync_api import Page

from tests.browser.conftest import DESKTOP, IS_LONG, PHONE
from tests.browser.test_pages import violations

NARROW = (320, 640)
# Django's admin fades from one mode into the other, whatever motion the visitor wants.
SETTLED = "Promise.allSettled(document.getAnimations().map(one => one.finished))"


def find_problems(page: Page, *, sizes: Iterable[tuple[int, int]] = (PHONE, DESKTOP)) -> list[str]:
    """What axe finds and what is wider than the window. The page is not loaded again: it keeps its state."""
    before, found = page.viewport_size, []
    for size in sizes:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        for mode in modes_for(size):
            page.emulate_media(color_scheme=mode, reduced_motion="reduce")
            page.evaluate(SETTLED)
            where = f"{page.url} at {size[0]}, {mode}"
            found += [f"{where}: {problem}" for problem in violations(page)]
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > size[0]:
            found.append(f"{page.url} at {size[0]} is {wide} wide")
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    if before:
        page.set_viewport_size(before)
    return found


def modes_for(size: tuple[int, int]) -> tuple[str, ...]:
    """The colour modes axe looks at in a window of this size."""
    if IS_LONG:
        return ("light", "dark")
    return {PHONE: ("light",), DESKTOP: ("dark",)}.get(size, ())
