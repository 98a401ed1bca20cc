"""The families a merchant can choose from, and how each wants to be set.

Files stand in static/fonts (see its README). Each family comes with a fallback face: a font the device has,
stretched to our font's measures, so that a page looks much the same before ours are there.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

LATIN = (
    "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+0304,U+0308,U+0329,U+2000-206F,U+20AC,"
    "U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD"
)
LATIN_EXT = (
    "U+0100-02BA,U+02BD-02C5,U+02C7-02CC,U+02CE-02D7,U+02DD-02FF,U+1D00-1DBF,U+1E00-1E9F,U+1EF2-1EFF,U+2020,"
    "U+20A0-20AA,U+20AD-20C0,U+2113,U+2C60-2C7F,U+A720-A7FF"
)
VIETNAMESE = (
    "U+0102-0103,U+0110-0111,U+0128-0129,U+0168-0169,U+01A0-01A1,U+01AF-01B0,U+0300-0301,U+0303-0304,"
    "U+0308-0309,U+0323,U+0329,U+1EA0-1EF9,U+20AB"
)


@dataclass(frozen=True, slots=True)
class FontFile:
    family: str
    path: str
    weights: str
    unicode_range: str
    is_preloaded: bool = False


@dataclass(frozen=True, slots=True)
class Fallback:
    """A device's own font, measured against ours over a line of English and German."""

    sources: str
    size_adjust: str
    ascent: str
    descent: str


@dataclass(frozen=True, slots=True)
class Family:
    name: str
    label: Any
    note: Any
    stack: str
    files: tuple[FontFile, ...] = ()
    display_tokens: tuple[tuple[str, str], ...] = ()
    body_tokens: tuple[tuple[str, str], ...] = ()


ARIAL = 'local("Arial"),local("Liberation Sans"),local("Roboto")'
ARIAL_BOLD = 'local("Arial Bold"),local("Arial-BoldMT"),local("Liberation Sans Bold"),local("Roboto Bold")'
TIMES = 'local("Times New Roman"),local("Liberation Serif"),local("Noto Serif")'
FALLBACKS: dict[str, Fallback] = {
    "Bricolage Grotesque": Fallback(ARIAL_BOLD, "102.4%", "90.8%", "26.4%"),
    "Hanken Grotesk": Fallback(ARIAL, "100.6%", "99.4%", "30.1%"),
    "Fraunces": Fallback(TIMES, "118.1%", "82.8%", "21.6%"),
    "Newsreader": Fallback(TIMES, "104.8%", "70.1%", "25.3%"),
}


def _files(family: str, weights: str) -> tuple[FontFile, ...]:
    slug = family.lower().replace(" ", "-")
    # Of two faces that hold a letter the later one is fetched: Vietnamese after Latin Extended.
    return (
        FontFile(family, f"fonts/{slug}-latin-ext.woff2", weights, LATIN_EXT),
        FontFile(family, f"fonts/{slug}-vietnamese.woff2", weights, VIETNAMESE),
        FontFile(family, f"fonts/{slug}-latin.woff2", weights, LATIN, is_preloaded=True),
    )


def _display(weight: int, tracking: str, leading: str) -> tuple[tuple[str, str], ...]:
    return ("display-weight", str(weight)), ("display-tracking", tracking), ("display-leading", leading)


# A book face looks smaller than a grotesque of the same size.
BOOK_SIZES = (
    ("text-m", "clamp(1.125rem,1.09rem + .18vw,1.25rem)"),
    ("text-s", "clamp(1rem,.98rem + .1vw,1.0625rem)"),
    ("text-xs", "clamp(.9375rem,.92rem + .06vw,.97rem)"),
)
HANKEN = _files("Hanken Grotesk", "300 700")
BRICOLAGE = _files("Bricolage Grotesque", "500 800")
FRAUNCES = _files("Fraunces", "400 700")
NEWSREADER = _files("Newsreader", "400 700")
HANKEN_STACK = '"Hanken Grotesk","Hanken Grotesk fallback",var(--sans)'
NEWSREADER_STACK = '"Newsreader","Newsreader fallback",var(--serif)'

DISPLAY_FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family(
            "bricolage",
            "Bricolage Grotesque",
            _("Big-voiced, a little odd"),
            '"Bricolage Grotesque","Bricolage Grotesque fallback",var(--sans)',
            BRICOLAGE,
            _display(750, "-.035em", "1"),
        ),
        Family(
            "fraunces",
            "Fraunces",
            _("Soft, wonky, generous"),
            '"Fraunces","Fraunces fallback",var(--serif)',
            FRAUNCES,
            _display(600, "-.02em", "1.06"),
        ),
        Family(
            "hanken",
            "Hanken Grotesk",
            _("Plain and firm"),
            HANKEN_STACK,
            HANKEN,
            _display(700, "-.025em", "1.06"),
        ),
        Family(
            "hanken-light",
            _("Hanken Grotesk, light"),
            _("Calm"),
            HANKEN_STACK,
            HANKEN,
            _display(300, "-.03em", "1.08"),
        ),
        Family(
            "newsreader",
            "Newsreader",
            _("Like a letter"),
            NEWSREADER_STACK,
            NEWSREADER,
            _display(500, "-.015em", "1.12"),
        ),
        Family(
            "system",
            _("The device’s own"),
            _("Nothing to load"),
            "var(--sans)",
            (),
            _display(700, "-.02em", "1.08"),
        ),
    )
}
BODY_FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family("hanken", "Hanken Grotesk", _("Clear at every size"), HANKEN_STACK, HANKEN),
        Family(
            "newsreader",
            "Newsreader",
            _("For those who like to read"),
            NEWSREADER_STACK,
            NEWSREADER,
            body_tokens=BOOK_SIZES,
        ),
        Family("system", _("The device’s own"), _("Nothing to load"), "var(--sans)"),
    )
}


def render_font_faces(
    files: Iterable[FontFile], *, url: Callable[[str], str], is_preloaded: bool = True
) -> str:
    """`@font-face` rules for the files and, once a family, for its fallback.

    A file that pages preload is used where it is there in time, and from the next page on where it is not:
    lines that break elsewhere would move the page under the reader's finger.
    """
    files = tuple(files)
    rules = [
        f'@font-face{{font-family:"{file.family}";src:url("{url(file.path)}") format("woff2");'
        f"font-weight:{file.weights};"
        f"font-display:{'optional' if is_preloaded and file.is_preloaded else 'swap'};"
        f"unicode-range:{file.unicode_range}}}\n"
        for file in files
    ]
    for family in dict.fromkeys(file.family for file in files):
        fallback = FALLBACKS[family]
        rules.append(
            f'@font-face{{font-family:"{family} fallback";src:{fallback.sources};'
            f"size-adjust:{fallback.size_adjust};ascent-override:{fallback.ascent};descent-override:{fallback.descent};line-gap-override:0%}}\n"
        )
    return "".join(rules)
