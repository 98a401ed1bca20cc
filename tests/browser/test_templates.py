"""Every template with every section, in both modes, on phone and desk, with the longest words there are."""

import json
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Page

from config.management.commands.demo import LOOKS
from store.design import Design
from tests.browser.conftest import DESKTOP, IS_LONG, PHONE, Demo
from tests.browser.looks import find_problems
from tests.looks import make_look, say_everywhere

MEASURES = (Path(__file__).parent / "measures.js").read_text()
TEMPLATES = {look.template: slug for slug, look in LOOKS.items()}
WORDS = {
    "german": (
        "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz, Feuchtigkeitsintensivbehandlung und"
        " Donaudampfschifffahrtsgesellschaftskapitänsmützen für Geschwindigkeitsbegrenzungsbefürworter. "
    ),
    "vietnamese": (
        "Chăm sóc móng tay truyền thống kết hợp đắp mặt nạ sáp ong, ngâm thảo dược và vẽ hoa mai nghệ thuật"
        " thượng hạng cho những buổi chiều thật nhẹ nhàng ở tiệm của gia đình chúng tôi. "
    ),
}
# As Mango Biz may have them: of services, staff and products.
NAMES = {
    "german": (
        "Feuchtigkeitsintensivbehandlung mit Gesichtsmuskelentspannungsmassage",
        "Maximiliane-Charlotte Freifrau von Wolkenstein-Trostburg-Rodenegg",
        "Sonnenschutzfeuchtigkeitspflegelotion Lichtschutzfaktorfünfzig",
    ),
    "vietnamese": (
        "Chăm sóc móng tay truyền thống kết hợp đắp mặt nạ sáp ong và ngâm chân thảo dược",
        "Nguyễn Phạm Trần Thị Quỳnh Hương Giang Thượng Uyển",
        "Dầu dưỡng móng tinh chất hoa sen trắng thượng hạng của bà ngoại",
    ),
}
KINDS = (("services", "services"), ("team", "staff"), ("shop", "products"))
RENAMED = 3  # of a kind in each store


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline, "It never happened."
        time.sleep(0.2)


@contextmanager
def dressed(demo: Demo, looks: dict[str, Design]) -> Iterator[None]:
    """The demo's stores show these looks; afterwards their own again."""
    of_store = "id = (SELECT live_version_id FROM store_store WHERE slug = ?)"
    with sqlite3.connect(demo.folder / "store.sqlite3", timeout=30) as database:
        before = {
            slug: database.execute(
                f"SELECT design FROM store_designversion WHERE {of_store}", (slug,)
            ).fetchone()[0]
            for slug in looks
        }

    def write(designs: dict[str, str]) -> None:
        with sqlite3.connect(demo.folder / "store.sqlite3", timeout=30) as database:
            for slug, design in designs.items():
                database.execute(
                    f"UPDATE store_designversion SET design = ? WHERE {of_store}", (design, slug)
                )

    write({slug: json.dumps(look.to_dict()) for slug, look in looks.items()})
    try:
        yield
    finally:
        write(before)
        time.sleep(5.2)  # store.queries.REMEMBER_SECONDS


@contextmanager
def renamed(demo: Demo, names: tuple[str, ...]) -> Iterator[None]:
    """Some of what each front page shows has these names in Mango Biz; afterwards its own again."""
    before: dict[str, str] = {}
    for slug in TEMPLATES.values():
        page = demo.read_home(slug)
        for (route, kind), name in zip(KINDS, names, strict=True):
            for row in list(dict.fromkeys(re.findall(rf'href="/{route}/([0-9a-f-]{{36}})-', page)))[:RENAMED]:
                url = f"{demo.sandbox}/sandbox/{slug}/{kind}/{row}"
                before[url] = requests.get(url, timeout=10).json()["name"]
                requests.patch(url, json={"name": name}, timeout=10).raise_for_status()
    try:
        for slug in TEMPLATES.values():
            wait_until(lambda slug=slug: all(name in demo.read_home(slug) for name in names))  # type: ignore[misc]
        yield
    finally:
        for url, name in before.items():
            requests.patch(url, json={"name": name}, timeout=10).raise_for_status()


@pytest.fixture(scope="module", params=list(WORDS))
def wordy(demo: Demo, request: pytest.FixtureRequest) -> Iterator[Demo]:
    """Every section is shown, every text is as long as it may be, in the language's longest words."""
    said = say_everywhere(WORDS[request.param] * 10)
    looks = {
        slug: replace(make_look(template, said=said), theme=LOOKS[slug].theme)
        for template, slug in TEMPLATES.items()
    }
    with dressed(demo, looks):
        for slug in TEMPLATES.values():
            wait_until(lambda slug=slug: said["promotion"]["title"] in demo.read_home(slug))  # type: ignore[misc]
        with renamed(demo, NAMES[request.param]):
            yield demo


@pytest.fixture(scope="module")
def full(demo: Demo) -> Iterator[Demo]:
    """Every section is shown, with the words of the salons."""
    said = {"promotion": {"title": "Ten percent off before noon"}, "stats": {"opened_in": 2004}}
    looks = {
        slug: replace(make_look(template, said=said), theme=LOOKS[slug].theme)
        for template, slug in TEMPLATES.items()
    }
    with dressed(demo, looks):
        for slug in TEMPLATES.values():
            wait_until(lambda slug=slug: "Ten percent off" in demo.read_home(slug))  # type: ignore[misc]
        yield demo


def visit(page: Page, demo: Demo, template: str) -> None:
    page.goto(demo.store(TEMPLATES[template]), wait_until="load")
    page.evaluate("document.fonts.ready")


def measure(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(MEASURES)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return {name: texts for name, texts in found.items() if texts} | ({"wider by": wide} if wide > 0 else {})


@pytest.mark.parametrize("width", [320, 390, 1280] if IS_LONG else [320])
@pytest.mark.parametrize("template", TEMPLATES)
def test_the_longest_words_neither_touch_nor_stick_out(
    wordy: Demo, open_page: Callable[..., Page], template: str, width: int
) -> None:
    page = open_page(size=(width, 800))
    visit(page, wordy, template)
    assert not measure(page)


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_section_is_for_everybody(full: Demo, open_page: Callable[..., Page], template: str) -> None:
    page = open_page()
    visit(page, full, template)
    assert find_problems(page) == []
    for width, height in (PHONE, DESKTOP):
        page.set_viewport_size({"width": width, "height": height})
        assert not measure(page)


@pytest.mark.parametrize("template", TEMPLATES if IS_LONG else ["booking-first", "minimal"])
def test_without_scripts_nothing_is_missing(
    full: Demo, open_page: Callable[..., Page], template: str
) -> None:
    found = []
    for scripts in (True, False):
        page = open_page(size=DESKTOP, scripts=scripts)
        page.goto(full.store(TEMPLATES[template]), wait_until="load")
        main = page.locator("main")
        found.append((main.locator("h1, h2").all_inner_texts(), main.locator("img").count()))
    assert found[0] == found[1]
    page.locator("main :is(a[href^='/book/'], form[action='/book/time/'] button)").first.click()
    assert "/book/" in page.url
