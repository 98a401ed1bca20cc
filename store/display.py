"""What a merchant decides beside the look: languages, formats, an announcement, texts, how links look.

`Store.display` keeps it as JSON, `StoreInfo.display` carries it. A value that exists can be shown.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any, Self

import structlog
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from config.pictures import DIGEST
from store.texts import settle_text

log = structlog.get_logger(__name__)

# What can be chosen, in the words of the form.
CURRENCIES: dict[str, Any] = {"symbol": _("With the sign"), "code": _("With three letters")}
CLOCKS: dict[str, Any] = {
    "locale": _("As usual in your country"),
    "12": _("12 hours"),
    "24": _("24 hours"),
}
DATES: dict[str, Any] = {
    "locale": _("As usual in your country"),
    "words": _("The month in full"),
    "numbers": _("The month as a number"),
}
# Where an announcement may lead: routes of a store.
LINKS: dict[str, Any] = {
    "": _("Nowhere"),
    "book": _("Booking"),
    "services": _("Services"),
    "shop": _("The shop"),
    "gallery": _("The gallery"),
    "about": _("About the salon"),
}

# Letters at most. A search engine cuts a title and a description there.
TITLE_MOST, DESCRIPTION_MOST = 60, 160
ANNOUNCEMENT_MOST, LABEL_MOST = 140, 40
COOKIE_TEXT_MOST, PRIVACY_TEXT_MOST = 400, 20_000


class InvalidDisplay(ValueError):
    """It holds something that is not in the lists, or not of its shape."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """A line above every page. `starts` and `ends` are days of the salon's zone, both of them shown."""

    text: str = ""
    link: str = ""  # one of LINKS
    label: str = ""
    starts: date | None = None
    ends: date | None = None

    def __post_init__(self) -> None:
        _settle(self, "text", ANNOUNCEMENT_MOST)
        _settle(self, "label", LABEL_MOST)
        _check_choice("link", self.link, LINKS)
        for name in ("starts", "ends"):
            value = getattr(self, name)
            if value is not None and type(value) is not date:
                raise InvalidDisplay(f"{name} is no day: {value!r}")
        if self.starts and self.ends and self.ends < self.starts:
            raise InvalidDisplay(f"an announcement ends on {self.ends}, before it starts on {self.starts}")

    def is_in_force(self, today: date) -> bool:
        """Whether it is shown on that day of the salon's."""
        is_on = (self.starts is None or self.starts <= today) and (self.ends is None or today <= self.ends)
        return bool(self.text) and is_on

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        _refuse_unknown(cls, data)
        return cls(**{**data, **{name: _read_day(name, data.get(name)) for name in ("starts", "ends")}})

    def to_dict(self) -> dict[str, Any]:
        days = {name: getattr(self, name) for name in ("starts", "ends")}
        return asdict(self) | {name: day.isoformat() if day else None for name, day in days.items()}


@dataclass(frozen=True, slots=True)
class Display:
    """`languages` are codes of settings.LANGUAGES offered beside the store's own."""

    languages: tuple[str, ...] = ()
    currency: str = "symbol"  # one of CURRENCIES
    clock: str = "locale"  # one of CLOCKS
    dates: str = "locale"  # one of DATES
    announcement: Announcement = field(default_factory=Announcement)
    cookie_text: str = ""
    privacy_text: str = ""
    title: str = ""
    description: str = ""
    picture: str = ""  # the digest of a StoreImage for links, or none

    def __post_init__(self) -> None:
        known = [code for code, _label in settings.LANGUAGES]
        if not isinstance(self.languages, tuple) or any(code not in known for code in self.languages):
            raise InvalidDisplay(f"languages are none of {', '.join(known)}: {self.languages!r}")
        # Always in the same order, each once: what is the same compares the same.
        languages = tuple(code for code in known if code in self.languages)
        object.__setattr__(self, "languages", languages)
        for name, choices in (("currency", CURRENCIES), ("clock", CLOCKS), ("dates", DATES)):
            _check_choice(name, getattr(self, name), choices)
        if not isinstance(self.announcement, Announcement):
            raise InvalidDisplay(f"no announcement: {self.announcement!r}")
        _settle(self, "title", TITLE_MOST)
        _settle(self, "description", DESCRIPTION_MOST)
        _settle(self, "cookie_text", COOKIE_TEXT_MOST)
        _settle(self, "privacy_text", PRIVACY_TEXT_MOST, allowed="\n")
        if not isinstance(self.picture, str) or (self.picture and not DIGEST.fullmatch(self.picture)):
            raise InvalidDisplay(f"no picture: {self.picture!r}")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote; what is missing is as it is without it. Raises InvalidDisplay."""
        _refuse_unknown(cls, data)
        values = dict(data)
        if "languages" in values:
            if not isinstance(values["languages"], list | tuple):
                raise InvalidDisplay(f"languages are no list: {values['languages']!r}")
            values["languages"] = tuple(values["languages"])
        if "announcement" in values:
            if not isinstance(values["announcement"], Mapping):
                raise InvalidDisplay(f"no announcement: {values['announcement']!r}")
            values["announcement"] = Announcement.from_dict(values["announcement"])
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        rest = {one.name: getattr(self, one.name) for one in fields(self)}
        return rest | {"languages": list(self.languages), "announcement": self.announcement.to_dict()}


def read_display(data: Mapping[str, Any]) -> Display:
    """For pages, which go on whatever is in the row: where it cannot be read, as without it."""
    try:
        return Display.from_dict(data)
    except InvalidDisplay as error:
        log.error("display_unreadable", reason=str(error)[:200])
        return DEFAULT_DISPLAY


def _settle(value: Any, name: str, most: int, *, allowed: str = "") -> None:
    text = getattr(value, name)
    if not isinstance(text, str):
        raise InvalidDisplay(f"{name} is no text: {text!r}")
    try:
        object.__setattr__(value, name, settle_text(text, most=most, allowed=allowed))
    except ValueError as error:
        raise InvalidDisplay(f"{name}: {error}") from error


def _check_choice(name: str, value: Any, choices: Mapping[str, Any]) -> None:
    if not isinstance(value, str) or value not in choices:
        raise InvalidDisplay(f"{name} is none of {', '.join(choices)}: {value!r}")


def _refuse_unknown(cls: type[Any], data: Mapping[str, Any]) -> None:
    if unknown := set(data) - {one.name for one in fields(cls)}:
        raise InvalidDisplay(f"there is no {', '.join(sorted(map(str, unknown)))}")


def _read_day(name: str, value: Any) -> date | None:
    if value is None or type(value) is date:
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise InvalidDisplay(f"{name} is no day: {value!r}") from error


DEFAULT_DISPLAY = Display()
