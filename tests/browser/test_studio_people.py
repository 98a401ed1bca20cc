"""The merchant's way in, in a real browser: password, app, recovery code, people, history; and the operators'
first page. The console is watched by `open_page`: a violated Content-Security-Policy fails the test."""

import json
import re
import sqlite3
import time
from base64 import b32decode
from collections.abc import Callable, Iterator

import pytest
from django_otp.oath import totp
from playwright.sync_api import Page

from tests.browser.conftest import DESKTOP, PHONE, Demo
from tests.browser.looks import find_problems

SLUG = "one-chair"
OWNER = f"owner@{SLUG}.example"
STUDIO = f"/admin/stores/{SLUG}/"


def platform(demo: Demo, path: str) -> str:
    return f"http://localhost:{demo.port}{path}"


def password(demo: Demo) -> str:
    return str(json.loads((demo.folder / "keys.json").read_text())["admin_password"])


def log_in(page: Page, demo: Demo, name: str, path: str = "/admin/") -> None:
    page.goto(platform(demo, path))
    page.get_by_label("E-mail address").fill(name)
    page.get_by_label("Password").fill(password(demo))
    with page.expect_navigation():
        page.get_by_role("button", name="Log in").click()


def key_of(page: Page) -> bytes:
    text = (page.locator(".secret").text_content() or "").replace(" ", "")
    return b32decode(text + "=" * (-len(text) % 8))


def code(key: bytes, *, later: int = 0) -> str:
    return f"{totp(key, drift=later):06}"


def enter(page: Page, label: str, value: str) -> None:
    page.get_by_label(label, exact=True).fill(value)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def is_sound(page: Page) -> None:
    assert find_problems(page) == []


@pytest.fixture
def no_devices(demo: Demo) -> Iterator[None]:
    """The demo is shared: what a test sets up is gone after it."""
    yield
    with sqlite3.connect(demo.folder / "store.sqlite3", timeout=20) as rows:
        rows.execute("DELETE FROM otp_static_statictoken")
        rows.execute("DELETE FROM otp_static_staticdevice")
        rows.execute("DELETE FROM otp_totp_totpdevice")


def test_setting_up_an_app_and_coming_in_with_it(
    demo: Demo,
    open_page: Callable[..., Page],
    no_devices: None,
) -> None:
    page = open_page()
    page.goto(platform(demo, "/admin/"))
    is_sound(page)
    log_in(page, demo, OWNER, STUDIO)
    page.goto(platform(demo, "/admin/account/"))
    is_sound(page)
    page.get_by_label("Your password").fill(password(demo))
    page.get_by_role("button", name="Set up an app").click()
    page.get_by_role("img", name="QR code").wait_for()
    is_sound(page)
    key = key_of(page)
    enter(page, "Code", "12")
    page.get_by_text("This code is wrong").first.wait_for()
    is_sound(page)
    time.sleep(1.1)  # django-otp's wait after a first wrong code
    enter(page, "Code", code(key))
    codes = page.locator(".codes li").all_text_contents()
    assert len(codes) == 10
    is_sound(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as text").click()
    assert codes[3] in download.value.path().read_text()
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_text("10 recovery codes are left").wait_for()

    other = open_page()
    log_in(other, demo, OWNER, STUDIO)
    other.get_by_role("heading", name="Your code").wait_for()
    is_sound(other)
    enter(other, "Code", code(key, later=1))
    assert other.url == platform(demo, STUDIO)

    third = open_page()
    log_in(third, demo, OWNER, STUDIO)
    third.get_by_role("link", name="Use a recovery code instead").click()
    is_sound(third)
    enter(third, "Recovery code", codes[0])
    assert third.url == platform(demo, STUDIO)
    third.get_by_text("9 recovery codes are left").wait_for()


def test_people_and_history(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_page()
    log_in(page, demo, OWNER, f"{STUDIO}people/")
    is_sound(page)
    page.get_by_label("E-mail address").fill("not an address")
    page.get_by_role("button", name="Send the invitation").click()
    page.get_by_text("One thing needs another look").wait_for()
    is_sound(page)
    page.get_by_label("E-mail address").fill("rosa.of.a.very.long.name.indeed@a-salon-of-a-long-name.example")
    page.get_by_label("Viewer").check()
    page.get_by_role("button", name="Send the invitation").click()
    page.get_by_text("is on its way").wait_for()
    is_sound(page)
    page.goto(platform(demo, f"{STUDIO}history/"))
    assert page.get_by_text("Invited somebody").first.is_visible()
    is_sound(page)
    page.goto(platform(demo, "/admin/records/"))
    is_sound(page)


def test_operators_pages(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_page()
    log_in(page, demo, "admin")
    page.get_by_role("link", name=re.compile("Stores published")).wait_for()
    is_sound(page)
    for path in (
        "/admin/store/store/",
        "/admin/store/email/",
        "/admin/store/auditentry/",
        "/admin/auth/user/",
        "/admin/auth/user/1/change/",
    ):
        page.goto(platform(demo, path))
        for width, height in (PHONE, DESKTOP):
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_without_javascript(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_page(scripts=False)
    log_in(page, demo, OWNER, f"{STUDIO}people/")
    page.locator("summary", has_text="Leave").click()
    page.get_by_role("button", name="Leave the store").click()
    page.get_by_text("A store needs an owner.").wait_for()


@pytest.mark.parametrize("path", ["/admin/password-reset/", "/admin/invitations/nothing/"])
def test_pages_of_strangers(demo: Demo, open_page: Callable[..., Page], path: str) -> None:
    page = open_page()
    page.goto(platform(demo, path))
    is_sound(page)
