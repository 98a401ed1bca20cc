"""Asking and finding as clients do: in the panel, on the page without scripts, with the AI and without."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, SLUGS, Demo
from tests.browser.test_booking import appointments, fill_in
from tests.browser.test_pages import violations

QUESTIONS = {
    "luna-hair": ("Can I book a silk press?", "Silk Press"),
    "sen-nails": ("I would like a gel manicure", "Gel Manicure"),
    "stille-spa": ("Haben Sie eine Aromaölmassage?", "Aromaölmassage"),
    "one-chair": ("Can I book a beard trim?", ""),
}


@contextmanager
def ai_fault(demo: Demo, **faults: Any) -> Iterator[None]:
    url = f"{demo.sandbox}/sandbox/faults"
    requests.put(url, json={"upstream": "ai", "faults": faults}, timeout=10).raise_for_status()
    try:
        yield
    finally:
        requests.put(url, json={"clear": True}, timeout=10).raise_for_status()


def ask(page: Page, text: str) -> None:
    """In whatever conversation the page shows; returns once the answer is there."""
    answers = page.locator(".turn--salon:not(.turn--waiting)").count()
    page.fill("chat-talk textarea", text)
    page.locator("chat-talk .chat__form button").click()
    expect(page.locator(".turn--salon:not(.turn--waiting)")).to_have_count(answers + 1)


def open_panel(page: Page) -> None:
    page.locator("chat-button a").click()
    page.wait_for_selector("dialog chat-talk textarea")


@pytest.mark.parametrize("slug", SLUGS)
def test_a_client_asks_for_a_service_and_books_it(
    demo: Demo, open_page: Callable[..., Page], slug: str
) -> None:
    page = open_page(size=PHONE, dark=slug == "sen-nails")
    page.goto(demo.store(slug))
    open_panel(page)
    question, name = QUESTIONS[slug]
    ask(page, question)
    expect(page.locator(".offer").first).to_contain_text(name)
    assert not violations(page)
    book_from_offer(page, demo, slug, f"chat.{slug}@example.com")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_the_same_by_the_salons_facts_while_the_ai_is_down(
    demo: Demo, open_page: Callable[..., Page], scripts: bool
) -> None:
    page = open_page(size=DESKTOP, scripts=scripts)
    with ai_fault(demo, down="close"):
        page.goto(demo.store("luna-hair", "/services/"))
        page.locator("chat-button a").click()
        page.wait_for_selector("chat-talk textarea")
        page.fill("chat-talk textarea", "How much is a silk press?")
        page.locator("chat-talk .chat__form button").click()
        expect(page.locator(".offer").first).to_contain_text("Silk Press")
        expect(page.locator("chat-talk .notice").first).to_contain_text("AI temporarily unavailable")
        if scripts:
            assert not violations(page)
        book_from_offer(page, demo, "luna-hair", f"down.{scripts}@example.com")


def book_from_offer(page: Page, demo: Demo, slug: str, address: str) -> None:
    before = {row["id"] for row in appointments(demo, slug)}
    page.locator(".offer__acts a[href*='/book/time/']").first.click()
    page.wait_for_url("**/book/time/**")
    if not page.locator("input[name=slot]").count():
        page.locator("main a[href*='day=']").first.click()
    page.locator("input[name=slot]").first.check(force=True)
    page.locator("button[form=time-form]:visible").first.click()
    page.wait_for_url("**/details/")
    fill_in(page, address)
    page.locator("#confirm-form button").click()
    page.wait_for_url("**/bookings/*/")
    assert len([row for row in appointments(demo, slug) if row["id"] not in before]) == 1


def test_the_conversation_goes_on_from_page_to_page(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_page(size=DESKTOP)
    page.goto(demo.store("luna-hair"))
    open_panel(page)
    ask(page, "When are you open?")
    page.keyboard.press("Escape")
    expect(page.locator("dialog.chat-panel")).to_be_hidden()
    expect(page.locator("chat-button a")).to_be_focused()
    page.goto(demo.store("luna-hair", "/shop/"))
    open_panel(page)
    expect(page.locator(".turn--client")).to_have_text("When are you open?")
    page.goto(demo.store("luna-hair", "/assistant/"))
    expect(page.locator(".turn--client")).to_have_text("When are you open?")
    assert not violations(page)
    page.locator("details:has(form[action*='deletion']) summary").click()
    page.locator("form[action*='deletion'] button").click()
    expect(page.locator("main")).to_contain_text("Your conversation is deleted.")
    expect(page.locator(".turn--client")).to_have_count(0)


def test_what_did_not_get_through_is_not_lost(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.goto(demo.store("luna-hair"))
    open_panel(page)
    with ai_fault(demo, rateLimited=30):
        page.fill("chat-talk textarea", "Still here?")
        page.keyboard.press("Enter")
        expect(page.locator("chat-talk [role=alert]")).to_contain_text("Please wait")
    assert page.input_value("chat-talk textarea") == "Still here?"
    expect(page.locator(".turn--client")).to_have_count(0)


def test_a_hostile_model_stays_words(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_page(size=DESKTOP)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(demo.store("luna-hair"))
    open_panel(page)
    with ai_fault(demo, hostile=True):
        for text in ("Hello", "balayage", "Do you have shampoo?"):
            ask(page, text)
    hosts = {url.partition("//")[2].partition("/")[0].partition(":")[0] for url in asked}
    assert hosts == {"luna-hair.localhost"}
    links = page.eval_on_selector_all("dialog a", "all => all.map(a => a.href)")
    assert all(link.startswith(demo.store("luna-hair")) for link in links if "link-out" not in link)
    assert (
        page.evaluate("document.querySelectorAll('dialog script, dialog img[onerror], dialog iframe').length")
        == 0
    )


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_search_from_any_page(demo: Demo, open_page: Callable[..., Page], scripts: bool) -> None:
    page = open_page(scripts=scripts)
    page.goto(demo.store("luna-hair", "/about/"))
    page.locator(".header__tools [popovertarget=finder]").click()
    expect(page.locator("#finder-q")).to_be_focused()
    page.keyboard.type("balayge")
    if scripts:
        expect(page.locator(".finder__result").first).to_contain_text("Hand-Painted Balayage")
        assert not violations(page)
        page.keyboard.press("ArrowDown")
        expect(page.locator(".finder__result").first).to_be_focused()
        page.keyboard.press("Enter")
        page.wait_for_url("**/services/*-hand-painted-balayage/")
    else:
        page.keyboard.press("Enter")
        page.wait_for_url("**/search/?q=balayge")
        expect(page.locator("main .service-row").first).to_contain_text("Hand-Painted Balayage")


@pytest.mark.parametrize("query", ["shampoo", "cancel", "xyzzy", ""])
def test_the_page_of_a_search(demo: Demo, open_page: Callable[..., Page], query: str) -> None:
    page = open_page(dark=query == "shampoo")
    page.goto(demo.store("luna-hair", f"/search/?q={query}"))
    assert not violations(page)
    assert page.locator("main a").count() >= 1
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
