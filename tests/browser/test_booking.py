"""The main job: a client books at each of the four salons, with scripts and without, and it stands."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, SLUGS, Demo
from tests.browser.test_pages import violations


def appointments(demo: Demo, slug: str) -> list[dict[str, Any]]:
    """What the store booked, as the salon's back office has it."""
    answer = requests.get(f"{demo.sandbox}/sandbox/{slug}/bookings?origin=store", timeout=10)
    rows: list[dict[str, Any]] = answer.json()["data"]
    return rows


def mail_to(demo: Demo, address: str) -> dict[str, Any]:
    deadline = time.monotonic() + 45
    while time.monotonic() < deadline:
        answer = requests.get(f"{demo.sandbox}/sandbox/mailbox.json", params={"to": address}, timeout=10)
        if found := answer.json()["data"]:
            message: dict[str, Any] = found[0]
            return message
        time.sleep(0.5)
    raise AssertionError(f"no mail to {address}")


def choose_a_time(
    page: Page, demo: Demo, slug: str, *, is_far: bool = False, service: str = "/services/"
) -> None:
    """From a service's page: choose a time, take the first one free, go on. Three taps.

    `is_far`: on the last day shown, which is outside the cancellation window. `service`: its id, where it is
    not to be the first one.
    """
    page.goto(demo.store(slug, "/services/"))
    page.locator(
        f"main .service-row:has(.service-row__act) .service-row__name a[href*='{service}']"
    ).first.click()
    page.locator("button[form=service-form]:visible").click()
    page.wait_for_url("**/book/time/**")
    if is_far:
        page.locator(".days a.day:not(:has(.day__load--none))").last.click()
        page.wait_for_url("**day=**")
    if not page.locator("input[name=slot]").count():
        page.locator("main a[href*='day=']").first.click()
    page.locator("input[name=slot]").first.check(force=True)
    page.locator("button[form=time-form]:visible").first.click()
    page.wait_for_url("**/details/")


def fill_in(page: Page, address: str) -> None:
    page.fill("input[name=first_name]", "Zoë")
    page.fill("input[name=last_name]", "Nguyễn-O’Brien")
    page.fill("input[name=email]", address)
    page.locator("main form[method=post] button.button[type=submit]").last.click()
    page.wait_for_url("**/confirm/")


@pytest.mark.parametrize(
    ("slug", "scripts"),
    [
        pytest.param(slug, scripts, marks=[] if scripts == bool(number % 2) else pytest.mark.thorough)
        for number, slug in enumerate(SLUGS)
        for scripts in (True, False)
    ],
)
def test_a_client_books(demo: Demo, open_page: Callable[..., Page], slug: str, scripts: bool) -> None:
    address = f"zoe.{slug}.{'js' if scripts else 'plain'}@example.com"
    before = {row["id"] for row in appointments(demo, slug)}
    is_dark = slug in {"sen-nails", "one-chair"}
    page = open_page(size=PHONE if scripts else DESKTOP, dark=is_dark, scripts=scripts)
    choose_a_time(page, demo, slug)
    if scripts:
        assert not violations(page)
    fill_in(page, address)
    if scripts:
        assert not violations(page)
    page.locator("#confirm-form button").click()
    page.wait_for_url("**/bookings/*/")
    made = [row for row in appointments(demo, slug) if row["id"] not in before]
    assert len(made) == 1
    expect(page.locator("main")).to_contain_text(made[0]["confirmationNumber"])
    expect(page.locator("main")).to_contain_text(address)
    if scripts:
        assert not violations(page)
    mail = mail_to(demo, address)
    assert made[0]["confirmationNumber"] in str(mail)
    assert "invite.ics" in str(mail)


def test_what_was_typed_stays_and_the_message_stands_at_the_field(
    demo: Demo, open_page: Callable[..., Page]
) -> None:
    page = open_page(scripts=False)
    choose_a_time(page, demo, "luna-hair")
    page.fill("input[name=first_name]", "Séverine")
    page.fill("input[name=email]", "severine@example")
    page.fill("textarea[name=notes]", "Allergic to <b>henna</b>")
    page.locator("main form[method=post] button.button[type=submit]").last.click()
    assert page.input_value("input[name=first_name]") == "Séverine"
    assert page.input_value("textarea[name=notes]") == "Allergic to <b>henna</b>"
    email = page.locator("input[name=email]")
    expect(email).to_have_attribute("aria-invalid", "true")
    described = (email.get_attribute("aria-describedby") or "").split()
    assert any(page.locator(f"#{name}.field__error").count() for name in described)
    page.locator(".notice--bad a").first.click()
    assert re.search(r"#\w+", page.url)


def test_booking_by_keyboard_alone(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_page(size=DESKTOP)
    page.goto(demo.store("one-chair", "/services/"))
    page.locator("a.service-row__act").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/book/**")
    if "/book/time/" not in page.url:
        page.locator("main form button[type=submit]").last.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/book/time/**")
    page.locator("input[name=slot]").first.focus()
    page.keyboard.press("Space")
    page.locator("button[form=time-form]:visible").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/details/")
    for name, text in (("first_name", "Ada"), ("last_name", "King"), ("email", "ada@example.com")):
        page.locator(f"input[name={name}]").focus()
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.wait_for_url("**/confirm/")
    page.locator("#confirm-form button").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/bookings/*/")
    expect(page.locator("main")).to_contain_text("ada@example.com")


def set_fault(demo: Demo, **faults: Any) -> None:
    body = {"upstream": "mangobiz", "faults": faults} if faults else {"clear": True}
    requests.put(f"{demo.sandbox}/sandbox/faults", json=body, timeout=10).raise_for_status()


def test_mango_biz_stops_at_the_last_step_and_comes_back(demo: Demo, open_page: Callable[..., Page]) -> None:
    """The booking is kept, the client told the truth, and it arrives when Mango Biz is back."""
    page = open_page()
    before = {row["id"] for row in appointments(demo, "sen-nails")}
    choose_a_time(page, demo, "sen-nails")
    fill_in(page, "patient@example.com")
    set_fault(demo, down="close")
    try:
        page.locator("#confirm-form button").click()
        page.wait_for_url("**/bookings/*/")
        assert not violations(page)
        other = open_page().goto(demo.store("sen-nails", "/services/"))
        assert other is not None
        assert other.status == 200
    finally:
        set_fault(demo)
    mail = mail_to(demo, "patient@example.com")
    assert mail
    deadline = time.monotonic() + 90
    while not (made := [row for row in appointments(demo, "sen-nails") if row["id"] not in before]):
        assert time.monotonic() < deadline
        time.sleep(1)
    assert len(made) == 1
    # The page looks again by itself every ten seconds.
    expect(page.locator("main")).to_contain_text(made[0]["confirmationNumber"], timeout=30_000)


def test_a_client_cancels_from_the_mail(demo: Demo, open_page: Callable[..., Page]) -> None:
    """The link in the mail opens the page; cancelling asks first, and can be taken back at once."""
    page = open_page()
    choose_a_time(page, demo, "stille-spa", is_far=True)
    fill_in(page, "absage@example.com")
    page.locator("#confirm-form button").click()
    page.wait_for_url("**/bookings/*/")
    link = re.search(
        r"http://stille-spa\.localhost:\d+/bookings/[\w-]{43}/", str(mail_to(demo, "absage@example.com"))
    )
    assert link
    page.goto(link[0])
    cancel(page)
    assert not violations(page)
    assert statuses(demo, "stille-spa", "absage@example.com") == ["cancelled"]
    page.locator("form[action*=restoration] button[type=submit]").click()
    page.wait_for_load_state("load")
    expect(page.locator("main")).to_contain_text("steht wieder")
    assert statuses(demo, "stille-spa", "absage@example.com") == ["cancelled", "confirmed"]
    page.goto(link[0])
    cancel(page)
    assert statuses(demo, "stille-spa", "absage@example.com") == ["cancelled", "cancelled"]


def cancel(page: Page) -> None:
    """In two steps: the first one only asks."""
    page.locator("a[href$='/cancellation/']").click()
    expect(page.locator("main")).to_contain_text("Noch ist nichts abgesagt")
    assert not violations(page)
    page.locator("button.button--danger").click()
    page.wait_for_load_state("load")
    expect(page.locator("main")).to_contain_text("Ihr Termin ist abgesagt")


def statuses(demo: Demo, slug: str, email: str) -> list[str]:
    return sorted(row["status"] for row in appointments(demo, slug) if row["client"]["email"] == email)
