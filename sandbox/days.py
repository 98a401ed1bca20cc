"""Days a message speaks of, and when the salon is open on them."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from .availability import WEEKDAYS
from .lookup import split_words
from .phrases import pad
from .wire import Row, now

NEAR = {
    0: "today; tonight; this afternoon; right now; heute; jetzt; hôm nay; bây giờ",
    1: "tomorrow; morgen; ngày mai; mai",
    2: "day after tomorrow; übermorgen; ngày kia",
}
NOT_TOMORROW = ("guten morgen", "morgens", "ngày mai mốt")
NAMES = [
    "monday; mon; montag; montags; thứ hai",
    "tuesday; tue; dienstag; dienstags; thứ ba",
    "wednesday; wed; mittwoch; mittwochs; thứ tư",
    "thursday; thu; donnerstag; donnerstags; thứ năm",
    "friday; fri; freitag; freitags; thứ sáu",
    "saturday; sat; samstag; samstags; sonnabend; thứ bảy",
    "sunday; sun; sonntag; sonntags; chủ nhật",
]
FEASTS = {
    (12, 24): "christmas eve; heiligabend; heiligabends",
    (12, 25): "christmas; christmas day; weihnachten; giáng sinh",
    (12, 31): "new years eve; silvester",
    (1, 1): "new years day; neujahr",
}
DAY_WORDS = frozenset(
    word for texts in (*NEAR.values(), *NAMES, *FEASTS.values()) for word in split_words(texts)
) | frozenset(
    split_words("day this next afternoon morning evening nachmittag vormittag abend nächsten chiều sáng tối")
)
NO_NAMES = frozenset({"short", "open", "new", "public", "erster", "zweiter"})
ISO = re.compile(r"\b(20\d\d)-(\d\d)-(\d\d)\b")
GERMAN = re.compile(r"\b(\d{1,2})\.\s?(\d{1,2})\.")


def local_now(business: Row) -> datetime:
    return now().astimezone(ZoneInfo(business["timezone"]))


def find_day(message: str, business: Row) -> date | None:
    """The first day named, today or later in the salon's zone."""
    today, text = local_now(business).date(), pad(split_words(message))
    for phrase in NOT_TOMORROW:
        text = text.replace(pad(split_words(phrase)), " ")
    for days in (2, 1, 0):
        if _says(text, NEAR[days]):
            return today + timedelta(days=days)
    for special in business.get("specialHours", []):
        if special["date"] >= today.isoformat() and _names(text, special.get("note", "")):
            return date.fromisoformat(special["date"])
    for (month, day), texts in FEASTS.items():
        if _says(text, texts):
            return _next(today, month, day)
    for number, texts in enumerate(NAMES):
        if _says(text, texts):
            return today + timedelta(days=(number - today.weekday()) % 7)
    return _find_date(message, today)


def spans_on(business: Row, day: date) -> tuple[list[Row], str]:
    """Opening hours of that very day, and what the salon says about it."""
    for special in business.get("specialHours", []):
        if special["date"] == day.isoformat():
            return special["spans"], special.get("note", "")
    name = WEEKDAYS[day.weekday()]
    return next((row["spans"] for row in business["hours"] if row["day"] == name), []), ""


def closes_at(business: Row) -> str | None:
    """When the salon closes that is open right now."""
    moment = local_now(business)
    clock = moment.strftime("%H:%M")
    spans, _ = spans_on(business, moment.date())
    return next((span["close"] for span in spans if span["open"] <= clock < span["close"]), None)


def name_day(day: date, business: Row, texts: Row) -> str:
    today = local_now(business).date()
    if day in (today, today + timedelta(days=1)):
        return str(texts["today" if day == today else "tomorrow"])
    words = {"d": day.day, "m": day.month, "month": texts["months"].split(",")[day.month - 1]}
    return str(
        texts["day"].format(
            weekday=texts["days"].split(",")[day.weekday()], date=texts["date"].format(**words)
        )
    )


def _names(text: str, note: str) -> bool:
    """Whether a message speaks of the day that a salon's note begins with: "Thanksgiving: closed"."""
    words = split_words(note)[:1]
    return bool(words) and words[0] not in NO_NAMES and pad(words) in text


def _says(text: str, phrases: str) -> bool:
    return any(pad(split_words(phrase)) in text for phrase in phrases.split(";"))


def _find_date(message: str, today: date) -> date | None:
    try:
        if found := ISO.search(message):
            return date(*map(int, found.groups()))
        if found := GERMAN.search(message):
            return _next(today, int(found[2]), int(found[1]))
    except ValueError:
        pass
    return None


def _next(today: date, month: int, day: int) -> date:
    this_year = date(today.year, month, day)
    return this_year if this_year >= today else date(today.year + 1, month, day)
