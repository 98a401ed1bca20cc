"""The names of a theme's choices, as forms and lists of changes say them."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from store.fonts import BODY_FAMILIES, DISPLAY_FAMILIES

CORNERS: dict[str, Any] = {
    "square": _("Square"),
    "crisp": _("Crisp"),
    "soft": _("Soft"),
    "round": _("Round"),
    "pill": _("Round buttons"),
}
DENSITIES: dict[str, Any] = {
    "compact": _("Compact"),
    "regular": _("Regular"),
    "airy": _("Airy"),
}
CHOICES: dict[str, dict[str, Any]] = {
    "display": {name: family.label for name, family in DISPLAY_FAMILIES.items()},
    "body": {name: family.label for name, family in BODY_FAMILIES.items()},
    "corners": CORNERS,
    "density": DENSITIES,
}


def name_choice(field: str, value: str) -> str:
    """Of a field of a theme; a colour is its own name."""
    return str(CHOICES.get(field, {}).get(value, value))
