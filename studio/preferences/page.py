"""What the page of settings shows beside its forms: examples, previews, how things stand now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.presenters.home import make_title
from catalog.presenters.parts import first_sentences, to_text
from catalog.queries import Catalog, CatalogUnavailable, find_zone, get_catalog
from catalog.sharing import find_share_picture
from store import display, formats
from store.tenancy import StoreInfo, current_store, store_scope

PRICES = (Decimal(95), Decimal("12.5"))
CLOCK = time(14, 30)
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Choice:
    """`note` is how it looks; `id` is empty for all but the first, to which the summary of mistakes leads."""

    value: str
    label: str
    note: str
    is_chosen: bool
    id: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class PreferencesPage:
    """What stands beside the forms."""

    own_language: str
    languages: tuple[Choice, ...]
    formats: dict[str, tuple[Choice, ...]]
    examples: tuple[Example, ...]
    announcement: str  # how it stands with it, in a sentence
    zone: str
    prepayments: tuple[Choice, ...]
    result: "SearchResult"
    picture_alt: str


@dataclass(frozen=True, slots=True)
class SearchResult:
    """As a search engine shows it; `default_...` stands there without the merchant's words."""

    address: str
    title: str
    description: str
    default_title: str
    default_description: str


def make_page(info: StoreInfo, forms: Mapping[str, forms.Form]) -> PreferencesPage:
    """`forms` by the keys of their groups; one of them may hold what was refused."""
    catalog = find_catalog()
    return PreferencesPage(
        own_language=_name_language(info.languages[0]),
        languages=list_languages(forms["formats"]),
        formats=list_formats(forms["formats"]),
        examples=list_examples(info.display),
        announcement=say_announcement_state(info.display.announcement),
        zone=formats.format_zone(find_zone(), info.locale),
        prepayments=tuple(_list_choices(forms["deposits"], "prepayment", {})),
        result=make_search_result(forms["search"], catalog),
        picture_alt=find_share_picture(catalog).alt if catalog else "",
    )


def list_formats(form: forms.Form) -> dict[str, tuple[Choice, ...]]:
    """The choices of the group's three rows, each with its example, by the field's name."""
    day, currency = _next_saturday(), _currency()
    notes: dict[str, dict[str, str]] = {"currency": {}, "clock": {}, "dates": {}}
    for key in display.CURRENCIES:
        with _showing(currency=key):
            notes["currency"][key] = " · ".join(_say_money(price, currency) for price in PRICES)
    for key in display.CLOCKS:
        with _showing(clock=key):
            notes["clock"][key] = formats.format_clock(CLOCK, _locale())
    for key in display.DATES:
        with _showing(dates=key):
            notes["dates"][key] = formats.format_day(day, _locale())
    return {name: tuple(_list_choices(form, name, notes[name])) for name in notes}


def list_languages(form: forms.Form) -> tuple[Choice, ...]:
    """All there are but the store's own, which is always offered."""
    own = current_store().languages[0]
    chosen = form["languages"].value() or ()
    codes = [code for code, _label in settings.LANGUAGES if code != own]
    return tuple(
        Choice(
            code, _name_language(code), "", code in chosen, form["languages"].id_for_label if first else ""
        )
        for first, code in _mark_first(codes)
    )


def list_examples(shown: display.Display) -> tuple[Example, ...]:
    """How a price and a moment look in each language that would be offered."""
    info, currency, day = current_store(), _currency(), _next_saturday()
    own = info.languages[0]
    examples = []
    for code in dict.fromkeys((own, *shown.languages)):
        with store_scope(replace(info.speaking(code), display=shown)):
            moment = f"{formats.format_day(day, _locale())}, {formats.format_clock(CLOCK, _locale())}"
            text = f"{_say_money(PRICES[0], currency)} · {moment}"
        examples.append(Example(_name_language(code), text))
    return tuple(examples)


def say_announcement_state(announcement: display.Announcement) -> str:
    """Whether it is shown now, in a sentence."""
    today = timezone.now().astimezone(find_zone()).date()
    if not announcement.text:
        return _("There is none.")
    if announcement.is_in_force(today):
        return _("Visitors see it now.")
    if announcement.starts and today < announcement.starts:
        return _("It begins on %(day)s.") % {"day": formats.format_day(announcement.starts, _locale())}
    ends = formats.format_day(announcement.ends or today, _locale())
    return _("It ended on %(day)s.") % {"day": ends}


def make_search_result(form: forms.Form, catalog: Catalog | None) -> SearchResult:
    info = current_store()
    title = make_title(catalog) if catalog else info.name
    said = to_text(catalog.business.description) if catalog else ""
    description = first_sentences(said, display.DESCRIPTION_MOST) if said else ""
    return SearchResult(
        address=urlsplit(info.base_url).netloc,
        title=form["title"].value() or title,
        description=form["description"].value() or description,
        default_title=title,
        default_description=description,
    )


def find_catalog() -> Catalog | None:
    """None while Mango Biz has never answered: settings can be made before."""
    try:
        return get_catalog()
    except CatalogUnavailable:
        return None


def _list_choices(form: forms.Form, name: str, notes: Mapping[str, str]) -> Iterator[Choice]:
    bound = form[name]
    field = form.fields[name]
    for first, (value, label) in _mark_first(field.choices):  # type: ignore[attr-defined]
        is_chosen = bound.value() == value
        yield Choice(value, str(label), notes.get(value, ""), is_chosen, bound.id_for_label if first else "")


def _mark_first(rows: Any) -> Iterator[tuple[bool, Any]]:
    for number, row in enumerate(rows):
        yield number == 0, row


def _showing(**changes: str) -> Any:
    """Inside, the store shows itself with another preference."""
    info = current_store()
    return store_scope(replace(info, display=replace(info.display, **changes)))  # type: ignore[arg-type]


def _say_money(amount: Decimal, currency: str) -> str:
    return formats.format_money(amount, currency, _locale())


def _currency() -> str:
    catalog = find_catalog()
    return catalog.business.currency if catalog else "USD"


def _next_saturday() -> date:
    today = timezone.now().astimezone(find_zone()).date()
    return today + timedelta(days=(SATURDAY - today.weekday()) % 7)


def _name_language(code: str) -> str:
    """As those who speak it call it."""
    return formats.format_language(code, code)


def _locale() -> str:
    return current_store().locale
