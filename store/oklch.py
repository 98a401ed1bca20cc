"""Colours as OKLCH: lightness that moves without the hue moving, and WCAG 2.2 contrast.

The matrices are Björn Ottosson's (https://bottosson.github.io/posts/oklab/), which CSS Color 4 uses too, so
that `mix` gives what a browser paints for `color-mix(in oklab, ...)`.
"""

import math
import re
from dataclasses import dataclass, replace

HEX = re.compile(r"#[0-9a-f]{6}")
Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Colour:
    """`lightness` 0-1, `chroma` from 0 to about 0.3, `hue` in degrees."""

    lightness: float
    chroma: float
    hue: float

    @classmethod
    def from_hex(cls, text: str) -> "Colour":
        """Take "#rrggbb" in lower case; anything else is a ValueError."""
        if not HEX.fullmatch(text):
            raise ValueError(f"not a colour: {text!r}")
        lab = _lab_from_rgb(_rgb_from_hex(text))
        return cls(lab[0], math.hypot(lab[1], lab[2]), math.degrees(math.atan2(lab[2], lab[1])) % 360)

    def at(self, lightness: float, *, chroma_at_most: float = 1) -> "Colour":
        return replace(self, lightness=min(1.0, max(0.0, lightness)), chroma=min(self.chroma, chroma_at_most))

    def to_hex(self) -> str:
        """The nearest colour a screen has: chroma gives way, lightness and hue stay."""
        low, high = 0.0, self.chroma
        if _is_in_gamut(self._rgb(high)):
            low = high
        else:
            for _ in range(18):
                middle = (low + high) / 2
                low, high = (middle, high) if _is_in_gamut(self._rgb(middle)) else (low, middle)
        return "#" + "".join(f"{round(min(1.0, max(0.0, _encode(c))) * 255):02x}" for c in self._rgb(low))

    def _rgb(self, chroma: float) -> Triple:
        angle = math.radians(self.hue)
        return _rgb_from_lab((self.lightness, chroma * math.cos(angle), chroma * math.sin(angle)))


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's ratio of two hex colours, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def mix(one: str, share: float, other: str) -> str:
    """What `color-mix(in oklab, one share%, other)` paints; `share` is 0 to 1."""
    a, b = _lab_from_rgb(_rgb_from_hex(one)), _lab_from_rgb(_rgb_from_hex(other))
    mixed = tuple(x * share + y * (1 - share) for x, y in zip(a, b, strict=True))
    rgb = _rgb_from_lab((mixed[0], mixed[1], mixed[2]))
    return "#" + "".join(f"{round(min(1.0, max(0.0, _encode(c))) * 255):02x}" for c in rgb)


def _luminance(text: str) -> float:
    red, green, blue = _rgb_from_hex(text)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _rgb_from_hex(text: str) -> Triple:
    red, green, blue = (_decode(int(text[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return red, green, blue


def _decode(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _encode(channel: float) -> float:
    return 12.92 * channel if channel <= 0.0031308 else float(1.055 * channel ** (1 / 2.4) - 0.055)


def _is_in_gamut(rgb: Triple) -> bool:
    return all(-1e-4 <= channel <= 1 + 1e-4 for channel in rgb)


def _lab_from_rgb(rgb: Triple) -> Triple:
    r, g, b = rgb
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    medium = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _rgb_from_lab(lab: Triple) -> Triple:
    lightness, a, b = lab
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
