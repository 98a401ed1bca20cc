from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from store import formats

NBSP = "\u00a0"
DAY = date(2026, 11, 25)
LOS_ANGELES = ZoneInfo("America/Los_Angeles")


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "shown"),
    [
        ("95", "USD", "en-US", "$95"),
        ("95.00", "USD", "en-US", "$95"),
        ("12.5", "USD", "en-US", "$12.50"),
        ("1250", "USD", "en-US", "$1,250"),
        ("0", "USD", "en-US", "$0"),
        ("31.9", "EUR", "de-DE", f"31,90{NBSP}€"),
        ("1250", "EUR", "de-DE", f"1.250{NBSP}€"),
        ("48", "AUD", "en-AU", "$48"),
        ("48", "AUD", "en-US", "A$48"),
        ("1200", "JPY", "en-US", "¥1,200"),
    ],
)
def test_money(amount: str, currency: str, locale: str, shown: str) -> None:
    assert formats.format_money(Decimal(amount), currency, locale) == shown


@pytest.mark.parametrize(
    ("minutes", "shown"),
    [(15, "15 min"), (60, "60 min"), (90, "90 min"), (105, "1 h 45 min"), (120, "2 h"), (205, "3 h 25 min")],
)
def test_minutes(minutes: int, shown: str) -> None:
    assert formats.format_minutes(minutes) == shown


def test_days() -> None:
    assert formats.format_day(DAY, "en-US") == "Wed, Nov 25"
    assert formats.format_day(DAY, "de-DE") == "Mi., 25. Nov."
    assert formats.format_long_day(DAY, "en-US") == "Wednesday, November 25"
    assert formats.format_long_day(DAY, "de-DE") == "Mittwoch, 25. November"
    assert formats.format_weekday(0, "de-DE") == "Montag"


def test_clock_says_the_hour_alone_only_with_am_and_pm() -> None:
    assert formats.format_clock(time(14, 30), "en-US") == f"2:30{NBSP}pm"
    assert formats.format_clock(time(20), "en-US") == f"8{NBSP}pm"
    assert formats.format_clock(time(20), "de-DE") == "20:00"
    assert formats.format_span(time(9), time(18, 30), "de-DE") == "09:00 – 18:30"


def test_as_of_names_the_day_only_when_it_was_another() -> None:
    now = datetime(2026, 11, 25, 23, 0, tzinfo=UTC)  # 3 pm in Los Angeles
    then = datetime(2026, 11, 25, 22, 2, tzinfo=UTC)
    before = datetime(2026, 11, 25, 5, 2, tzinfo=UTC)  # the evening before, over there
    assert formats.format_as_of(then, now, LOS_ANGELES, "en-US") == f"2:02{NBSP}pm"
    assert formats.format_as_of(before, now, LOS_ANGELES, "en-US") == f"Tue, Nov 24, 9:02{NBSP}pm"


def test_zones() -> None:
    assert formats.format_zone(LOS_ANGELES, "en-US") == "Pacific Time"
    assert formats.format_zone(ZoneInfo("Europe/Berlin"), "de-DE") == "Mitteleuropäische Zeit"
    assert formats.is_zone_worth_saying(LOS_ANGELES, ZoneInfo("America/Denver"))
    assert not formats.is_zone_worth_saying(LOS_ANGELES, ZoneInfo("America/Tijuana"))


def test_phone_numbers_as_people_of_the_country_write_them() -> None:
    assert formats.format_phone("+12135550142", "US").replace(NBSP, " ") == "(213) 555-0142"
    assert formats.format_phone("+493023125014", "US").startswith("+49")
    assert formats.format_phone("ask at the bakery") == "ask at the bakery"


def test_an_unknown_country_or_language_still_formats() -> None:
    assert formats.format_money(Decimal(5), "USD", "en-XX") == "$5"
    assert formats.format_day(DAY, "not a locale") == "Wed, Nov 25"


def test_words_and_numbers() -> None:
    assert formats.join_words(["Ana", "Bo", "Cy"], "de-DE") == "Ana, Bo und Cy"
    assert formats.format_rating(Decimal("4.88"), "de-DE") == "4,9"
    assert formats.format_rating(5, "en-US") == "5.0"
    assert formats.format_language("de", "en-US") == "German"
    assert formats.format_country("DE", "de-DE") == "Deutschland"
