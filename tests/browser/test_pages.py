"""Every kind of page, as people with a phone, a dark room or a screen reader get it."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import DESKTOP, IS_LONG, PHONE, SLUGS, Demo

PATHS = (
    "/",
    "/services/",
    "/team/",
    "/shop/",
    "/gallery/",
    "/reviews/",
    "/about/",
    "/policies/",
    "/preferences/",
    "/book/",
)
# Each salon in both colour modes; in CI half in the light, half in the dark.
BOTH = [(slug, dark) for slug in SLUGS for dark in (False, True)]
SEEN = BOTH if IS_LONG else [(slug, bool(number % 2)) for number, slug in enumerate(SLUGS)]
AXE = Axe()
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def violations(page: Page) -> list[str]:
    """What axe finds, with the window as high as the page: else the bar at a phone's foot covers whatever
    happens to be behind it, and axe takes that for a target too small."""
    size = page.viewport_size
    assert size
    page.set_viewport_size({"width": size["width"], "height": page.evaluate("document.body.scrollHeight")})
    try:
        return _find_violations(page)
    finally:
        page.set_viewport_size(size)


def _find_violations(page: Page) -> list[str]:
    found = AXE.run(page, options=RULES).response["violations"]
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}" for rule in found for node in rule["nodes"]
    ]


@pytest.mark.parametrize(("slug", "dark"), SEEN)
def test_no_accessibility_violations(
    demo: Demo, open_page: Callable[..., Page], slug: str, dark: bool
) -> None:
    page = open_page(size=PHONE if dark else DESKTOP, dark=dark)
    found = {}
    for path in PATHS:
        page.goto(demo.store(slug, path), wait_until="load")
        if problems := violations(page):
            found[path] = problems
    assert not found


@pytest.mark.parametrize(
    ("slug", "kind"),
    [
        pytest.param(slug, kind, marks=[] if place == number % 3 else pytest.mark.thorough)
        for number, slug in enumerate(SLUGS)
        for place, kind in enumerate(("services", "team", "shop"))
    ],
)
def test_the_page_of_one_thing(demo: Demo, open_page: Callable[..., Page], slug: str, kind: str) -> None:
    page = open_page()
    page.goto(demo.store(slug, f"/{kind}/"))
    page.locator(f"main a[href^='/{kind}/']:not([href='/{kind}/'])").first.click()
    page.wait_for_load_state("load")
    assert page.locator("h1").count() == 1
    assert not violations(page)


@pytest.mark.parametrize("slug", SLUGS)
def test_nothing_sticks_out_at_320_pixels(demo: Demo, open_page: Callable[..., Page], slug: str) -> None:
    page = open_page(size=(320, 640))
    wide = {}
    for path in PATHS:
        page.goto(demo.store(slug, path), wait_until="load")
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 320:
            wide[path] = width
    assert not wide


@pytest.mark.parametrize("path", ["/services/00000000-0000-4000-8000-000000000000-x/", "/nothing/"])
def test_what_is_not_there_shows_a_way_on(demo: Demo, open_page: Callable[..., Page], path: str) -> None:
    page = open_page()
    response = page.goto(demo.store("luna-hair", path))
    assert response is not None
    assert response.status == 404
    assert page.locator("main a[href='/services/']").count() >= 1
    assert not violations(page)


def test_colour_mode_is_kept_without_scripts(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_page(scripts=False)
    page.goto(demo.store("luna-hair", "/services/"))
    page.locator("button[name=mode][value=dark]").click()
    assert page.url.endswith("/services/")
    assert page.locator("html").get_attribute("data-mode") == "dark"
