"""Money, times and numbers as a salon's own language and country write them.

Every function takes a locale ("en-US", "de-DE"); words come from gettext in the active language, which
store.tenancy sets to the same. How the store in scope wants money, clocks and dates shown (store.display) is
asked for here and nowhere else. Times are wall time: callers convert with the salon's zone first.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import phonenumbers
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_timezone_name
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal
from django.utils.translation import gettext as _

from store.display import DEFAULT_DISPLAY, Display
from store.tenancy import current_store_or_none

FALLBACK = "en-US"
# Languages that write no am and pm, whatever a store prefers: "bis 7 PM Uhr" is no German.
ALWAYS_24 = frozenset({"de"})


@lru_cache(maxsize=64)
def parse_locale(tag: str) -> Locale:
    """The locale of a BCP 47 tag; an unknown country falls back to the language, that to English."""
    for candidate in (tag, tag.partition("-")[0], FALLBACK):
        try:
            return Locale.parse(candidate, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    raise AssertionError("Babel has no English")


def _style() -> Display:
    store = current_store_or_none()
    return store.display if store else DEFAULT_DISPLAY


def format_money(amount: Decimal, currency: str, locale: str) -> str:
    """Like "$95", "$12.50", "31,90 €", "USD 95": whole amounts lose their zeros."""
    return _format_money(amount, currency, locale, _style().currency)


@lru_cache(maxsize=4096)
def _format_money(amount: Decimal, currency: str, locale: str, style: str) -> str:
    known = parse_locale(locale)
    pattern = _money_pattern(known, style)
    if amount != amount.to_integral_value():
        return format_currency(amount, currency, pattern, locale=known)
    return format_currency(
        amount, currency, re.sub(r"\.0+", "", pattern), locale=known, currency_digits=False
    )


def _money_pattern(known: Locale, style: str) -> str:
    """A code is letters, so it never touches the digits; where it stands is where the sign does."""
    pattern = str(known.currency_formats["standard"].pattern)
    if style == "symbol":
        return pattern
    spaced = re.sub(r"¤(?=[#0])", "¤\u00a0", re.sub(r"(?<=[#0])¤", "\u00a0¤", pattern))
    return spaced.replace("¤", "¤¤")


def format_minutes(minutes: int) -> str:
    """Like "45 min", "90 min", "3 h", "3 h 25 min"."""
    hours, rest = divmod(minutes, 60)
    if minutes < 120 and (minutes <= 90 or rest == 0):
        return _("%(minutes)d min") % {"minutes": minutes}
    if rest == 0:
        return _("%(hours)d h") % {"hours": hours}
    return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest}


def format_day(day: date, locale: str) -> str:
    """Like "Wed, Nov 25", "Mi., 25. Nov."; in words "Wed, November 25", in numbers "Wed, 11/25"."""
    return _format_day(day, locale, _style().dates)


@lru_cache(maxsize=4096)
def _format_day(day: date, locale: str, style: str) -> str:
    known = parse_locale(locale)
    pattern = _pattern_of(known, "MEd" if style == "numbers" else "MMMEd")
    if style == "words":
        pattern = re.sub(r"M{3,}", "MMMM", pattern)
    return str(format_date(day, pattern, locale=known))


def format_long_day(day: date, locale: str) -> str:
    """Like "Wednesday, November 25", "Mittwoch, 25. November"; in numbers "Wednesday, 11/25"."""
    return _format_long_day(day, locale, _style().dates)


@lru_cache(maxsize=4096)
def _format_long_day(day: date, locale: str, style: str) -> str:
    known = parse_locale(locale)
    if style == "numbers":
        pattern = re.sub(r"E+", "EEEE", _pattern_of(known, "MEd"))
    else:
        pattern = re.sub(r"[,\s]*y+", "", known.date_formats["full"].pattern)
    return str(format_date(day, pattern, locale=known))


@lru_cache(maxsize=1024)
def format_month(day: date, locale: str) -> str:
    """Like "November 2026"."""
    known = parse_locale(locale)
    return str(format_date(day, _pattern_of(known, "yMMMM"), locale=known))


def format_date_with_year(day: date, locale: str) -> str:
    """Like "November 25, 2026", "25. November 2026"; in numbers "11/25/2026"."""
    return _format_date_with_year(day, locale, _style().dates)


@lru_cache(maxsize=4096)
def _format_date_with_year(day: date, locale: str, style: str) -> str:
    known = parse_locale(locale)
    pattern = _pattern_of(known, "yMd") if style == "numbers" else known.date_formats["long"].pattern
    return str(format_date(day, pattern, locale=known))


@lru_cache(maxsize=64)
def format_weekday(weekday: int, locale: str) -> str:
    """The name of a weekday, Monday being 0, as it stands alone."""
    return str(parse_locale(locale).days["stand-alone"]["wide"][weekday])


def format_clock(moment: time, locale: str) -> str:
    """Like "2:30 pm", "8 pm", "14:30": the hour alone only where the clock says am and pm."""
    return _format_clock(moment, locale, _style().clock)


@lru_cache(maxsize=4096)
def _format_clock(moment: time, locale: str, style: str) -> str:
    known = parse_locale(locale)
    pattern = str(known.time_formats["short"].pattern)
    is_own_12 = "a" in pattern
    is_24 = style == "24" or (style == "locale" and not is_own_12) or known.language in ALWAYS_24
    if is_24:
        return str(format_time(moment, "HH:mm" if is_own_12 else pattern, locale=known))
    shown = str(format_time(moment, "h a" if moment.minute == 0 else "h:mm a", locale=known))
    shown = shown.replace("\u202f", "\u00a0").replace(" ", "\u00a0")
    return shown.lower() if known.language == "en" else shown


def format_span(opens: time, closes: time, locale: str) -> str:
    """Like "10 am – 8 pm"."""
    return f"{format_clock(opens, locale)} – {format_clock(closes, locale)}"


def format_moment(moment: datetime, locale: str) -> str:
    """Like "Wed, Nov 25, 2:30 pm"; the moment in the salon's zone."""
    return f"{format_day(moment.date(), locale)}, {format_clock(moment.time(), locale)}"


def format_as_of(moment: datetime, now: datetime, zone: ZoneInfo, locale: str) -> str:
    """How old something is: "2:02 pm" today, "Wed, Nov 25, 2:02 pm" before. Both moments are aware."""
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    if local.date() == today:
        return format_clock(local.time(), locale)
    return format_moment(local, locale)


@lru_cache(maxsize=1024)
def format_zone(zone: ZoneInfo, locale: str) -> str:
    """Like "Pacific Time", "Mitteleuropäische Zeit"; "Mountain Standard Time" where clocks never change.

    A neighbour's "Mountain Time" goes forward in summer, so the general name would be an hour wrong there.
    """
    year = datetime.now(zone).year
    offsets = {datetime(year, month, 15, tzinfo=zone).utcoffset() for month in range(1, 13)}
    variant: Literal["standard"] | None = "standard" if len(offsets) == 1 else None
    known = parse_locale(locale)
    return str(get_timezone_name(zone, width="long", zone_variant=variant, locale=known))


def is_zone_worth_saying(zone: ZoneInfo, other: ZoneInfo, at: datetime | None = None) -> bool:
    """Whether two zones' clocks differ at that moment."""
    moment = at or datetime.now(UTC)
    return moment.astimezone(zone).utcoffset() != moment.astimezone(other).utcoffset()


@lru_cache(maxsize=1024)
def format_number(number: Decimal | float | int, locale: str, pattern: str = "#,##0.#") -> str:
    """Like "4.9", "4,9"."""
    return format_decimal(number, format=pattern, locale=parse_locale(locale))


def format_rating(rating: Decimal | float, locale: str) -> str:
    """Always with one decimal: "4.9", "5,0"."""
    return format_number(rating, locale, "0.0")


def join_words(words: Iterable[str], locale: str) -> str:
    """Ana, Bo, and Cy", "Ana, Bo und Cy"."""
    return format_list(list(words), locale=parse_locale(locale))


@lru_cache(maxsize=1024)
def format_language(code: str, locale: str) -> str:
    """Like "Deutsch" for "de" on a German page; an unknown code as it is."""
    known = parse_locale(locale)
    name = known.languages.get(code.replace("-", "_"))
    return name[:1].upper() + name[1:] if name else code


@lru_cache(maxsize=1024)
def format_country(code: str, locale: str) -> str:
    return str(parse_locale(locale).territories.get(code.upper(), code))


@lru_cache(maxsize=1024)
def format_phone(number: str, country: str = "") -> str:
    """An E.164 number as that country writes it, a foreign one with its prefix, an odd one as it is."""
    try:
        parsed = phonenumbers.parse(number, country or None)
    except phonenumbers.NumberParseException:
        return number
    is_home = not country or phonenumbers.region_code_for_number(parsed) == country
    style = (
        phonenumbers.PhoneNumberFormat.NATIONAL if is_home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    return str(phonenumbers.format_number(parsed, style)).replace(" ", "\u00a0")


def _pattern_of(known: Locale, skeleton: str) -> str:
    found = known.datetime_skeletons.get(skeleton)
    # Not every language has every combination.
    return str(found.pattern if found is not None else known.date_formats["medium"].pattern)
