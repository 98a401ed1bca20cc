"""A merchant's domain, from the page of the studio to a provider's (the sandbox's) and back."""

import json
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import DESKTOP, PHONE, Demo
from tests.browser.looks import NARROW, find_problems

APEX, HOST, BROKEN = "chair.example", "www.chair.example", "shop.chair.example"
TRUE = [(APEX, "A", "198.51.100.7"), (BROKEN, "CNAME", "a-very-long-name.of-a-website-builder.other.example")]


def enter(demo: Demo, records: list[tuple[str, str, str]]) -> None:
    """All the records the DNS has."""
    rows = [
        {"name": n, "type": t, "value": v} for n, t, v in [("stores.localhost", "A", "127.0.0.1"), *records]
    ]
    requests.put(f"{demo.sandbox}/sandbox/dns", json={"records": rows}, timeout=10).raise_for_status()


def address(demo: Demo, path: str = "domains/") -> str:
    return f"http://localhost:{demo.port}/admin/stores/one-chair/{path}"


def log_in(page: Page, demo: Demo) -> Page:
    keys = json.loads((demo.folder / "keys.json").read_text())
    page.goto(f"http://localhost:{demo.port}/admin/login/?next={urlsplit(address(demo)).path}")
    page.fill("[name=username]", "admin")
    page.fill("[name=password]", keys["admin_password"])
    page.locator("[type=submit]").click()
    page.wait_for_url(address(demo))
    return page


def add(page: Page, host: str) -> Locator:
    page.get_by_label("Your domain").fill(host)
    page.get_by_role("button", name="Add this domain").click()
    return card(page, host)


def card(page: Page, host: str) -> Locator:
    return page.get_by_role("region", name=host, exact=True)


def wait_for_redirect(demo: Demo) -> str:
    """Where a visitor of the old address is sent, once every process has noticed: five seconds at most."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        host = {"Host": "one-chair.localhost"}
        url = f"http://127.0.0.1:{demo.port}/team/"
        answer = requests.get(url, headers=host, allow_redirects=False, timeout=10)
        if answer.status_code == 301:
            return answer.headers["Location"]
        time.sleep(0.2)
    return ""


@pytest.fixture
def clean(demo: Demo, open_page: Callable[..., Page]) -> Iterator[None]:
    """Other tests want the store's address as it was."""
    enter(demo, TRUE)
    yield
    page = log_in(open_page(), demo)
    for _ in range(page.get_by_role("link", name="Release").count()):
        page.get_by_role("link", name="Release").first.click()
        page.get_by_role("button", name="Release this domain").click()
        expect(page.locator("main")).to_contain_text("is released.")
    enter(demo, [])


@pytest.mark.usefixtures("clean")
def test_a_domain_is_connected(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = log_in(open_page(size=DESKTOP), demo)
    add(page, f"https://{HOST}/")
    waiting = card(page, HOST)
    expect(waiting).to_contain_text("Waiting for DNS")
    wanted = [cell.inner_text() for cell in waiting.locator("code.copy__text").all()]
    assert wanted[0::2] == ["_mango-store.www", "www"]
    # At the provider, by hand.
    for kind, name, value in (("TXT", f"_mango-store.{HOST}", wanted[1]), ("CNAME", HOST, wanted[3])):
        page.goto(f"{demo.sandbox}/dns/")
        page.fill("[name=name]", name)
        page.select_option("[name=type]", kind)
        page.fill("[name=value]", value)
        page.get_by_role("button", name="Add record").click()
        expect(page.locator("main")).to_contain_text(value)
    page.goto(address(demo))
    card(page, HOST).get_by_role("button", name="Check now").click()
    expect(card(page, HOST)).to_contain_text("Connected")
    card(page, HOST).get_by_role("button", name="Make it the main address").click()
    expect(page.locator("main")).to_contain_text(f"Your main address is {HOST}.")
    assert wait_for_redirect(demo) == f"http://{HOST}:{demo.port}/team/"


@pytest.mark.usefixtures("clean")
def test_every_state_fits_and_is_accessible(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = log_in(open_page(), demo)
    for host in (BROKEN, APEX, "www.nobody-bought-this.example"):
        add(page, host)
    page.get_by_label("Your domain").fill("salon")
    page.get_by_role("button", name="Add this domain").click()
    expect(page.get_by_role("alert")).to_contain_text("This has no ending")
    for url in (None, address(demo)):  # with the mistake, then without it
        if url:
            page.goto(url)
        page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")
        assert find_problems(page, sizes=(NARROW, PHONE, DESKTOP)) == []
    page.get_by_role("link", name="Release").first.click()
    assert find_problems(page) == []


@pytest.mark.thorough
@pytest.mark.usefixtures("clean")
def test_a_value_is_copied(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = log_in(open_page(), demo)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    waiting = add(page, HOST)
    value = waiting.locator("code.copy__text").nth(1).inner_text()
    button = waiting.locator(".copy__button").nth(1)
    expect(button).to_have_accessible_name(f"Copy value {value}")
    button.click()
    expect(button).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == value
    box = button.bounding_box()
    assert box
    assert box["height"] >= 44


@pytest.mark.usefixtures("clean")
def test_it_works_without_scripts(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = log_in(open_page(scripts=False), demo)
    waiting = add(page, HOST)
    expect(waiting).to_contain_text("_mango-store.www")
    expect(waiting.locator(".copy__button").first).to_be_hidden()
    waiting.get_by_role("button", name="Check now").click()
    expect(page.locator("main")).to_contain_text("We have just looked. Below is what we saw.")
