"""Themes out of a logo: its own colours as brand and accent, grounds and inks tinted to go with them."""

from dataclasses import replace

from PIL import Image as Pillow

from config.pictures import open_picture
from store.design.gate import use_nearest
from store.oklch import Colour
from store.theme import DEFAULT_THEME, Theme

SAMPLE = 96  # pixels across: enough to count colours by
COLOURS = 12
OPAQUE = 128
LEAST_SHARE = 0.01
COLOURED = 0.035  # chroma from which a colour is one, and no grey


def propose_themes(raw: bytes, like: Theme = DEFAULT_THEME) -> list[Theme]:
    """One to three themes in the logo's colours, all readable; fonts and shape are those of `like`.

    A logo in black and white gives one in greys. Raises PictureRefused.
    """
    found = list_colours(raw)
    colourful = sorted((c for c in found if c.chroma >= COLOURED), key=lambda colour: -colour.chroma)
    if not colourful:
        grey = Colour(0.25, 0.0, 0.0)
        return [_make(grey, Colour(0.82, 0.02, 85.0), like)]
    brands = _apart([c for c in colourful if c.lightness < 0.82] or colourful)[:3]
    themes = []
    for brand in brands:
        others = [colour for colour in colourful if _hue_gap(colour, brand) > 35]
        accent = others[0] if others else Colour(0.82, 0.1, (brand.hue + 180) % 360)
        themes.append(_make(brand, accent, like))
    return list(dict.fromkeys(themes))


def list_colours(raw: bytes) -> list[Colour]:
    """The logo's colours, the commonest first, without what is transparent. Raises PictureRefused."""
    with open_picture(raw) as opened:
        picture = opened.convert("RGBA")
        picture.thumbnail((SAMPLE, SAMPLE))
    data = picture.tobytes()
    pixels = [data[at : at + 3] for at in range(0, len(data), 4) if data[at + 3] >= OPAQUE]
    if not pixels:
        return []
    opaque = Pillow.frombytes("RGB", (len(pixels), 1), b"".join(pixels))
    reduced = opaque.quantize(COLOURS, method=Pillow.Quantize.MEDIANCUT)
    palette = reduced.getpalette() or []
    counted = sorted(reduced.getcolors() or [], reverse=True)
    return [
        Colour.from_hex("#" + bytes(palette[index * 3 : index * 3 + 3]).hex())
        for count, index in counted
        if isinstance(index, int) and count >= LEAST_SHARE * len(pixels)
    ]


def _make(brand: Colour, accent: Colour, like: Theme) -> Theme:
    theme = replace(
        like,
        brand=brand.to_hex(),
        accent=accent.at(min(max(accent.lightness, 0.72), 0.9)).to_hex(),
        surface=Colour(0.968, min(brand.chroma * 0.12, 0.018), brand.hue).to_hex(),
        ink=Colour(0.24, min(brand.chroma * 0.3, 0.04), brand.hue).to_hex(),
    )
    return use_nearest(theme)


def _apart(colours: list[Colour]) -> list[Colour]:
    """Without those that look like one before them."""
    kept: list[Colour] = []
    for colour in colours:
        if all(
            _hue_gap(colour, other) > 30 or abs(colour.lightness - other.lightness) > 0.25 for other in kept
        ):
            kept.append(colour)
    return kept


def _hue_gap(one: Colour, other: Colour) -> float:
    gap = abs(one.hue - other.hue) % 360
    return min(gap, 360 - gap)
