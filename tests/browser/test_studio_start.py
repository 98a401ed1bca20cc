"""From an empty store to an open one on the salon's own domain, by somebody who only clicks and types."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
import requests
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import DESKTOP, PHONE, Demo
from tests.browser.looks import NARROW, find_problems

SLUG, HOST = "fern-row", "www.fern-row.example"
# What a person takes for it; the rest is measured. Reading counts with the clicks.
SECONDS_A_CLICK, SECONDS_A_FIELD = 5, 12
FIVE_MINUTES = 300


@dataclass
class Hands:
    """Clicks and types, and counts it."""

    page: Page
    clicks: int = 0
    fields: int = 0
    started: float = field(default_factory=time.monotonic)

    def click(self, target: Locator) -> None:
        self.clicks += 1
        target.click()

    def press(self, name: str) -> None:
        self.click(self.page.get_by_role("button", name=name, exact=True))

    def follow(self, name: str) -> None:
        self.click(self.page.get_by_role("link", name=name, exact=True).first)

    def type(self, label: str, text: str) -> None:
        self.fields += 1
        self.page.get_by_label(label).fill(text)

    @property
    def seconds(self) -> float:
        """What a person would have needed, with what the machine took."""
        waited = time.monotonic() - self.started
        return self.clicks * SECONDS_A_CLICK + self.fields * SECONDS_A_FIELD + waited


def studio(demo: Demo, path: str = "") -> str:
    return f"http://localhost:{demo.port}/admin/stores/{SLUG}/{path}"


def key_of(demo: Demo) -> str:
    salons = requests.get(f"{demo.sandbox}/sandbox/salons.json", timeout=10).json()
    [key] = [salon["apiKey"] for salon in salons if salon["slug"] == SLUG]
    return str(key)


def log_in(page: Page, demo: Demo) -> None:
    keys = json.loads((demo.folder / "keys.json").read_text())
    page.goto(studio(demo))
    page.fill("[name=username]", "admin")
    page.fill("[name=password]", keys["admin_password"])
    page.locator("[type=submit]").click()
    page.wait_for_url(studio(demo))


def visit(demo: Demo, host: str) -> requests.Response:
    """The store's front page on that host, as a stranger gets it."""
    url = f"http://127.0.0.1:{demo.port}/"
    return requests.get(url, headers={"Host": host}, allow_redirects=False, timeout=20)


def wait_for(demo: Demo, host: str, status: int) -> requests.Response:
    """Every web process notices what was published: within five seconds."""
    deadline = time.monotonic() + 15
    while (answer := visit(demo, host)).status_code != status and time.monotonic() < deadline:
        time.sleep(0.2)
    return answer


@pytest.fixture(scope="module")
def measured(demo: Demo) -> dict[str, float]:
    """What the first test notes for whoever reads the log."""
    return {}


def test_a_merchant_opens_a_store_in_five_minutes(
    demo: Demo, open_page: Callable[..., Page], measured: dict[str, float]
) -> None:
    page = open_page(size=DESKTOP)
    log_in(page, demo)
    assert visit(demo, f"{SLUG}.localhost").status_code == 404
    hands = Hands(page)
    hands.follow("Go on")
    hands.type("Key of Mango Biz", key_of(demo))
    hands.press("Test and connect")
    expect(page.locator("main")).to_contain_text("Connected to Fern Row: 8 services, 3 people, 4 products.")
    hands.click(page.get_by_role("radio", name="Showcase"))
    hands.press("Use this template")
    hands.click(page.locator("#brand .choice").first)
    hands.press("Use these colors")
    expect(page.locator("#facts")).to_contain_text("7 Fern Row")
    hands.press("All of this is right")
    hands.press("Book and cancel a test")
    expect(page.locator("#booking")).to_contain_text("It was canceled again")
    bring_the_domain(hands, demo)
    hands.follow("First steps")
    hands.follow("Check and publish")
    hands.press("Publish")
    expect(page.locator("main")).to_contain_text("open")
    answer = wait_for(demo, HOST, 200)
    measured |= {"clicks": hands.clicks, "fields": hands.fields, "seconds": hands.seconds}
    print(measured)
    assert answer.status_code == 200
    assert "Fern Row" in answer.text
    assert 'data-template="showcase"' in answer.text
    assert hands.seconds < FIVE_MINUTES
    old = wait_for(demo, f"{SLUG}.localhost", 301)
    assert (old.status_code, old.headers["Location"]) == (301, f"http://{HOST}:{demo.port}/")
    page.goto(studio(demo, "start/"))
    expect(page.locator("main")).to_contain_text("7 of 7 steps are done.")


def bring_the_domain(hands: Hands, demo: Demo) -> None:
    """Add it, enter at the provider what the page says, have it checked, make it the main address."""
    page = hands.page
    hands.follow("Use a domain of mine")
    hands.type("Your domain", HOST)
    hands.press("Add this domain")
    card = page.get_by_role("region", name=HOST, exact=True)
    wanted = [cell.inner_text() for cell in card.locator("code.copy__text").all()]
    records = [
        {"name": "stores.localhost", "type": "A", "value": "127.0.0.1"},
        {"name": f"_mango-store.{HOST}", "type": "TXT", "value": wanted[1]},
        {"name": HOST, "type": "CNAME", "value": wanted[3]},
    ]
    hands.fields += 4  # name and value of two records, at the provider's
    hands.clicks += 4
    requests.put(f"{demo.sandbox}/sandbox/dns", json={"records": records}, timeout=10).raise_for_status()
    hands.click(card.get_by_role("button", name="Check now"))
    expect(card).to_contain_text("Connected")
    hands.click(card.get_by_role("button", name="Make it the main address"))


def test_the_first_pages_fit_and_can_be_used_by_anybody(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_page()
    log_in(page, demo)
    for path in ("", "start/"):
        page.goto(studio(demo, path))
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        assert find_problems(page, sizes=(NARROW, PHONE, DESKTOP)) == []


def test_the_steps_need_no_script(demo: Demo, open_page: Callable[..., Page]) -> None:
    page = open_page(size=PHONE, scripts=False)
    log_in(page, demo)
    page.goto(studio(demo, "start/"))
    page.locator("#connection summary").click()
    page.get_by_label("Key of Mango Biz").fill("mbk_nonsense")
    page.get_by_role("button", name="Test and connect").click()
    expect(page.locator("#connection")).to_contain_text("Mango Biz does not know this key.")
