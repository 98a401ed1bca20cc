"""Ready-made colours: four that go together, each set readable in light and dark.

Adding one is a line here. Type and shape stay the merchant's: a palette is colours alone.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class FourColours:
    """What a theme takes over, "#rrggbb" each."""

    brand: str
    accent: str
    surface: str
    ink: str


@dataclass(frozen=True, slots=True)
class ReadyPalette:
    label: Any
    colours: FourColours


PALETTES: dict[str, ReadyPalette] = {
    "orchard": ReadyPalette(_("Orchard"), FourColours("#1f5f3f", "#ffb938", "#f6f6f2", "#1b1d1a")),
    "plum": ReadyPalette(_("Plum and copper"), FourColours("#7a2e52", "#f3a76b", "#faf2e9", "#2a1724")),
    "lotus": ReadyPalette(_("Lotus"), FourColours("#b3174f", "#a5dcc4", "#fff3f0", "#12342f")),
    "linen": ReadyPalette(_("Moss and linen"), FourColours("#34594a", "#dcc3a1", "#efece3", "#222d29")),
    "harbor": ReadyPalette(_("Harbor"), FourColours("#0f5560", "#e9ae3d", "#f2e7d2", "#152a3b")),
    "iris": ReadyPalette(_("Iris"), FourColours("#2c3fd1", "#ffb27a", "#f8f4ec", "#17171f")),
    "brick": ReadyPalette(_("Brick and cream"), FourColours("#9c3d1f", "#f5c26b", "#fbf5ea", "#2b1a12")),
    "lavender": ReadyPalette(_("Lavender"), FourColours("#5b3f9e", "#d9c7f2", "#f7f5fb", "#211c30")),
    "graphite": ReadyPalette(_("Black and white"), FourColours("#1c1c1c", "#ffd84d", "#ffffff", "#141414")),
    "lagoon": ReadyPalette(_("Lagoon"), FourColours("#00606b", "#ff9d8a", "#f1f8f7", "#0f2a2e")),
}
