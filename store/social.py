"""The picture beside a link to the store where the merchant uploaded none: its name in its own colours.

Drawn from the theme's pairs and families, 1200 x 630 pixels. Latin letters, the Vietnamese ones among them;
for others there is no font here, and they are left out.
"""

import hashlib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from config.env import BASE_DIR
from store.fonts import BODY_FAMILIES, DISPLAY_FAMILIES, Family
from store.theme import Theme, derive_palette

WIDTH, HEIGHT = 1200, 630
DRAWING = 1  # counts up when the same words would be drawn otherwise
SCALE = 2  # drawn larger and made smaller, so that curves are smooth
MARGIN = 84
SHAPE, RING = 184, 236  # half of the large shape's side, and of the line's around it
TEXT_WIDTH = WIDTH - 2 * MARGIN - RING - 20  # left of both
TEXT_HEIGHT = HEIGHT - 2 * MARGIN
GAP = 30
# Corners of the large shape, as a share of its half: 1 is a circle.
ROUNDNESS = {"square": 0.0, "crisp": 0.02, "soft": 0.18, "round": 0.5, "pill": 1.0}


@dataclass(frozen=True, slots=True)
class _Setting:
    """How a text is set: sizes in pixels, largest first."""

    sizes: Sequence[int]
    lines: int
    leading: float


NAME = _Setting(range(148, 43, -4), lines=3, leading=1.1)
HEADLINE = _Setting(range(44, 29, -2), lines=3, leading=1.34)


@lru_cache(maxsize=512)
def card_digest(theme: Theme, name: str, headline: str) -> str:
    """Twenty-four hex digits that change whenever the picture does."""
    parts = (str(DRAWING), *theme.to_dict().values(), name, headline)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


def draw_card(theme: Theme, name: str, headline: str) -> bytes:
    """PNG. `headline` may be empty; what does not fit is cut."""
    palette = derive_palette(theme, "light")
    card = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), palette["brand"])
    pen = ImageDraw.Draw(card)
    _draw_shapes(pen, ROUNDNESS[theme.corners], palette["accent"], palette["brand-ink"])
    display, body = DISPLAY_FAMILIES[theme.display], BODY_FAMILIES[theme.body]
    weight = int(dict(display.display_tokens)["display-weight"])
    below = _fit(_Face(body, 400), headline, HEADLINE)
    room = TEXT_HEIGHT - (below.height + GAP if below.lines else 0)
    title = _fit(_Face(display, weight), name, NAME, room)
    below.draw(pen, HEIGHT - MARGIN - below.height, palette["brand-ink"])
    title.draw(pen, MARGIN + room - title.height, palette["brand-ink"])
    out = BytesIO()
    small = card.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    # A quarter of the bytes, and the large areas keep their exact colours.
    small.quantize(96, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
        out, "PNG", optimize=True
    )
    return out.getvalue()


def _draw_shapes(pen: ImageDraw.ImageDraw, roundness: float, accent: str, ink: str) -> None:
    """A large shape off the right upper corner and a fine line of the same kind around it."""
    for half, fill, outline in ((SHAPE, accent, None), (RING, None, ink)):
        box = [WIDTH - MARGIN - half, MARGIN - half, WIDTH - MARGIN + half, MARGIN + half]
        pen.rounded_rectangle(
            [edge * SCALE for edge in box],
            radius=round(half * SCALE * roundness),
            fill=fill,
            outline=outline,
            width=3 * SCALE if outline else 0,
        )


class _Face:
    """A family's letters: each is taken from the first of its files that has it."""

    def __init__(self, family: Family, weight: int) -> None:
        files = family.files or BODY_FAMILIES["hanken"].files  # the device's own cannot be drawn with
        self.files = files[::-1]  # as browsers do: Latin, Vietnamese, the rest of Latin
        self.weight = weight
        self.ranges = [_read_ranges(file.unicode_range) for file in self.files]

    def at(self, size: int) -> "_Letters":
        fonts = []
        for file in self.files:
            font = ImageFont.truetype(BASE_DIR / "static" / file.path, size * SCALE)
            least, most = map(int, file.weights.split())
            font.set_variation_by_axes([min(most, max(least, self.weight))])
            fonts.append(font)
        return _Letters(self, fonts)

    def find(self, letter: str) -> int | None:
        """Which of the files has it."""
        code = ord(letter)
        return next((i for i, spans in enumerate(self.ranges) if any(a <= code <= b for a, b in spans)), None)

    def clean(self, text: str) -> str:
        text = unicodedata.normalize("NFC", text)
        return " ".join("".join(letter for letter in text if self.find(letter) is not None).split())


@dataclass(frozen=True, slots=True)
class _Letters:
    face: _Face
    fonts: Sequence[ImageFont.FreeTypeFont]

    def runs(self, text: str) -> Iterator[tuple[str, ImageFont.FreeTypeFont]]:
        start = 0
        for end in range(1, len(text) + 1):
            here = self.face.find(text[start])
            if end == len(text) or self.face.find(text[end]) != here:
                yield text[start:end], self.fonts[here or 0]
                start = end

    def measure(self, text: str) -> float:
        return sum(font.getlength(run) for run, font in self.runs(text)) / SCALE

    def draw(self, pen: ImageDraw.ImageDraw, x: float, y: float, text: str, fill: str) -> None:
        """`y` is the line the letters stand on."""
        x, y = x * SCALE, y * SCALE
        for run, font in self.runs(text):
            pen.text((x, y), run, fill=fill, font=font, anchor="ls")
            x += font.getlength(run)


@dataclass(frozen=True, slots=True)
class _Block:
    letters: _Letters
    lines: Sequence[str]
    size: int
    leading: float

    @property
    def height(self) -> float:
        return len(self.lines) * self.size * self.leading

    def draw(self, pen: ImageDraw.ImageDraw, top: float, fill: str) -> None:
        for number, line in enumerate(self.lines):
            self.letters.draw(pen, MARGIN, top + self.size * (number * self.leading + 0.88), line, fill)


def _fit(face: _Face, text: str, how: _Setting, room: float = TEXT_HEIGHT) -> _Block:
    """As large as it fits into its lines and `room` pixels of height; at the least size the rest is cut."""
    words = face.clean(text).split()
    for size in how.sizes:
        letters = face.at(size)
        if size == how.sizes[-1]:
            pieces = [piece for word in words for piece in _break(letters, word)]
            return _Block(letters, _cut(letters, _wrap(letters, pieces), how.lines), size, how.leading)
        lines = _wrap(letters, words)
        fits = len(lines) <= how.lines and len(lines) * size * how.leading <= room
        if fits and all(letters.measure(line) <= TEXT_WIDTH for line in lines):
            return _Block(letters, lines, size, how.leading)
    raise AssertionError("there is always a least size")


def _wrap(letters: _Letters, words: Sequence[str]) -> list[str]:
    lines: list[str] = []
    for word in words:
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and letters.measure(longer) <= TEXT_WIDTH:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _break(letters: _Letters, word: str) -> Iterator[str]:
    """A word wider than the picture goes on in the next line."""
    start = 0
    for end in range(1, len(word) + 1):
        if letters.measure(word[start : end + 1]) > TEXT_WIDTH:
            yield word[start:end]
            start = end
    if start < len(word):
        yield word[start:]


def _cut(letters: _Letters, lines: list[str], most: int) -> list[str]:
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and letters.measure(f"{last}…") > TEXT_WIDTH:
        last = last[:-1]
    return [*lines[: most - 1], f"{last.rstrip()}…"]


@lru_cache(maxsize=64)
def _read_ranges(text: str) -> tuple[tuple[int, int], ...]:
    """Of "U+0000-00FF,U+0131" the pairs of first and last."""
    pairs = [part.strip().removeprefix("U+").partition("-") for part in text.split(",")]
    return tuple((int(first, 16), int(last or first, 16)) for first, _dash, last in pairs)
