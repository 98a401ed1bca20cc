"""Money, times and numbers as a salon's own language and country write them.

Every function takes the store's locale ("en-US", "de-DE"); words come from gettext in the active language,
which store.tenancy sets to the same. Times are wall time: callers convert with the salon's zone first.
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

FALLBACK = "en-US"


@lru_cache(maxsize=64)
def parse_locale(tag: str) -> Locale:
    """The locale of a BCP 47 tag; an unknown country falls back to the language, that to English."""
    for candidate in (tag, tag.partition("-")[0], FALLBACK):
        try:
            return Locale.parse(candidate, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    raise AssertionError("Babel has no English")


@lru_cache(maxsize=4096)
def format_money(amount: Decimal, currency: str, locale: str) -> str:
    """Like "$95", "$12.50", "31,90 €": whole amounts lose their zeros."""
    known = parse_locale(locale)
    if amount != amount.to_integral_value():
        return format_currency(amount, currency, locale=known)
    pattern = known.currency_formats["standard"].pattern
    return format_currency(
        amount, currency, re.sub(r"\.0+", "", pattern), locale=known, currency_digits=False
    )


def format_minutes(minutes: int) -> str:
    """Like "45 min", "90 min", "3 h", "3 h 25 min"."""
    hours, rest = divmod(minutes, 60)
    if minutes < 120 and (minutes <= 90 or rest == 0):
        return _("%(minutes)d min") % {"minutes": minutes}
    if rest == 0:
        return _("%(hours)d h") % {"hours": hours}
    return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest}


@lru_cache(maxsize=4096)
def format_day(day: date, locale: str) -> str:
    """Like "Wed, Nov 25", "Mi., 25. Nov."."""
    return _by_skeleton(day, "MMMEd", locale)


@lru_cache(maxsize=4096)
def format_long_day(day: date, locale: str) -> str:
    """Like "Wednesday, November 25", "Mittwoch, 25. November"."""
    known = parse_locale(locale)
    pattern = re.sub(r"[,\s]*y+", "", known.date_formats["full"].pattern)
    return str(format_date(day, pattern, locale=known))


@lru_cache(maxsize=1024)
def format_month(day: date, locale: str) -> str:
    """Like "November 2026"."""
    return _by_skeleton(day, "yMMMM", locale)


@lru_cache(maxsize=4096)
def format_date_with_year(day: date, locale: str) -> str:
    """Like "November 25, 2026", "25. November 2026"."""
    return str(format_date(day, "long", locale=parse_locale(locale)))


@lru_cache(maxsize=64)
def format_weekday(weekday: int, locale: str) -> str:
    """The name of a weekday, Monday being 0, as it stands alone."""
    return str(parse_locale(locale).days["stand-alone"]["wide"][weekday])


@lru_cache(maxsize=4096)
def format_clock(moment: time, locale: str) -> str:
    """Like "2:30 pm", "8 pm", "14:30": the hour alone only where the clock says am and pm."""
    known = parse_locale(locale)
    pattern = known.time_formats["short"].pattern
    if "a" not in pattern:
        return str(format_time(moment, "short", locale=known))
    shown = format_time(moment, "h a" if moment.minute == 0 else "h:mm a", locale=known)
    return str(shown).replace("\u202f", "\u00a0").replace(" ", "\u00a0").lower()


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


def _by_skeleton(day: date, skeleton: str, locale: str) -> str:
    known = parse_locale(locale)
    pattern = known.datetime_skeletons.get(skeleton)
    if pattern is None:  # not every language has every combination
        return str(format_date(day, "medium", locale=known))
    return str(pattern.apply(day, known))
