"""What the editor says of colours and pictures, in words a salon uses."""

from typing import Any

from django.utils.translation import gettext_lazy as _

COLOUR_HELPS: dict[str, Any] = {
    "brand": _("Buttons and links"),
    "accent": _("Small highlights"),
    "surface": _("Behind everything"),
    "ink": _("What is read"),
}
# By colour and the ground on which it reads worst.
SENTENCES: dict[tuple[str, str], Any] = {
    ("brand", "surface"): _("Brand on the page reaches %(ratio)s to 1; it needs %(needs)s."),
    ("brand", "surface-raised"): _("Brand on cards reaches %(ratio)s to 1; it needs %(needs)s."),
    ("brand", "wash"): _("Brand on tinted boxes reaches %(ratio)s to 1; it needs %(needs)s."),
    ("ink", "surface"): _("Text on the page reaches %(ratio)s to 1; it needs %(needs)s."),
    ("ink", "surface-raised"): _("Text on cards reaches %(ratio)s to 1; it needs %(needs)s."),
    ("ink", "wash"): _("Text on tinted boxes reaches %(ratio)s to 1; it needs %(needs)s."),
    ("ink", "danger-wash"): _("Text on warnings reaches %(ratio)s to 1; it needs %(needs)s."),
}
LOGO_NOTE = _("Stands where the store’s name stands now. A PNG with a transparent background looks best.")
HERO_NOTE = _("Opens the front page. At least 480 pixels wide; 1600 are sharp on every screen.")
