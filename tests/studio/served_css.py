"""What a theme sheet says, read and computed without any of the code that made it.

Formulas: WCAG 2.2 (relative luminance, contrast ratio), CSS Color 4 (`color-mix` in oklab).
"""

import re

TEXT, MARK = 4.5, 3.0
Colours = dict[str, str]

# What tokens.css mixes: share of the first, first, second.
MIXES = {
    "wash": (0.08, "brand", "surface-raised"),
    "success-wash": (0.10, "success", "surface-raised"),
    "warning-wash": (0.10, "warning", "surface-raised"),
    "danger-wash": (0.09, "danger", "surface-raised"),
    "brand-hover": (0.86, "brand", "ink"),
    "field-line": (0.82, "ink-muted", "surface-raised"),
}
GROUNDS = {
    "ink": ("surface", "surface-raised", "wash", "danger-wash"),
    "ink-muted": ("surface", "surface-raised", "wash"),
    "brand": ("surface", "surface-raised", "wash"),
    "success": ("surface", "surface-raised", "success-wash"),
    "warning": ("surface", "surface-raised", "warning-wash"),
    "danger": ("surface", "surface-raised", "danger-wash"),
    "brand-ink": ("brand", "brand-hover"),
    "accent-ink": ("accent",),
    "surface": ("ink",),
}
EDGES = {"field-line": ("surface", "surface-raised"), "focus": ("surface", "surface-raised")}


def read_modes(css: str) -> tuple[Colours, Colours]:
    """The colours of light and of dark. A browser without light-dark() gets the light ones."""
    plain, _, pairs = css.partition("@supports")
    found = re.findall(r"--([a-z-]+):light-dark\((#[0-9a-f]{6}),(#[0-9a-f]{6})\);", pairs)
    light, dark = {name: one for name, one, _ in found}, {name: two for name, _, two in found}
    assert len(light) == 13
    assert light == dict(re.findall(r"--([a-z-]+):(#[0-9a-f]{6});", plain))
    return _mix_rest(light), _mix_rest(dark)


def find_failing(css: str) -> list[str]:
    failing = []
    for mode, colours in zip(("light", "dark"), read_modes(css), strict=True):
        for table, needs in ((GROUNDS, TEXT), (EDGES, MARK)):
            for mark, grounds in table.items():
                for ground in grounds:
                    ratio = contrast(colours[mark], colours[ground])
                    if ratio < needs:
                        failing.append(f"{mode}: {mark} on {ground} is {ratio:.3f}, needs {needs}")
    return failing


def contrast(one: str, other: str) -> float:
    bright = sorted((_luminance(one), _luminance(other)))
    return (bright[1] + 0.05) / (bright[0] + 0.05)


def _mix_rest(colours: Colours) -> Colours:
    return colours | {name: _mix(share, colours[a], colours[b]) for name, (share, a, b) in MIXES.items()}


def _linear(colour: str) -> list[float]:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def _luminance(colour: str) -> float:
    return sum(c * weight for c, weight in zip(_linear(colour), (0.2126, 0.7152, 0.0722), strict=True))


LMS = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
RGB = (
    (4.0767416621, -3.3077115913, 0.2309699292),
    (-1.2684380046, 2.6097574011, -0.3413193965),
    (-0.0041960863, -0.7034186147, 1.7076147010),
)


def _mix(share: float, one: str, other: str) -> str:
    """Cube roots of LMS are linear in oklab, so mixing there is the same as mixing in oklab."""
    roots = [share * _root(row, one) + (1 - share) * _root(row, other) for row in LMS]
    linear = [sum(weight * root**3 for weight, root in zip(row, roots, strict=True)) for row in RGB]
    encoded = [12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055 for c in linear]
    return "#" + "".join(f"{round(min(1, max(0, c)) * 255):02x}" for c in encoded)


def _root(row: tuple[float, ...], colour: str) -> float:
    return sum(weight * c for weight, c in zip(row, _linear(colour), strict=True)) ** (1 / 3)
