"""How far a page moved by itself since it was opened, as browsers count it (Cumulative Layout Shift).

Source: https://web.dev/articles/cls (up to 0.1 is called good).
"""

import time

from playwright.sync_api import Page, Route

LATE_SECONDS = 0.4
MOST = 0.02  # a line of small print, once
_WATCH = """
window.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


def watch_shifts(page: Page) -> None:
    """From the next page on that it opens."""
    page.add_init_script(_WATCH)


def read_shifts(page: Page) -> float:
    page.wait_for_load_state("networkidle")
    return float(page.evaluate("window.shift"))


def delay(page: Page, pattern: str) -> None:
    """What is at such addresses arrives when the page has been painted."""

    def wait(route: Route) -> None:
        time.sleep(LATE_SECONDS)
        route.continue_()

    page.route(pattern, wait)
