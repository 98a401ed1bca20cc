"""The contrast gate: what a theme cannot be published with, and the nearest colour that would do.

A picked colour is shown as it was picked wherever it can be read; `derive_palette` moves it where it cannot.
The gate says so before a visitor sees a colour nobody picked. Ratios are WCAG 2.2's, AA.
"""

from dataclasses import dataclass, replace
from typing import Literal

from store.oklch import contrast, mix
from store.theme import MARK, TEXT, Mode, Palette, Theme, derive_palette

# Text or mark, ground, ratio needed: every pair the style sheets make of a theme.
PAIRS: tuple[tuple[str, str, float], ...] = (
    *(
        (text, ground, TEXT)
        for text in ("ink", "ink-muted", "brand")
        for ground in ("surface", "surface-raised", "wash")
    ),
    *(
        (text, ground, TEXT)
        for text in ("success", "warning", "danger")
        for ground in ("surface", "surface-raised", f"{text}-wash")
    ),
    ("ink", "danger-wash", TEXT),
    ("brand-ink", "brand", TEXT),
    ("brand-ink", "brand-hover", TEXT),
    ("accent-ink", "accent", TEXT),
    ("surface", "ink", TEXT),
    *((mark, ground, MARK) for mark in ("field-line", "focus") for ground in ("surface", "surface-raised")),
)
MODES: tuple[Mode, ...] = ("light", "dark")
Picked = Literal["surface", "ink", "brand"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One picked colour that cannot be shown as picked.

    `kind` is "contrast" where text cannot be read (`ratio` of `needs`, on `ground`), "ground" where the
    page's colour is too dark or too strong to read on at all.
    """

    colour: Picked
    kind: Literal["contrast", "ground"]
    ground: str
    ratio: float
    needs: float
    nearest: str  # "#rrggbb"


def find_unreadable(theme: Theme) -> tuple[Finding, ...]:
    """What stands in the way of publishing; empty for a theme that is shown exactly as it was picked."""
    palette = derive_palette(theme, "light")
    picked: tuple[Picked, ...] = ("surface", "ink", "brand")
    return tuple(_describe(theme, palette, name) for name in picked if getattr(theme, name) != palette[name])


def use_nearest(theme: Theme) -> Theme:
    """The theme with every suggestion taken; there is nothing left to find in it."""
    for _ in range(4):  # a moved ground can ask a little more of the text on it
        findings = find_unreadable(theme)
        if not findings:
            break
        theme = replace(theme, **{finding.colour: finding.nearest for finding in findings})
    return theme


def rate(theme: Theme) -> dict[str, float]:
    """The least ratio each picked colour reaches as it is shown, for the form: {"brand": 7.6, ...}."""
    palettes = [complete(derive_palette(theme, mode)) for mode in MODES]
    pairs = {
        "brand": ("brand", "brand-ink"),
        "accent": ("accent-ink",),
        "surface": ("ink",),
        "ink": ("ink", "ink-muted"),
    }
    return {
        name: min(
            contrast(palette[text], palette[ground])
            for palette in palettes
            for text, ground, _needs in PAIRS
            if text in texts
        )
        for name, texts in pairs.items()
    }


def failing_pairs(theme: Theme) -> list[str]:
    """Pairs of the derived palettes that cannot be read, "dark: ink on surface, 4.1 of 4.5". Always empty."""
    return [
        f"{mode}: {text} on {ground}, {ratio:.2f} of {needs}"
        for mode in MODES
        for palette in (complete(derive_palette(theme, mode)),)
        for text, ground, needs in PAIRS
        if (ratio := contrast(palette[text], palette[ground])) < needs
    ]


def complete(palette: Palette) -> Palette:
    """With what tokens.css mixes of the thirteen."""
    raised = palette["surface-raised"]
    return palette | {
        "wash": mix(palette["brand"], 0.08, raised),
        "success-wash": mix(palette["success"], 0.10, raised),
        "warning-wash": mix(palette["warning"], 0.10, raised),
        "danger-wash": mix(palette["danger"], 0.09, raised),
        "brand-hover": mix(palette["brand"], 0.86, palette["ink"]),
        "field-line": mix(palette["ink-muted"], 0.82, raised),
    }


def _describe(theme: Theme, palette: Palette, name: Picked) -> Finding:
    nearest = palette[name]
    if name == "surface":
        return Finding(name, "ground", "", 0.0, 0.0, nearest)
    shown = complete(palette | {name: getattr(theme, name)})
    grounds = [ground for text, ground, _needs in PAIRS if text == name]
    ground = min(grounds, key=lambda ground: contrast(shown[name], shown[ground]))
    return Finding(name, "contrast", ground, contrast(shown[name], shown[ground]), TEXT, nearest)
