"""An entry of the audit log as a person reads it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from store.audit import ACTIONS
from store.models import AuditEntry, Role

# What store.adminbase writes in English beside the labels of fields.
SAID = {
    "changed": gettext_lazy("changed"),
    "yes": gettext_lazy("yes"),
    "no": gettext_lazy("no"),
    "Rows": gettext_lazy("Rows"),
}


@dataclass(frozen=True, slots=True)
class Event:
    at: datetime
    actor: str
    what: str
    details: list[str]


def describe(entry: AuditEntry, zone: ZoneInfo) -> Event:
    label = str(ACTIONS.get(entry.action, entry.action))
    what = f"{label}: {entry.subject}" if entry.subject else label
    actor = _("the software") if entry.actor == "system" else entry.actor
    return Event(entry.at, actor, what, [_say(row, zone) for row in entry.details])


def _say(row: dict[str, Any], zone: ZoneInfo) -> str:
    """ "Role: Viewer is now Owner"; a row of a label alone is a sentence of its own."""
    what = _in_words(row.get("label", ""), zone)
    before, after = (_in_words(row.get(name, ""), zone) for name in ("before", "after"))
    if before and after:
        words = {"what": what, "before": before, "after": after}
        return _("%(what)s: %(before)s is now %(after)s") % words
    if before:
        return _("%(what)s: %(before)s is gone") % {"what": what, "before": before}
    return f"{what}: {after}" if after else what


def _in_words(value: str, zone: ZoneInfo) -> str:
    """Kept words are English: shown in the page's language where that knows them, instants in the zone."""
    if not value:
        return ""
    if value in Role.values:
        return str(Role(value).label)
    if value in SAID:
        return str(SAID[value])
    try:
        return date_format(datetime.fromisoformat(value).astimezone(zone), "DATETIME_FORMAT")
    except ValueError:
        return translation.gettext(value)  # marked for translation where it is noted
