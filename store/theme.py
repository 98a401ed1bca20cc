"""A salon's look: what a merchant picks, and the style sheet derived from it.

A merchant picks four colours, two families and the shape of corners. `derive_palette` makes thirteen colours
of them, in light and in dark, and moves what would be hard to read in lightness until it reads. Every value
that reaches CSS is either a colour made here or a key of a table in this file.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import Any, Literal

from django.templatetags.static import static

from store.fonts import BODY_FAMILIES, DISPLAY_FAMILIES, FontFile, render_font_faces
from store.oklch import HEX, Colour, contrast, mix

Mode = Literal["light", "dark"]
Palette = dict[str, str]
Check = Callable[[str], bool]

CORNERS: dict[str, dict[str, str]] = {
    "square": {"s": "0", "m": "0", "l": "0", "control": "0"},
    "crisp": {"s": "2px", "m": "2px", "l": "2px", "control": "2px"},
    "soft": {"s": ".375rem", "m": ".625rem", "l": "1rem", "control": ".625rem"},
    "round": {"s": ".5rem", "m": "1.25rem", "l": "2rem", "control": ".875rem"},
    "pill": {"s": ".375rem", "m": "1rem", "l": "1.5rem", "control": "999px"},
}
# How much air is between things: the three largest steps of space. The usual one is tokens.css's own.
DENSITIES: dict[str, dict[str, str]] = {
    "compact": {
        "l": "clamp(1.375rem,1.2rem + .8vw,1.875rem)",
        "xl": "clamp(1.875rem,1.5rem + 1.6vw,2.75rem)",
        "2xl": "clamp(2.75rem,2.2rem + 2.6vw,4.25rem)",
    },
    "regular": {},
    "airy": {
        "l": "clamp(2rem,1.7rem + 1.6vw,3.25rem)",
        "xl": "clamp(3.25rem,2.5rem + 3.4vw,5.5rem)",
        "2xl": "clamp(4.75rem,3.5rem + 6vw,9rem)",
    },
}
COLOURS = ("brand", "accent", "surface", "ink")  # what a merchant picks
TEXT, MARK = 4.5, 3.0  # WCAG 2.2: text, and the edges of what can be used
TABLES: dict[str, Mapping[str, object]] = {
    "display": DISPLAY_FAMILIES,
    "body": BODY_FAMILIES,
    "corners": CORNERS,
    "density": DENSITIES,
}


class InvalidTheme(ValueError):
    """A theme holds something that is not in the lists, or is no colour."""


@dataclass(frozen=True, slots=True)
class Theme:
    """What a merchant picks. Colours are "#rrggbb" in lower case; the rest are keys of the tables."""

    brand: str = "#1f5f3f"
    accent: str = "#ffb938"
    surface: str = "#f6f6f2"
    ink: str = "#1b1d1a"
    display: str = "bricolage"
    body: str = "hanken"
    corners: str = "soft"
    density: str = "regular"

    def __post_init__(self) -> None:
        for name in COLOURS:
            value = getattr(self, name)
            if not isinstance(value, str) or not HEX.fullmatch(value):
                raise InvalidTheme(f"{name} is not a colour like #1f5f3f: {value!r}")
        for name, table in TABLES.items():
            value = getattr(self, name)
            if not isinstance(value, str) or value not in table:
                raise InvalidTheme(f"{name} is none of {', '.join(table)}: {value!r}")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Theme":
        """Read what `to_dict` wrote; what is missing is the house's. Raises InvalidTheme."""
        if unknown := set(data) - {field.name for field in fields(cls)}:
            raise InvalidTheme(f"a theme has no {', '.join(sorted(unknown))}")
        return cls(**data)

    def to_dict(self) -> dict[str, str]:
        return asdict(self)


DEFAULT_THEME = Theme()


@lru_cache(maxsize=512)
def theme_css(theme: Theme) -> str:
    """The sheet that goes last on every page: fonts, thirteen colour pairs, type, corners."""
    light, dark = derive_palette(theme, "light"), derive_palette(theme, "dark")
    plain = "".join(f"--{name}:{value};" for name, value in light.items())
    pairs = "".join(f"--{name}:light-dark({light[name]},{dark[name]});" for name in light)
    display, body = DISPLAY_FAMILIES[theme.display], BODY_FAMILIES[theme.body]
    tokens = dict(body.body_tokens) | {"font-body": body.stack, "font-display": display.stack}
    tokens |= dict(display.display_tokens)
    tokens |= {f"radius-{name}": value for name, value in CORNERS[theme.corners].items()}
    tokens |= {f"space-{name}": value for name, value in DENSITIES[theme.density].items()}
    shape = "".join(f"--{name}:{value};" for name, value in tokens.items())
    return (
        render_font_faces(theme_fonts(theme), url=static)
        + f"@layer tokens{{:root{{{plain}{shape}}}"
        # A custom property takes any text, so a browser without light-dark() must not see it at all.
        + f"@supports(color:light-dark(#000,#fff)){{:root{{{pairs}}}}}}}\n"
    )


@lru_cache(maxsize=512)
def theme_hash(theme: Theme) -> str:
    """Sixteen hex digits that change whenever the sheet does, new font files and new code included."""
    return hashlib.sha256(theme_css(theme).encode()).hexdigest()[:16]


def theme_fonts(theme: Theme) -> tuple[FontFile, ...]:
    """The font files the theme can need, without repeats; those with `is_preloaded` are needed at once."""
    files = (*DISPLAY_FAMILIES[theme.display].files, *BODY_FAMILIES[theme.body].files)
    return tuple(dict.fromkeys(files))


@lru_cache(maxsize=512)
def theme_preloads(theme: Theme) -> tuple[str, ...]:
    """URLs for `<link rel="preload" as="font">`."""
    return tuple(static(file.path) for file in theme_fonts(theme) if file.is_preloaded)


@lru_cache(maxsize=512)
def theme_grounds(theme: Theme) -> tuple[str, str]:
    """The page's colour in light and in dark, for `<meta name="theme-color">`."""
    return derive_palette(theme, "light")["surface"], derive_palette(theme, "dark")["surface"]


def derive_palette(theme: Theme, mode: Mode) -> Palette:
    """The thirteen colours of one mode, by their names in tokens.css."""
    picked = {name: Colour.from_hex(getattr(theme, name)) for name in COLOURS}
    is_dark = mode == "dark"
    palette = _dark_grounds(picked) if is_dark else _light_grounds(picked)
    toward = 1.0 if is_dark else 0.0
    surface, raised = palette["surface"], palette["surface-raised"]

    def reads(needs: float, *shares: float) -> Check:
        """On the page, on what is raised and on its own washes."""
        return lambda text: all(
            contrast(text, ground) >= needs
            for ground in (surface, raised, *(mix(text, share, raised) for share in shares))
        )

    brand = picked["brand"]
    brand = brand.at(max(brand.lightness, 0.8), chroma_at_most=0.13) if is_dark else brand
    palette["brand"] = _move(brand, toward, reads(TEXT, 0.08))
    for name, hue, chroma in (("success", 155.0, 0.11), ("warning", 70.0, 0.11), ("danger", 28.0, 0.17)):
        status = Colour(0.82 if is_dark else 0.5, min(chroma, 0.12) if is_dark else chroma, hue)
        palette[name] = _move(status, toward, reads(TEXT, 0.1))
    grounds = (surface, raised, mix(palette["brand"], 0.08, raised), mix(palette["danger"], 0.09, raised))
    _add_inks(palette, picked, is_dark, grounds)
    hover = mix(palette["brand"], 0.86, palette["ink"])
    palette["brand-ink"] = _ink_on((palette["brand"], hover), brand)
    accent = picked["accent"].at(max(picked["accent"].lightness, 0.72)) if is_dark else picked["accent"]
    palette["accent"] = accent.to_hex()
    palette["accent-ink"] = _ink_on((palette["accent"],), accent)
    # A ring the brand cannot hide: blue, or amber beside a blue brand.
    ring_hue = 55.0 if 200 <= brand.hue <= 310 and brand.chroma > 0.04 else 258.0
    start = 0.78 if is_dark else 0.52
    palette["focus"] = _move(Colour(start, 0.16, ring_hue), toward, reads(TEXT))
    return palette


def _light_grounds(picked: dict[str, Colour]) -> Palette:
    surface = picked["surface"].at(max(picked["surface"].lightness, 0.9), chroma_at_most=0.05)
    surface = Colour.from_hex(surface.to_hex())  # what a merchant who takes this colour over will have picked
    raised = surface.at(surface.lightness + 0.025, chroma_at_most=surface.chroma * 0.5)
    line = surface.at(surface.lightness - 0.075, chroma_at_most=surface.chroma + 0.01)
    return {"surface": surface.to_hex(), "surface-raised": raised.to_hex(), "line": line.to_hex()}


def _dark_grounds(picked: dict[str, Colour]) -> Palette:
    """Dark is not inverted light: the grounds take the ink's hue."""
    surface = picked["ink"].at(0.175, chroma_at_most=0.03)
    return {
        "surface": surface.to_hex(),
        "surface-raised": surface.at(0.228).to_hex(),
        "line": surface.at(0.335).to_hex(),
    }


def _add_inks(palette: Palette, picked: dict[str, Colour], is_dark: bool, grounds: tuple[str, ...]) -> None:
    raised = palette["surface-raised"]
    toward = 1.0 if is_dark else 0.0
    ink = (
        picked["surface"].at(0.955, chroma_at_most=0.015)
        if is_dark
        else picked["ink"].at(picked["ink"].lightness)
    )
    palette["ink"] = _move(
        ink, toward, lambda text: all(contrast(text, ground) >= TEXT for ground in grounds)
    )
    muted = ink.at(0.76, chroma_at_most=0.02) if is_dark else ink.at(0.49, chroma_at_most=0.04)

    def reads_quietly(text: str) -> bool:
        edge = mix(text, 0.82, raised)  # --field-line
        is_edge_seen = all(contrast(edge, ground) >= MARK for ground in grounds[:2])
        return is_edge_seen and all(contrast(text, ground) >= TEXT for ground in grounds)

    palette["ink-muted"] = _move(muted, toward, reads_quietly)


def _ink_on(grounds: tuple[str, ...], like: Colour) -> str:
    """Text on a filled ground: nearly black or nearly white, whichever reads better, with a tint of it."""

    def least(end: str) -> float:
        return min(contrast(end, ground) for ground in grounds)

    if least("#000000") > least("#ffffff"):
        colour, toward = like.at(0.2, chroma_at_most=0.05), 0.0
    else:
        colour, toward = like.at(0.985, chroma_at_most=0.01), 1.0
    return _move(colour, toward, lambda text: least(text) >= TEXT)


def _move(colour: Colour, toward: float, passes: Check) -> str:
    """Move a colour's lightness by hundredths until it passes; at the end of the road, give that end."""
    step = 0.01 if toward > colour.lightness else -0.01
    for _ in range(100):
        text = colour.to_hex()
        if passes(text) or colour.lightness == toward:
            return text
        colour = colour.at(colour.lightness + step)
    return colour.to_hex()
