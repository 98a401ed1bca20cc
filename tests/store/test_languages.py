"""Visitors read a store in a language it offers: the one they chose, else their browser's, else its own."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import gettext

from store.design import Design
from store.models import Store
from store.services import publish_design
from store.tenancy import StoreInfo, in_locale_of, store_scope

pytestmark = pytest.mark.django_db
Visit = Callable[[StoreInfo], Client]

PAGE = "/services/"
GERMAN, ENGLISH = "Leistungen", "Services"


def offer(store: StoreInfo, **display: Any) -> None:
    row = Store.objects.get(pk=store.id)
    row.display = display
    row.save()


def reads(response: Any) -> str:
    found = re.search(r'<html lang="([^"]*)"', response.content.decode())
    assert found
    return found[1]


@pytest.fixture
def spa(open_store: Callable[[str], StoreInfo]) -> StoreInfo:
    """In Berlin; it offers English, too."""
    store = open_store("stille-spa")
    offer(store, languages=["en"])
    return store


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("", "de-DE"),
        ("en-US,en;q=0.9", "en-DE"),
        ("fr-FR,fr;q=0.9,en;q=0.4,de;q=0.3", "en-DE"),
        ("en;q=0.3,de-AT;q=0.8", "de-DE"),
        ("vi, fr;q=0.5", "de-DE"),
        ("en;q=0", "de-DE"),
        ("*", "de-DE"),
        ("EN-gb", "en-DE"),
        ("not a header;;;q=x", "de-DE"),
        ("x" * 5000, "de-DE"),
    ],
)
def test_the_browsers_language_where_it_is_offered(spa: StoreInfo, asked: str, language: str) -> None:
    answer = Client(headers={"host": "stille-spa.localhost", "accept-language": asked}).get(PAGE)
    assert reads(answer) == language == answer["Content-Language"]
    assert (ENGLISH if language == "en-DE" else GERMAN) in answer.content.decode()


def test_what_was_chosen_goes_first_and_stays(spa: StoreInfo) -> None:
    browser = Client(headers={"host": "stille-spa.localhost", "accept-language": "en"})
    page = browser.get(PAGE).content.decode()
    assert re.search(r'value="en" lang="en" aria-pressed="true">English<', page)
    assert re.search(r'value="de" lang="de" aria-pressed="false">Deutsch<', page)
    answer = browser.post(
        "/preferences/language/",
        {"language": "de"},
        headers={"referer": "http://stille-spa.localhost/services/?length=60"},
    )
    assert (answer.status_code, answer["Location"]) == (
        303,
        "http://stille-spa.localhost/services/?length=60",
    )
    cookie = answer.cookies["language"]
    assert (cookie.value, cookie["samesite"], cookie["httponly"]) == ("de", "Lax", True)
    assert cookie["max-age"] == 365 * 24 * 3600
    assert reads(browser.get(PAGE)) == "de-DE"


def test_prices_and_times_follow_and_the_salons_words_stay(spa: StoreInfo) -> None:
    html = (
        Client(headers={"host": "stille-spa.localhost", "accept-language": "en"}).get(PAGE).content.decode()
    )
    assert "82\u00a0€" in html  # as English is written in Germany
    assert "Aromaölmassage" in html
    offer(spa, languages=["en"], clock="12", currency="code")
    html = (
        Client(headers={"host": "stille-spa.localhost", "accept-language": "en"})
        .get("/about/")
        .content.decode()
    )
    assert re.search(r"\d\u00a0pm", html)


@pytest.mark.parametrize("language", ["fr", "", "de-DE", "en\r\nx: y", "../en"])
def test_a_language_that_is_not_offered_is_not_kept(spa: StoreInfo, language: str) -> None:
    browser = Client(headers={"host": "stille-spa.localhost"})
    answer = browser.post("/preferences/language/", {"language": language})
    assert (answer.status_code, answer["Location"]) == (303, "/")
    assert "language" not in answer.cookies
    browser.cookies["language"] = "fr"
    assert reads(browser.get(PAGE)) == "de-DE"


def test_only_the_stores_own_pages_may_choose(spa: StoreInfo) -> None:
    browser = Client(headers={"host": "stille-spa.localhost", "origin": "https://elsewhere.example"})
    assert browser.post("/preferences/language/", {"language": "en"}).status_code == 403
    browser = Client(headers={"host": "stille-spa.localhost"})
    answer = browser.post(
        "/preferences/language/", {"language": "en"}, headers={"referer": "https://elsewhere.example/x"}
    )
    assert answer["Location"] == "/"


def test_a_store_with_one_language_asks_for_nothing(luna: StoreInfo, visit: Visit) -> None:
    browser = visit(luna)
    browser.cookies["language"] = "de"
    answer = browser.get(PAGE, headers={"accept-language": "de"})
    assert reads(answer) == "en-US"
    assert "preferences/language/" not in answer.content.decode()
    assert "Accept-Language" not in answer.get("Vary", "")


@pytest.mark.parametrize("template", ["booking-first", "minimal"])
def test_every_templates_foot_has_the_choice_and_the_privacy_text(spa: StoreInfo, template: str) -> None:
    with store_scope(spa):
        publish_design(design=Design.of_template(template), by="test")
    html = Client(headers={"host": "stille-spa.localhost"}).get("/policies/").content.decode()
    assert 'action="/preferences/language/"' in html
    assert 'href="/privacy/"' in html


def test_caches_are_told_what_it_depends_on(spa: StoreInfo) -> None:
    browser = Client(headers={"host": "stille-spa.localhost"})
    for path in (PAGE, "/nothing/", "/api/v1/cart"):
        assert {"Accept-Language", "Cookie"} <= {
            part.strip() for part in browser.get(path)["Vary"].split(",")
        }
    # What is the same in every language stays one copy.
    page = browser.get(PAGE).content.decode()
    sheet = re.search(r'href="(/theme-[^"]*)"', page)
    assert sheet
    assert "Content-Language" not in browser.get(sheet[1])
    assert "Accept-Language" not in browser.get(sheet[1]).get("Vary", "")


def test_the_neighbour_and_the_next_visitor_read_their_own(
    spa: StoreInfo, luna: StoreInfo, visit: Visit
) -> None:
    for _time in range(3):
        for asked, language in (("en", "en-DE"), ("de", "de-DE")):
            browser = Client(headers={"host": "stille-spa.localhost", "accept-language": asked})
            assert reads(browser.get(PAGE)) == language
    assert reads(visit(luna).get(PAGE, headers={"accept-language": "de"})) == "en-US"


def test_a_page_costs_no_queries_more(
    spa: StoreInfo, visit: Visit, django_assert_max_num_queries: Any
) -> None:
    browser = visit(spa)
    for asked in ("en", "de"):
        browser.get("/", headers={"accept-language": asked})
    with django_assert_max_num_queries(0):
        for asked in ("en", "de"):
            browser.get("/", headers={"accept-language": asked})


def test_the_same_store_in_another_language(luna: StoreInfo, spa: StoreInfo) -> None:
    german = luna.speaking("de")
    assert (german.locale, german.language, german.languages) == ("de-US", "de", luna.languages)
    assert german.speaking("en").locale == luna.locale
    with store_scope(spa), in_locale_of("en-DE"):
        assert gettext("Services") == ENGLISH
