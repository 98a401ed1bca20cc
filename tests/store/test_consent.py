"""What a visitor agrees to, and what is known of one who did not."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client, RequestFactory

from analytics.models import Interaction
from analytics.services import record_interaction
from store.consent import COOKIE, Consent, read_consent, write_consent
from store.queries import forget_hosts
from store.tenancy import StoreInfo, store_scope

Visit = Callable[[StoreInfo], Client]

pytestmark = pytest.mark.django_db


@pytest.fixture
def salon(ai: Any, luna: StoreInfo) -> StoreInfo:
    """With an assistant."""
    return luna


def choose(browser: Client, personal: bool) -> Any:
    return browser.post("/preferences/", {"personal": "on"} if personal else {}, follow=True)


def consent_of(browser: Client, store: StoreInfo) -> Consent:
    request = RequestFactory().get("/")
    request.COOKIES = {name: morsel.value for name, morsel in browser.cookies.items()}
    with store_scope(store):
        return read_consent(request)


def remember(store: StoreInfo, visitor: str) -> None:
    with store_scope(store):
        record_interaction(kind=Interaction.Kind.CHAT, visitor=visitor, text="How long is a cut?")


def test_without_consent_there_is_no_cookie_and_no_name(salon: StoreInfo, visit: Visit) -> None:
    browser = visit(salon)
    page = browser.get("/preferences/")
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    html = page.content.decode()
    assert 'role="switch"' in html
    assert " checked" not in html
    assert not browser.cookies
    assert consent_of(browser, salon) == Consent(is_personal=False, visitor="")


def test_switching_it_on_gives_a_number_that_nobody_can_read(salon: StoreInfo, visit: Visit) -> None:
    browser = visit(salon)
    page = choose(browser, True)
    assert page.redirect_chain == [("/preferences/?saved=on", 303)]
    html = page.content.decode()
    assert "Saved: suggestions are made for you" in html
    assert " checked" in html
    cookie = browser.cookies[COOKIE]
    assert cookie["samesite"] == "Lax"
    assert cookie["httponly"]
    assert cookie["max-age"] == 180 * 24 * 3600
    assert not cookie["domain"]
    consent = consent_of(browser, salon)
    assert consent.is_personal
    assert len(consent.visitor) == 64
    assert consent.visitor not in cookie.value


def test_saving_again_keeps_the_number_and_others_get_their_own(salon: StoreInfo, visit: Visit) -> None:
    browser, other = visit(salon), visit(salon)
    choose(browser, True)
    choose(other, True)
    first = consent_of(browser, salon).visitor
    choose(browser, True)
    assert consent_of(browser, salon).visitor == first
    assert consent_of(other, salon).visitor != first


def test_taking_it_back_deletes_what_was_kept_about_this_visitor_alone(
    salon: StoreInfo, barber: StoreInfo, visit: Visit
) -> None:
    browser, other = visit(salon), visit(salon)
    choose(browser, True)
    choose(other, True)
    mine, theirs = consent_of(browser, salon).visitor, consent_of(other, salon).visitor
    remember(salon, mine)
    remember(salon, theirs)
    remember(salon, "")
    remember(barber, mine)  # cannot be: the number is another there. But if it were, it is not this store's.
    page = choose(browser, False)
    assert "Saved: nothing is kept about you here" in page.content.decode()
    assert not browser.cookies[COOKIE].value
    rows = Interaction.across_stores
    assert not rows.filter(store_id=salon.id, visitor=mine).exists()
    assert rows.filter(store_id=salon.id).count() == 2
    assert rows.filter(store_id=barber.id, visitor=mine).count() == 1


def test_rows_written_under_an_older_key_go_too(salon: StoreInfo, visit: Visit, settings: Any) -> None:
    browser = visit(salon)
    choose(browser, True)
    old = consent_of(browser, salon).visitor
    remember(salon, old)
    keys = settings.FIELD_ENCRYPTION_KEYS
    settings.FIELD_ENCRYPTION_KEYS = {"newest": bytes(32), **keys}
    assert consent_of(browser, salon).visitor != old
    choose(browser, False)
    assert not Interaction.across_stores.exists()


def test_where_deleting_fails_consent_is_still_there_to_be_taken_back(
    salon: StoreInfo, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = visit(salon)
    choose(browser, True)

    def fail(_visitors: tuple[str, ...]) -> None:
        raise ConnectionError

    monkeypatch.setattr("store.consent._forgetters", [fail])
    with pytest.raises(ConnectionError):
        choose(browser, False)
    assert consent_of(browser, salon).is_personal


@pytest.fixture
def given(salon: StoreInfo) -> str:
    """A cookie with consent given to luna."""
    response = HttpResponse()
    with store_scope(salon):
        write_consent(response, is_personal=True)
    return response.cookies[COOKIE].value


def read(store: StoreInfo, cookie: str) -> Consent:
    request = RequestFactory().get("/")
    request.COOKIES = {COOKIE: cookie}
    with store_scope(store):
        return read_consent(request)


def test_consent_is_for_one_store_and_180_days(given: str, salon: StoreInfo, barber: StoreInfo) -> None:
    assert read(salon, given).is_personal
    assert not read(barber, given).is_personal
    with time_machine.travel("2040-01-01"):
        assert not read(salon, given).is_personal


@pytest.mark.parametrize("change", [lambda text: text[:-1], lambda text: "x" + text, lambda _text: "on"])
def test_a_forged_cookie_is_no_consent(given: str, salon: StoreInfo, change: Callable[[str], str]) -> None:
    assert read(salon, change(given)) == Consent()


def test_the_cookie_is_secure_where_the_platform_has_tls(luna: StoreInfo, settings: Any) -> None:
    settings.USES_TLS = True
    response = HttpResponse()
    with store_scope(luna):
        write_consent(response, is_personal=True)
    assert response.cookies[COOKIE]["secure"]


@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.example.com"}, {"sec-fetch-site": "cross-site"}]
)
def test_another_site_switches_nothing(salon: StoreInfo, visit: Visit, headers: dict[str, str]) -> None:
    browser = visit(salon)
    assert browser.post("/preferences/", {"personal": "on"}, headers=headers).status_code == 403
    assert not browser.cookies


def test_the_address_alone_says_nothing(salon: StoreInfo, visit: Visit) -> None:
    assert "Saved" not in visit(salon).get("/preferences/?saved=on").content.decode()


def test_without_an_assistant_there_is_nothing_to_decide(luna: StoreInfo, visit: Visit) -> None:
    html = visit(luna).get("/preferences/").content.decode()
    assert 'role="switch"' not in html
    assert "suggest" not in html.lower()


def test_an_assistant_that_was_switched_off_since_leaves_the_way_back(
    given: str, salon: StoreInfo, visit: Visit, settings: Any
) -> None:
    settings.AI_SERVICE_KEY = ""
    forget_hosts()
    browser = visit(salon)
    browser.cookies[COOKIE] = given
    assert 'role="switch"' in browser.get("/preferences/").content.decode()
    choose(browser, False)
    assert 'role="switch"' not in browser.get("/preferences/").content.decode()


def test_every_page_leads_to_it(luna: StoreInfo, visit: Visit) -> None:
    assert 'href="/preferences/"' in visit(luna).get("/services/").content.decode()
