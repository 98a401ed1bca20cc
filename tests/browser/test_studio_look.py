"""The look editor as a merchant has it: with a mouse, with keys alone, without scripts, on a phone."""

import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, Demo
from tests.browser.looks import NARROW, find_problems

SLUG = "one-chair"
PATHS = ("", "versions/", "publication/", "sharing/?days=7", "closing/")


def address(demo: Demo, path: str = "") -> str:
    return f"http://localhost:{demo.port}/admin/stores/{SLUG}/look/{path}"


@pytest.fixture
def open_studio(demo: Demo, open_page: Callable[..., Page]) -> Iterator[Callable[..., Page]]:
    """open_studio(path, ...) is somebody at that page of the studio, the draft being what clients see."""
    opened: list[Page] = []

    def make(path: str = "", **how: Any) -> Page:
        page = open_page(**how)
        password = json.loads((demo.folder / "keys.json").read_text())["admin_password"]
        page.goto(f"http://localhost:{demo.port}/admin/login/?next=/admin/stores/{SLUG}/look/{path}")
        page.fill("[name=username]", "admin")
        page.fill("[name=password]", password)
        page.click("[type=submit]")
        page.wait_for_url("**/look/**")
        opened.append(page)
        return page

    yield make
    if opened:
        page = opened[0]
        page.goto(address(demo))
        if page.get_by_role("button", name="Start over").count():
            page.get_by_role("button", name="Start over").click()
            expect(page.locator("#look-status")).to_contain_text("This is what clients see.")


def saved(page: Page) -> None:
    expect(page.locator("#look-status")).to_contain_text("Draft saved at")


def open_group(page: Page, name: str) -> None:
    group = page.locator(f"#group-{name}")
    if group.get_attribute("open") is None:
        group.locator("> summary").click()


def eventually(is_so: Callable[[], bool], seconds: float = 20.0) -> None:
    """A page on its way, or another process that remembers for some seconds what a store looks like."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.3)


def live_brand(visitor: Page) -> str:
    """As the store shows it now."""
    visitor.reload()
    found: str = visitor.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--brand')")
    return found


def order(page: Page) -> list[str]:
    found: list[str] = page.eval_on_selector_all("[name=section]", "fields => fields.map(one => one.value)")
    return found


def test_a_colour_is_found_hard_to_read_mended_published_and_rolled_back(
    demo: Demo, open_studio: Callable[..., Page], open_page: Callable[..., Page]
) -> None:
    page = open_studio(size=DESKTOP)
    visitor = open_page(size=DESKTOP)
    visitor.goto(demo.store(SLUG))
    before = demo.read_home(SLUG)
    page.locator("#id_brand_hex").fill("#f2a7c3")
    expect(page.locator("#verdict-brand")).to_contain_text("needs 4.5")
    expect(page.locator("#findings")).to_contain_text("One color is hard to read")
    assert page.locator("#pick-brand").input_value() == "#f2a7c3"
    assert page.locator("#id_brand_hex").evaluate("field => field === document.activeElement")
    page.get_by_role("link", name="Publish").click()
    expect(page.get_by_role("alert")).to_contain_text("cannot be published yet")
    page.get_by_role("link", name="would do.").click()
    page.locator("#nearest-brand").click()
    expect(page.locator("#verdict-brand")).to_contain_text("Passes")
    expect(page.locator("#findings")).to_have_count(0)
    brand = page.locator("#id_brand_hex").input_value()
    assert brand != "#f2a7c3"
    expect(page.frame_locator(".preview__frame").locator("h1")).to_be_visible()
    page.wait_for_function(
        "brand => {"  # a frame that loads has no document yet
        " const root = document.querySelector('.preview__frame').contentDocument?.documentElement;"
        " return root && getComputedStyle(root).getPropertyValue('--brand').includes(brand)"
        "}",
        arg=brand,
    )
    page.get_by_role("link", name="Publish").click()
    expect(page.locator("main")).to_contain_text(f"is now {brand}")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("status")).to_contain_text("Published. Clients see version")
    eventually(lambda: brand in live_brand(visitor))
    page.get_by_role("button", name="Show this again").first.click()
    expect(page.get_by_role("status")).to_contain_text("is what clients see now")
    eventually(lambda: brand not in live_brand(visitor))
    assert demo.read_home(SLUG) == before


def test_typing_saves_by_itself_and_the_preview_stays_where_it_was(open_studio: Callable[..., Page]) -> None:
    page = open_studio(size=DESKTOP)
    frame = page.frame_locator(".preview__frame")
    expect(frame.locator("h1")).to_be_visible()
    frame.locator("html").evaluate("() => scrollTo({top: 400, behavior: 'instant'})")
    page.locator("#more-hero > summary").click()
    page.locator("#id_hero-headline").press_sequentially("A cut & a “shave” <3", delay=20)
    saved(page)
    expect(page.locator("#more-hero [data-count]").first).to_have_text("20 of 95 letters")
    assert page.locator("#id_hero-headline").input_value() == "A cut & a “shave” <3"
    page.wait_for_function("document.querySelector('.preview__frame').contentWindow.scrollY === 400")
    page.reload()
    assert page.locator("#id_hero-headline").input_value() == "A cut & a “shave” <3"
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#id_hero-headline")).to_have_value("")
    page.get_by_role("button", name="Redo").click()
    expect(page.locator("#id_hero-headline")).to_have_value("A cut & a “shave” <3")


@pytest.mark.thorough
def test_what_cannot_be_saved_is_said_beside_the_field(open_studio: Callable[..., Page]) -> None:
    page = open_studio(size=DESKTOP)
    page.locator("#more-services > summary").click()
    page.locator("#id_services-count").fill("99")
    expect(page.locator("#error-services-count")).to_contain_text("A whole number from")
    expect(page.locator("#look-status")).to_contain_text("Not saved yet")
    page.locator("#id_services-count").fill("4")
    expect(page.locator("#error-services-count")).to_be_empty()
    saved(page)


def test_sections_are_moved_by_keys_alone(open_studio: Callable[..., Page]) -> None:
    page = open_studio(size=DESKTOP)
    before = order(page)
    key, above = before[2], before[1]
    page.locator(f"#up-{key}").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-said]")).to_contain_text("place 2 of")
    assert order(page)[1:3] == [key, above]
    assert page.evaluate("document.activeElement.id") == f"up-{key}"
    page.keyboard.press("Enter")
    expect(page.locator("[data-said]")).to_contain_text("place 1 of")
    # It cannot go further up: the other way is at hand.
    assert page.evaluate("document.activeElement.id") == f"down-{key}"
    page.keyboard.press("Space")
    expect(page.locator("[data-said]")).to_contain_text("place 2 of")
    page.reload()
    assert order(page)[1] == key


def test_a_section_is_dragged_and_switched_off(open_studio: Callable[..., Page]) -> None:
    page = open_studio(size=DESKTOP)
    before = order(page)
    first, third = before[0], before[2]
    grip = page.locator(f"#section-{third} [data-grip]")
    grip.scroll_into_view_if_needed()
    start, goal = grip.bounding_box(), page.locator(f"#section-{first}").bounding_box()
    assert start
    assert goal
    page.mouse.move(start["x"] + 10, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(start["x"] + 10, goal["y"] + 20, steps=5)
    page.mouse.move(start["x"] + 10, goal["y"] + 4, steps=5)
    page.mouse.up()
    saved(page)
    assert order(page)[0] == third
    page.locator(f"#id_{third}-is_shown").click()
    expect(page.locator("#look-status")).to_contain_text("not published yet")
    page.reload()
    assert order(page)[0] == third
    assert not page.locator(f"#id_{third}-is_shown").is_checked()


@pytest.mark.thorough
def test_another_template_and_back(open_studio: Callable[..., Page]) -> None:
    page = open_studio(size=DESKTOP)
    was = page.locator("[name=template]:checked").get_attribute("value")
    page.locator("#template-showcase").check(force=True)
    expect(page.locator("#use-templates-theme")).to_be_visible()
    saved(page)
    assert order(page)[:2] == ["hero", "about"]
    page.locator("#use-templates-theme").click()
    expect(page.locator("#id_brand_hex")).to_have_value("#34594a")
    expect(page.locator("#use-templates-theme")).to_have_count(0)
    page.locator(f"#template-{was}").check(force=True)
    expect(page.locator("#use-templates-theme")).to_be_visible()


def test_two_windows_do_not_write_over_each_other(open_studio: Callable[..., Page]) -> None:
    mine, theirs = open_studio(size=DESKTOP), open_studio(size=DESKTOP)
    theirs.locator("#id_brand_hex").fill("#123a7a")
    saved(theirs)
    mine.locator("#more-hero > summary").click()
    mine.locator("#id_hero-headline").fill("Mine")
    expect(mine.get_by_role("alert")).to_contain_text("changed the draft at")
    # However long somebody goes on typing.
    mine.locator("#id_hero-headline").fill("Still mine")
    mine.wait_for_timeout(900)
    theirs.reload()
    assert theirs.locator("#id_brand_hex").input_value() == "#123a7a"
    assert theirs.locator("#id_hero-headline").input_value() == ""
    mine.get_by_role("button", name="Save mine over it").click()
    saved(mine)
    theirs.reload()
    assert theirs.locator("#id_hero-headline").input_value() == "Still mine"
    theirs.locator("#id_accent_hex").fill("#123a7b")
    saved(theirs)
    mine.locator("#id_accent_hex").fill("#aa3a7b")
    mine.get_by_role("link", name="Load theirs").click()
    expect(mine.locator("#id_accent_hex")).to_have_value("#123a7b")


def test_a_server_that_is_away_loses_nothing(open_studio: Callable[..., Page]) -> None:
    page = open_studio(size=DESKTOP)
    page.route("**/look/", lambda route: route.fulfill(status=429, body=""))
    page.locator("#id_brand_hex").fill("#123a7a")
    expect(page.locator("#look-status")).to_have_text("Could not save.")
    page.unroute("**/look/")
    page.get_by_role("button", name="Try again").click()
    saved(page)
    expect(page.get_by_role("button", name="Try again")).to_be_hidden()


def test_without_scripts(demo: Demo, open_studio: Callable[..., Page]) -> None:
    page = open_studio(size=DESKTOP, scripts=False)
    page.locator("#id_brand_hex").fill("#f2a7c3")
    page.get_by_role("button", name="Save draft").last.click()
    expect(page.get_by_role("status").first).to_contain_text("Draft saved.")
    page.locator("#nearest-all").click()
    expect(page.locator("#findings")).to_have_count(0)
    before = order(page)
    page.locator(f"#down-{before[0]}").click()
    eventually(lambda: order(page)[:2] == [before[1], before[0]])
    page.get_by_role("button", name="Undo").click()
    eventually(lambda: order(page) == before)
    page.locator("#palette-ready-3").click()
    expect(page.locator("#id_brand_hex")).to_have_value("#b3174f")
    page.get_by_role("link", name="Publish").click()
    expect(page.locator("main")).to_contain_text("is now #b3174f")
    page.goto(address(demo))
    page.get_by_role("button", name="Start over").click()
    expect(page.locator("#look-status")).to_contain_text("This is what clients see.")


def test_no_accessibility_violations_and_nothing_sticks_out(
    demo: Demo, open_studio: Callable[..., Page]
) -> None:
    page = open_studio()
    page.locator("#id_brand_hex").fill("#999999")
    expect(page.locator("#findings")).to_be_visible()
    found = []
    for path in PATHS:
        page.goto(address(demo, path))
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        found += find_problems(page, sizes=(NARROW, PHONE, DESKTOP))
    assert found == []


@pytest.mark.thorough
def test_the_preview_on_a_phone_and_its_ways(open_studio: Callable[..., Page]) -> None:
    page = open_studio(size=PHONE)
    page.locator(".look__foot").get_by_role("link", name="Preview").click()
    expect(page.frame_locator(".preview__frame").locator("h1")).to_be_in_viewport()
    page.get_by_role("button", name="Dark").click()
    expect(page.frame_locator(".preview__frame").locator("html[data-mode=dark]")).to_have_count(1)
    page.get_by_role("link", name="Back to the form").click()
    expect(page.locator("#look-title")).to_be_in_viewport()
    wide = open_studio(size=DESKTOP)
    wide.get_by_role("button", name="Desktop").click()
    width = wide.frame_locator(".preview__frame").locator("html").evaluate("() => innerWidth")
    assert width > 960
    assert re.search(r"look/$", wide.url)
