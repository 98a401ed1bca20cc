"""Settings: what each does to the store's pages, what is refused, what is written down; and nobody else's."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from payments.models import PaymentSettings
from store.display import Announcement, Display
from store.models import Store
from store.tenancy import StoreInfo
from tests.studio.preferring import PAGE, SignIn, Visit, details, entries, refuse, save, shown

pytestmark = pytest.mark.django_db

FORMATS = {"currency": "symbol", "clock": "locale", "dates": "locale"}
ATTACK = "</title></script>\"'><img src=x onerror=alert(1)>&amp;{{ 7|add:7 }}"
ESCAPED = "&lt;/script&gt;&quot;&#x27;&gt;&lt;img src=x onerror=alert(1)&gt;&amp;amp;{{ 7|add:7 }}"


@pytest.fixture
def browser(editor: User, sign_in: SignIn) -> Client:
    return sign_in(editor)


def test_the_page_stands_in_the_menu(browser: Client) -> None:
    html = browser.get(PAGE).content.decode()
    assert f'<a href="{PAGE}" aria-current="page">' in html
    for example in ("$95 · $12.50", "USD\u00a095", "14:30"):
        assert example in html


# --- languages and formats ----------------------------------------------------------------------------------


def test_languages_and_formats(browser: Client, editor: User, luna: StoreInfo, visit: Visit) -> None:
    fields = {"languages": ["de"], "currency": "code", "clock": "24", "dates": "numbers"}
    save(browser, "formats", **fields)
    assert shown(luna) == Display(languages=("de",), currency="code", clock="24", dates="numbers")
    html = visit(luna).get("/services/").content.decode()
    assert "USD\u00a0" in html
    assert "$" not in html.partition("<main")[2].partition("</main>")[0]
    assert '<html lang="de-US"' in visit(luna).get("/", headers={"accept-language": "de"}).content.decode()
    entry = entries(luna)[-1]
    assert (entry.action, entry.actor, entry.user_id) == ("preferences.formats", editor.username, editor.pk)
    assert details(luna) == [
        ("Languages", "English", "English, Deutsch"),
        ("Prices", "With the sign", "With three letters"),
        ("Clock", "As usual in your country", "24 hours"),
        ("Dates", "As usual in your country", "The month as a number"),
    ]


def test_what_is_as_it_was_leaves_no_trace(browser: Client, luna: StoreInfo) -> None:
    groups: dict[str, dict[str, Any]] = {
        "formats": FORMATS,
        "announcement": {"text": "", "link": ""},
        "assistant": {"has_ai": "on", "chat_per_minute": "20"},
        "reminders": {"day_before": "on", "hours_before": "on"},
        "privacy": {},
        "search": {},
        "picture/removal": {},
    }
    for group, fields in groups.items():
        answer = browser.post(f"{PAGE}{group}/", fields)
        assert "outcome=same" in answer["Location"], group
    assert entries(luna) == []
    assert "Nothing was changed" in browser.get(f"{PAGE}?saved=search&outcome=same").content.decode()
    assert Store.objects.get(pk=luna.id).display == {}


@pytest.mark.parametrize(
    "wrong", [{"languages": ["fr"]}, {"currency": "coins"}, {"clock": "13"}, {"dates": ""}], ids=str
)
def test_formats_that_are_not_to_be_had(browser: Client, luna: StoreInfo, wrong: dict[str, Any]) -> None:
    html = refuse(browser, "formats", **{**FORMATS, **wrong})
    assert "One thing needs another look" in html
    [field] = wrong
    assert f'href="#formats-{field}"' in html
    assert f'id="formats-{field}"' in html
    assert f'id="formats-{field}_error"' in html
    assert shown(luna) == Display()


def test_the_example_is_written_by_the_server(browser: Client, luna: StoreInfo) -> None:
    chosen = {"currency": "code", "clock": "24", "dates": "numbers", "languages": ["de"]}
    html = browser.get(f"{PAGE}example/", chosen).content.decode()
    assert re.search(r"USD\u00a095 · Sat, \d+/\d+, 14:30", html)
    assert re.search(r"95\u00a0USD · Sa\., \d+\.\d+\., 14:30", html)
    assert re.search(
        r"\$95 · Sat, \w+ \d+, 2:30\u00a0pm", browser.get(f"{PAGE}example/?clock=x").content.decode()
    )
    assert shown(luna) == Display()


# --- announcement -------------------------------------------------------------------------------------------


def test_an_announcement(browser: Client, luna: StoreInfo, barber: StoreInfo, visit: Visit) -> None:
    fields = {"text": "Closed for a feast", "link": "about", "label": "Why?"}
    save(browser, "announcement", **fields, starts="2020-01-01", ends="2099-12-31")
    assert '<a href="/about/">Why?</a>' in visit(luna).get("/services/").content.decode()
    assert "feast" not in visit(barber).get("/services/").content.decode()
    assert ("Text", "", "Closed for a feast") in details(luna)
    assert ("First day", "", "January 1, 2020") in details(luna)
    assert "Visitors see it now." in browser.get(PAGE).content.decode()
    save(browser, "announcement", **fields, starts="2098-01-01", ends="2099-12-31")
    assert "feast" not in visit(luna).get("/services/").content.decode()
    assert "It begins on" in browser.get(PAGE).content.decode()
    save(browser, "announcement", **fields, ends="2020-01-01")
    assert "It ended on" in browser.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("wrong", "field", "complaint"),
    [
        ({"text": "x" * 141}, "text", "it has 141"),
        ({"text": "bell\x07"}, "text", "characters that cannot be shown"),
        ({"label": "x" * 41}, "label", "it has 41"),
        ({"link": "https://elsewhere.example/"}, "link", "Choose one of these"),
        ({"starts": "tomorrow"}, "starts", "This is not a day"),
        ({"starts": "2026-12-02", "ends": "2026-12-01"}, "ends", "before the first one"),
    ],
)
def test_an_announcement_that_cannot_be(
    browser: Client, luna: StoreInfo, wrong: dict[str, str], field: str, complaint: str
) -> None:
    html = refuse(browser, "announcement", **{"text": "Sale & more", "link": "shop", **wrong})
    assert complaint in html
    assert f'href="#announcement-{field}"' in html
    assert wrong.get("text") or "Sale &amp; more" in html, "what was typed is kept"
    assert shown(luna).announcement == Announcement()
    assert entries(luna) == []


def test_a_mistake_in_one_group_loses_nothing_of_another(browser: Client, luna: StoreInfo) -> None:
    save(browser, "search", title="Curls in Los Angeles", description="")
    html = refuse(browser, "announcement", text="x" * 141)
    assert 'value="Curls in Los Angeles"' in html
    assert shown(luna).title == "Curls in Los Angeles"


# --- assistant, reminders, deposits -------------------------------------------------------------------------


def test_the_assistant(ai: dict[str, str], browser: Client, luna: StoreInfo, visit: Visit) -> None:
    assert 'href="/assistant/"' in visit(luna).get("/").content.decode()
    save(browser, "assistant", chat_per_minute="7")
    assert 'href="/assistant/"' not in visit(luna).get("/").content.decode()
    row = Store.objects.get(pk=luna.id)
    assert (row.has_ai, row.chat_per_minute) == (False, 7)
    assert details(luna) == [("AI assistant", "on", "off"), ("Chat messages a minute", "20", "7")]
    for number in ("0", "101", "", "many"):
        assert "between 1 and 100" in refuse(browser, "assistant", has_ai="on", chat_per_minute=number)
    assert Store.objects.get(pk=luna.id).chat_per_minute == 7


def test_reminders(browser: Client, luna: StoreInfo, barber: StoreInfo) -> None:
    save(browser, "reminders", hours_before="on")
    row = Store.objects.get(pk=luna.id)
    assert (row.reminds_day_before, row.reminds_hours_before) == (False, True)
    assert details(luna) == [("Reminder a day before", "on", "off")]
    assert Store.objects.get(pk=barber.id).reminds_day_before


def test_deposits(stripe_keys: dict[str, str], browser: Client, luna: StoreInfo) -> None:
    save(browser, "deposits", prepayment="full")
    row = PaymentSettings.across_stores.get(store_id=luna.id)
    assert (row.prepayment, row.refunds_cancellations) == ("full", False)
    assert details(luna) == [
        (
            "Paid when booking",
            "The deposit of services that have one",
            "The whole price of every service",
        ),
        ("Give the deposit back", "on", "off"),
    ]
    save(browser, "deposits", prepayment="full")
    assert len(entries(luna)) == 1
    assert "Choose one of these" in refuse(browser, "deposits", prepayment="half")
    row.refresh_from_db()
    assert row.prepayment == "full"


def test_deposits_of_a_store_that_cannot_be_paid(browser: Client, luna: StoreInfo) -> None:
    html = browser.get(PAGE).content.decode()
    assert "no Stripe account is connected" in html
    assert 'name="prepayment"' not in html
    answer = browser.post(f"{PAGE}deposits/", {"prepayment": "full"})
    assert (answer.status_code, answer["Location"]) == (303, f"{PAGE}#deposits")
    assert not PaymentSettings.across_stores.exists()
    assert entries(luna) == []


# --- privacy ------------------------------------------------------------------------------------------------


def test_privacy_texts(browser: Client, luna: StoreInfo, barber: StoreInfo, visit: Visit) -> None:
    assert "When you book or order" in visit(luna).get("/privacy/").content.decode()
    text = "We keep little.\r\n\r\nAsk <b>us</b>, or read https://example.com/a?b=1&c=2. javascript:alert(1)"
    save(browser, "privacy", cookie_text="No cookie & no cream.", privacy_text=text)
    html = visit(luna).get("/privacy/").content.decode()
    assert '<p class="prose">We keep little.</p>' in html
    assert "Ask &lt;b&gt;us&lt;/b&gt;" in html
    address = "https://example.com/a?b=1&amp;c=2"
    assert f'<a href="{address}" rel="nofollow noopener">{address}</a>. javascript:alert(1)' in html
    assert "When you book or order" not in html
    assert "No cookie &amp; no cream." in visit(luna).get("/preferences/").content.decode()
    assert "When you book or order" in visit(barber).get("/privacy/").content.decode()
    assert details(luna)[0] == ("Note on cookies", "", "No cookie & no cream.")
    assert 'href="/privacy/"' in visit(luna).get("/about/").content.decode()
    main = html.partition("<main")[2].partition("</main>")[0]
    assert "mailto:" in main, "whom to ask stands on the page, whatever the template's foot holds"


def test_the_text_without_one_says_only_what_is_so(
    ai: dict[str, str], luna: StoreInfo, browser: Client, visit: Visit
) -> None:
    assert "When you ask the assistant" in visit(luna).get("/privacy/").content.decode()
    save(browser, "assistant", chat_per_minute="20")
    assert "When you ask the assistant" not in visit(luna).get("/privacy/").content.decode()


def test_a_long_text_is_cut_in_the_log_and_nowhere_else(
    browser: Client, luna: StoreInfo, visit: Visit
) -> None:
    text = "word " * 3999 + "end"
    save(browser, "privacy", privacy_text=text)
    assert text in visit(luna).get("/privacy/").content.decode()
    assert len(details(luna)[0][2]) == 300
    save(browser, "privacy", privacy_text=text[:-3] + "END")
    assert len(entries(luna)) == 2, "a change beyond what the log shows is a change"
    assert "it has 20001" in refuse(browser, "privacy", privacy_text="x" * 20_001)


# --- the log ------------------------------------------------------------------------------------------------


def test_the_log_keeps_english_words(
    open_store: Callable[[str], StoreInfo], staff: User, sign_in: SignIn, stripe_keys: dict[str, str]
) -> None:
    """A German merchant and an operator who speaks English each read it in their language."""
    store = open_store("stille-spa")
    client = sign_in(staff)
    for group, fields in {
        "formats": {**FORMATS, "clock": "24", "languages": ["en"]},
        "reminders": {"hours_before": "on"},
        "deposits": {"prepayment": "none", "refunds_cancellations": "on"},
    }.items():
        answer = client.post(f"/admin/stores/stille-spa/preferences/{group}/", fields)
        assert answer.status_code == 303
    rows = [(row["label"], row["before"], row["after"]) for e in entries(store) for row in e.details]
    assert rows == [
        ("Languages", "Deutsch", "Deutsch, English"),
        ("Clock", "As usual in your country", "24 hours"),
        ("Reminder a day before", "on", "off"),
        (
            "Paid when booking",
            "The deposit of services that have one",
            "Nothing: clients pay at the salon",
        ),
    ]


# --- whoever types it, wherever it stands -------------------------------------------------------------------


def test_no_text_reaches_a_page_unescaped(browser: Client, luna: StoreInfo, visit: Visit) -> None:
    save(browser, "announcement", text=ATTACK, link="shop", label="<i>go</i>")
    save(
        browser,
        "privacy",
        cookie_text=ATTACK,
        privacy_text=f"{ATTACK}\n\nhttps://example.com/\"onx='{ATTACK}",
    )
    save(browser, "search", title="<script>alert(1)</script>", description=ATTACK)
    pages = {
        path: visit(luna).get(path).content.decode() for path in ("/", "/preferences/", "/privacy/", "/cart/")
    }
    pages["studio"] = browser.get(PAGE).content.decode()
    pages["example"] = browser.get(f"{PAGE}example/", {"clock": ATTACK, "languages": ATTACK}).content.decode()
    for path, html in pages.items():
        assert "<img src=x" not in html, path
        assert "<script>alert" not in html, path
        assert "<i>go" not in html, path
        assert "onx=" not in html.replace("&quot;onx=", ""), path
        if path != "example":
            assert ESCAPED in html, path


def test_a_viewer_sees_everything_and_changes_nothing(viewer: User, sign_in: SignIn, luna: StoreInfo) -> None:
    html = sign_in(viewer).get(PAGE).content.decode()
    assert "an editor or owner can change it" in html
    assert f'action="{PAGE}picture/"' not in html
    assert '<button class="button" type="submit">' not in html
    assert sign_in(viewer).post(f"{PAGE}search/", {"title": "Mine"}).status_code == 403
    assert shown(luna) == Display()


def test_the_neighbour_reaches_none_of_it(
    neighbour: User, sign_in: SignIn, luna: StoreInfo, barber: StoreInfo
) -> None:
    client = sign_in(neighbour)
    for group in ("formats", "announcement", "assistant", "reminders", "deposits", "privacy", "search"):
        assert client.post(f"{PAGE}{group}/", {**FORMATS, "title": "x", "text": "x"}).status_code == 404
    assert shown(luna) == Display()
    own = "/admin/stores/one-chair/preferences/search/"
    assert client.post(own, {"title": "One chair"}).status_code == 303
    assert (shown(luna).title, shown(barber).title) == ("", "One chair")
    assert (len(entries(luna)), len(entries(barber))) == (0, 1)


def test_settings_can_be_made_before_mango_biz_ever_answered(
    browser: Client, luna: StoreInfo, settings: Any
) -> None:
    settings.MANGO_BIZ_URL = "http://127.0.0.1:9/biz-api/v1"
    assert browser.get(PAGE).status_code == 200
    save(browser, "search", title="Soon", description="")
    assert shown(luna).title == "Soon"
