"""Preferences as a value: what is missing is as usual, what is wrong is refused; and how they are written."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import display, formats
from store.display import Announcement, Display, InvalidDisplay, read_display
from store.models import Store
from store.queries import find_store_by_host
from store.tenancy import StoreInfo, store_scope

NBSP = "\u00a0"
SATURDAY = date(2026, 11, 28)

# Letters that can be shown, and some that must be refused or settled.
LETTERS = st.characters(exclude_categories=["Cc", "Cs"])


def texts(most: int) -> st.SearchStrategy[str]:
    return st.text(LETTERS, max_size=most // 4)  # NFC may need more letters than were typed


DAYS = st.none() | st.dates()
ANNOUNCEMENTS = st.builds(
    lambda text, link, label, days: Announcement(text, link, label, *days),
    texts(display.ANNOUNCEMENT_MOST),
    st.sampled_from(list(display.LINKS)),
    texts(display.LABEL_MOST),
    st.tuples(DAYS, DAYS).filter(lambda days: None in days or days[0] <= days[1]),
)
DISPLAYS = st.builds(
    Display,
    languages=st.lists(st.sampled_from(["en", "de"])).map(tuple),
    currency=st.sampled_from(list(display.CURRENCIES)),
    clock=st.sampled_from(list(display.CLOCKS)),
    dates=st.sampled_from(list(display.DATES)),
    announcement=ANNOUNCEMENTS,
    cookie_text=texts(display.COOKIE_TEXT_MOST),
    privacy_text=st.text(LETTERS | st.just("\n"), max_size=400),
    title=texts(display.TITLE_MOST),
    description=texts(display.DESCRIPTION_MOST),
    picture=st.just("") | st.text("0123456789abcdef", min_size=24, max_size=24),
)


# Hypothesis's table of letters is made at the first draw: on a busy machine that takes seconds.
patient = settings(suppress_health_check=[HealthCheck.too_slow])


@patient
@given(DISPLAYS)
def test_what_is_written_is_read_again(shown: Display) -> None:
    assert Display.from_dict(json.loads(json.dumps(shown.to_dict()))) == shown


@patient
@given(DISPLAYS, st.sets(st.sampled_from(list(Display().to_dict()))))
def test_what_is_missing_is_as_usual(shown: Display, missing: set[str]) -> None:
    written = {name: value for name, value in shown.to_dict().items() if name not in missing}
    usual = {name: getattr(Display(), name) for name in missing}
    assert Display.from_dict(written) == replace(shown, **usual)


@patient
@given(
    st.sampled_from(list(Display().to_dict())),
    st.none() | st.booleans() | st.integers() | st.floats() | st.lists(st.integers(), min_size=1),
)
def test_a_value_of_another_shape_is_refused(name: str, value: Any) -> None:
    with pytest.raises(InvalidDisplay):
        Display.from_dict({name: value})


@pytest.mark.parametrize(
    "wrong",
    [
        {"colour": "red"},
        {"languages": ["fr"]},
        {"languages": "en"},
        {"currency": "coins"},
        {"clock": "13"},
        {"dates": "stars"},
        {"picture": "../../etc"},
        {"picture": "A" * 24},
        {"title": "x" * 61},
        {"description": "x" * 161},
        {"title": "two\nlines"},
        {"cookie_text": "bell\x07"},
        {"privacy_text": "nul\x00"},
        {"announcement": "Sale"},
        {"announcement": {"text": "x" * 141}},
        {"announcement": {"text": "x", "link": "https://example.com/"}},
        {"announcement": {"text": "x", "starts": "tomorrow"}},
        {"announcement": {"text": "x", "starts": "2026-12-02", "ends": "2026-12-01"}},
        {"announcement": {"words": "x"}},
    ],
    ids=str,
)
def test_nonsense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidDisplay):
        Display.from_dict(wrong)


def test_texts_have_one_spelling() -> None:
    decomposed = "Mu\u0308nchen"
    shown = Display(title=f"  {decomposed} ", privacy_text="a\r\n\r\nb")
    assert shown.title == "München"
    assert shown.privacy_text == "a\n\nb"
    assert Display(languages=("de", "en", "de")) == Display(languages=("en", "de"))


@pytest.mark.parametrize(
    ("starts", "ends", "is_shown"),
    [
        (None, None, True),
        (SATURDAY, SATURDAY, True),
        (date(2026, 11, 29), None, False),
        (None, date(2026, 11, 27), False),
        (date(2026, 11, 1), date(2026, 11, 28), True),
    ],
)
def test_an_announcement_has_its_days(starts: date | None, ends: date | None, is_shown: bool) -> None:
    assert Announcement("Sale", starts=starts, ends=ends).is_in_force(SATURDAY) is is_shown
    assert not Announcement("", starts=starts, ends=ends).is_in_force(SATURDAY)


@pytest.mark.django_db
def test_a_store_carries_its_preferences(luna: StoreInfo) -> None:
    Store.objects.filter(pk=luna.id).update(display={"clock": "24", "languages": ["de"]})
    info = Store.objects.get(pk=luna.id).as_info()
    assert info.display == Display(languages=("de",), clock="24")
    assert info.languages == ("en", "de")


@pytest.mark.django_db
def test_preferences_that_cannot_be_read_cost_no_page(luna: StoreInfo) -> None:
    row = Store.objects.get(pk=luna.id)
    row.display = {"clock": "13"}
    row.save()
    found = find_store_by_host("luna-hair.localhost")
    assert found is not None
    assert found.display == Display() == read_display({"nothing": 1})


# --- formats ----------------------------------------------------------------------------------------------

LOCALES = ("en-US", "de-DE", "en-AU", "vi")


@pytest.fixture
def write(luna: StoreInfo) -> Callable[..., Any]:
    """write(Display(...), formats.format_day, day) in each of LOCALES."""

    def in_each(shown: Display, function: Callable[..., str], *values: Any) -> list[str]:
        with store_scope(replace(luna, display=shown)):
            return [function(*values, locale) for locale in LOCALES]

    return in_each


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("style", "amount", "shown"),
    [
        ("symbol", "95", ["$95", f"95{NBSP}$", "USD95", f"95{NBSP}US$"]),
        ("code", "95", [f"USD{NBSP}95", f"95{NBSP}USD", f"USD{NBSP}95", f"95{NBSP}USD"]),
        ("symbol", "1250.5", ["$1,250.50", f"1.250,50{NBSP}$", "USD1,250.50", f"1.250,50{NBSP}US$"]),
        (
            "code",
            "1250.5",
            [f"USD{NBSP}1,250.50", f"1.250,50{NBSP}USD", f"USD{NBSP}1,250.50", f"1.250,50{NBSP}USD"],
        ),
    ],
)
def test_money(write: Callable[..., Any], style: str, amount: str, shown: list[str]) -> None:
    assert write(Display(currency=style), formats.format_money, Decimal(amount), "USD") == shown


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("style", "moment", "shown"),
    [
        ("locale", time(14, 30), [f"2:30{NBSP}pm", "14:30", f"2:30{NBSP}pm", "14:30"]),
        # German knows no am and pm.
        ("12", time(14, 30), [f"2:30{NBSP}pm", "14:30", f"2:30{NBSP}pm", f"2:30{NBSP}CH"]),
        ("12", time(9), [f"9{NBSP}am", "09:00", f"9{NBSP}am", f"9{NBSP}SA"]),
        ("24", time(14, 30), ["14:30", "14:30", "14:30", "14:30"]),
        ("24", time(9), ["09:00", "09:00", "09:00", "09:00"]),
    ],
)
def test_clock(write: Callable[..., Any], style: str, moment: time, shown: list[str]) -> None:
    assert write(Display(clock=style), formats.format_clock, moment) == shown


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("style", "function", "shown"),
    [
        ("locale", formats.format_day, ["Sat, Nov 28", "Sa., 28. Nov.", "Sat, 28 Nov", "Th 7, 28 thg 11"]),
        (
            "words",
            formats.format_day,
            ["Sat, November 28", "Sa., 28. November", "Sat, 28 November", "Th 7, 28 tháng 11"],
        ),
        ("numbers", formats.format_day, ["Sat, 11/28", "Sa., 28.11.", "Sat, 28/11", "Th 7, 28/11"]),
        (
            "words",
            formats.format_long_day,
            [
                "Saturday, November 28",
                "Samstag, 28. November",
                "Saturday, 28 November",
                "Thứ Bảy, 28 tháng 11",
            ],
        ),
        (
            "numbers",
            formats.format_long_day,
            ["Saturday, 11/28", "Samstag, 28.11.", "Saturday, 28/11", "Thứ Bảy, 28/11"],
        ),
        (
            "words",
            formats.format_date_with_year,
            ["November 28, 2026", "28. November 2026", "28 November 2026", "28 tháng 11, 2026"],
        ),
        (
            "numbers",
            formats.format_date_with_year,
            ["11/28/2026", "28.11.2026", "28/11/2026", "28/11/2026"],
        ),
    ],
)
def test_dates(write: Callable[..., Any], style: str, function: Callable[..., str], shown: list[str]) -> None:
    assert write(Display(dates=style), function, SATURDAY) == shown
