"""The studio's menu."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from store.models import Role
from studio.page import Studio


@dataclass(frozen=True, slots=True)
class Entry:
    label: Any
    icon: str  # a name of store.templatetags.icons
    route: str
    sees: Role = Role.VIEWER


ENTRIES = (
    Entry(_("Overview"), "home", "studio:home"),
    Entry(_("First steps"), "flag", "studio:start"),
    Entry(_("Look"), "brush", "studio:look"),
    Entry(_("Domains"), "globe", "studio:domains"),
    Entry(_("Settings"), "gear", "studio:preferences"),
    Entry(_("People"), "users", "studio:people"),
    Entry(_("History"), "history", "studio:history", sees=Role.EDITOR),
)


def studio(request: HttpRequest) -> dict[str, Any]:
    """`studio` and `studio_nav` on pages of the studio; nothing elsewhere."""
    found: Studio | None = getattr(request, "studio", None)
    if found is None:
        return {}
    return {
        "studio": found,
        "studio_nav": [_item(request, found, entry) for entry in ENTRIES if found.role.reaches(entry.sees)],
    }


def _item(request: HttpRequest, studio: Studio, entry: Entry) -> dict[str, Any]:
    url = reverse(entry.route, args=[studio.store.slug])
    is_home = entry.route == "studio:home"
    is_current = request.path == url if is_home else request.path.startswith(url)
    return {"label": entry.label, "icon": entry.icon, "url": url, "is_current": is_current}
