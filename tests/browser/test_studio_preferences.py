"""The page of settings as merchants get it: on a phone, in the dark, by keyboard, without scripts."""

import os
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, Demo
from tests.browser.looks import NARROW, find_problems
from tests.browser.test_pages import violations

Open = Callable[..., Page]

PREFERENCES = "/admin/stores/one-chair/preferences/"


@pytest.fixture
def enter(demo: Demo, open_page: Open) -> Callable[..., Page]:
    """enter(size=..., dark=..., scripts=...): logged in and on the page of settings."""
    password = os.environ.get("DEMO_ADMIN_PASSWORD") or _read_password(demo)

    def make(**how: object) -> Page:
        page = open_page(**how)
        page.goto(f"http://localhost:{demo.port}/admin/login/?next={PREFERENCES}")
        page.fill("input[name=username]", "admin")
        page.fill("input[name=password]", password)
        page.click("input[type=submit], button[type=submit]")
        page.wait_for_url(f"**{PREFERENCES}")
        return page

    return make


def _read_password(demo: Demo) -> str:
    printed = (demo.folder.parent / "printed.txt").read_text()
    found = re.search(r"admin / (\S+)", printed)
    assert found, printed
    return found[1]


def test_everybody_can_read_and_reach_it(enter: Callable[..., Page]) -> None:
    page = enter()
    for state in ("as it is", "with a mistake"):
        assert find_problems(page, sizes=(NARROW, PHONE, DESKTOP)) == [], state
        page.fill("#search-title", "x" * 61)
        page.click("#search button[type=submit]")
        page.wait_for_load_state("load")
    expect(page.get_by_role("alert")).to_contain_text("it has 61")


def test_without_scripts_it_saves_and_says_so(
    enter: Callable[..., Page], demo: Demo, open_page: Open
) -> None:
    page = enter(scripts=False)
    expect(page.locator("#search letter-count").first).to_contain_text("At most 60 letters")
    page.fill("#search-title", "The chair by the sea")
    page.click("#search button[type=submit]")
    expect(page.locator("#search [role=status]").first).to_contain_text("Saved")
    expect(page.locator("#search-title")).to_have_value("The chair by the sea")
    store = open_page()
    # Other processes know within five seconds.
    expect_title(store, demo.store("one-chair"), "The chair by the sea")


def expect_title(page: Page, url: str, title: str) -> None:
    for _try in range(16):
        page.goto(url)
        if page.title() == title:
            return
        page.wait_for_timeout(500)
    assert page.title() == title


def test_scripts_count_show_and_remind(enter: Callable[..., Page]) -> None:
    page = enter(size=DESKTOP)
    page.fill("#search-title", "Zoë’s chair")
    expect(page.locator("#search letter-count").first).to_contain_text("11 of 60 letters")
    expect(page.locator("#search .preferences__result")).to_have_text("Zoë’s chair")
    expect(page.locator("#search [data-unsaved]")).to_have_text("Not saved yet")
    page.fill("#search-title", "x" * 63)
    expect(page.locator("#search letter-count").first).to_contain_text("63 letters, 3 too many")
    page.locator("#formats input[name=clock][value='24']").check()
    expect(page.locator("#formats [data-example]")).to_contain_text("14:30")
    page.locator("#formats input[name=languages][value=de]").check()
    expect(page.locator("#formats [data-example]")).to_contain_text("Deutsch")
    # What is typed and not saved is not lost unasked.
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_role("link", name="Overview").click()
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    assert page.url.endswith("/preferences/")


def test_a_visitor_changes_the_language_at_the_foot(
    enter: Callable[..., Page], demo: Demo, open_page: Open
) -> None:
    page = enter(size=DESKTOP)
    page.locator("#formats input[name=languages][value=de]").check()
    page.click("#formats button[type=submit]")
    expect(page.locator("#formats [role=status]").first).to_contain_text("Saved")
    page.fill(
        "#announcement-text", "Wir sind umgezogen: jetzt am Hafen, neben der Bäckerei mit dem blauen Dach"
    )
    page.select_option("#announcement-link", "about")
    page.fill("#announcement-label", "So finden Sie uns")
    page.click("#announcement button[type=submit]")
    expect(page.locator("#announcement [role=status]").first).to_contain_text("Saved")
    visitor = open_page(scripts=False)
    for _try in range(16):
        visitor.goto(demo.store("one-chair", "/services/"))
        if visitor.locator("button[name=language]").count() and visitor.locator(".announcement").count():
            break
        visitor.wait_for_timeout(500)
    visitor.locator("button[name=language][value=de]").click()
    assert visitor.url.endswith("/services/")
    assert visitor.locator("html").get_attribute("lang") == "de-AU"
    expect(visitor.locator(".announcement")).to_contain_text("So finden Sie uns")
    for path in ("/services/", "/privacy/", "/preferences/"):
        visitor.goto(demo.store("one-chair", path))
        for width in (320, 390, 1280):
            visitor.set_viewport_size({"width": width, "height": 800})
            assert visitor.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
    scripted = open_page(dark=True)
    for path in ("/privacy/", "/preferences/"):
        scripted.goto(demo.store("one-chair", path))
        assert not violations(scripted), path
