"""Preferences and settings of the store in scope, one group at a time, with a line in the log of changes.

Every service takes who did it (`by`, a log-in name, and `user`), answers whether anything changed, and raises
InvalidDisplay for what cannot be shown. What stays as it was leaves no trace. The log keeps English words,
which are translated where it is read.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from store import formats
from store.audit import record
from store.display import CLOCKS, CURRENCIES, DATES, LINKS, Announcement, Display, read_display
from store.models import Store
from store.tenancy import current_store

LOGGED_LETTERS = 300  # of a long text
Changes = list[tuple[Any, Any, Any]]  # label, before, after


@transaction.atomic
def change_formats(
    *,
    languages: Iterable[str],
    currency: str,
    clock: str,
    dates: str,
    by: str,
    user: AbstractBaseUser | None = None,
) -> bool:
    """`languages` are codes offered beside the store's own."""
    own = current_store().languages[0]
    offered = tuple(language for language in languages if language != own)
    store, before, after = _change(languages=offered, currency=currency, clock=clock, dates=dates)
    changes: Changes = [
        (_("Languages"), _name_languages(own, before), _name_languages(own, after)),
        (_("Prices"), CURRENCIES[before.currency], CURRENCIES[after.currency]),
        (_("Clock"), CLOCKS[before.clock], CLOCKS[after.clock]),
        (_("Dates"), DATES[before.dates], DATES[after.dates]),
    ]
    return _note("preferences.formats", changes, by, user) and _keep(store, after)


@transaction.atomic
def change_announcement(*, announcement: Announcement, by: str, user: AbstractBaseUser | None = None) -> bool:
    store, before, after = _change(announcement=announcement)
    old, new = before.announcement, after.announcement
    changes: Changes = [
        (_("Text"), old.text, new.text),
        (_("Leads to"), LINKS[old.link], LINKS[new.link]),
        (_("Words of the link"), old.label, new.label),
        (_("First day"), _say_day(old.starts), _say_day(new.starts)),
        (_("Last day"), _say_day(old.ends), _say_day(new.ends)),
    ]
    return _note("preferences.announcement", changes, by, user) and _keep(store, after)


@transaction.atomic
def change_privacy(
    *, cookie_text: str, privacy_text: str, by: str, user: AbstractBaseUser | None = None
) -> bool:
    store, before, after = _change(cookie_text=cookie_text, privacy_text=privacy_text)
    changes: Changes = [
        (_("Note on cookies"), before.cookie_text, after.cookie_text),
        (_("Privacy text"), before.privacy_text, after.privacy_text),
    ]
    return _note("preferences.privacy", changes, by, user) and _keep(store, after)


@transaction.atomic
def change_search(*, title: str, description: str, by: str, user: AbstractBaseUser | None = None) -> bool:
    store, before, after = _change(title=title, description=description)
    changes: Changes = [
        (_("Title"), before.title, after.title),
        (_("Description"), before.description, after.description),
    ]
    return _note("preferences.search", changes, by, user) and _keep(store, after)


@transaction.atomic
def change_share_picture(*, picture: str, by: str, user: AbstractBaseUser | None = None) -> bool:
    """`picture` is the digest of a StoreImage for links, empty for the one that is drawn."""
    store, before, after = _change(picture=picture)
    changes: Changes = [(_("Picture for links"), _say_picture(before), _say_picture(after))]
    if before.picture and after.picture and before.picture != after.picture:
        changes = [(_("Picture for links"), "", _("another one"))]
    return _note("preferences.picture", changes, by, user) and _keep(store, after)


@transaction.atomic
def change_assistant(
    *, has_ai: bool, chat_per_minute: int, by: str, user: AbstractBaseUser | None = None
) -> bool:
    """Raises django.core.exceptions.ValidationError for a number that no store may have."""
    return _change_columns("preferences.assistant", by, user, has_ai=has_ai, chat_per_minute=chat_per_minute)


@transaction.atomic
def change_reminders(
    *, day_before: bool, hours_before: bool, by: str, user: AbstractBaseUser | None = None
) -> bool:
    return _change_columns(
        "preferences.reminders", by, user, reminds_day_before=day_before, reminds_hours_before=hours_before
    )


def _change_columns(action: str, by: str, user: AbstractBaseUser | None, **values: bool | int) -> bool:
    """What stands in columns of the store's own, in the words they have in the admin."""
    store = _lock()
    changes: Changes = []
    for name, value in values.items():
        label = Store._meta.get_field(name).verbose_name  # type: ignore[union-attr]  # a column's
        changes.append((label, _say_value(getattr(store, name)), _say_value(value)))
        setattr(store, name, value)
    store.clean_fields(exclude=[field.name for field in Store._meta.fields if field.name not in values])
    return _note(action, changes, by, user) and _write(store, *values)


def _change(**values: Any) -> tuple[Store, Display, Display]:
    store = _lock()
    before = read_display(store.display)
    return store, before, replace(before, **values)


def _keep(store: Store, display: Display) -> bool:
    store.display = display.to_dict()
    return _write(store, "display")


def _lock() -> Store:
    return Store.objects.select_for_update().get(pk=current_store().id)


def _write(store: Store, *fields: str) -> bool:
    store.save(update_fields=fields)
    return True


def _note(action: str, changes: Changes, by: str, user: AbstractBaseUser | None) -> bool:
    """Whether there was something to note."""
    with translation.override("en"):
        details = [
            {"label": str(label), "before": _cut(str(before)), "after": _cut(str(after))}
            for label, before, after in changes
            if str(before) != str(after)
        ]
    if details:
        record(action, by=by, user=user, details=details)
    return bool(details)


def _cut(text: str) -> str:
    return text if len(text) <= LOGGED_LETTERS else f"{text[: LOGGED_LETTERS - 1]}…"


def _name_languages(own: str, display: Display) -> str:
    """As those who speak them call them."""
    return ", ".join(formats.format_language(code, code) for code in dict.fromkeys((own, *display.languages)))


def _say_day(day: date | None) -> str:
    return formats.format_date_with_year(day, current_store().locale) if day else ""


def _say_picture(display: Display) -> Any:
    return _("uploaded") if display.picture else _("drawn")


def _say_value(value: bool | int) -> Any:
    if isinstance(value, bool):
        return _("on") if value else _("off")
    return value
