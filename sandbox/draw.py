"""Turns the drawings into the pictures that are served, once, after a drawing has changed:

    uv run --no-project --with 'pyvips[binary]' python sandbox/draw.py

The pictures are kept with the code: painting all of them takes a minute of two cores, which nobody who starts
the demo should wait for.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

DRAWINGS = Path(__file__).parent / "drawings"
PICTURES = Path(__file__).parent / "pictures"
HERO_WIDTH, LOGO_WIDTH, WIDTH = 1600, 640, 960
QUALITY = 78


def paint(drawing: Path) -> None:
    """WebP at the width pages need at the most."""
    import pyvips

    width = HERO_WIDTH if drawing.stem.startswith("hero") else LOGO_WIDTH if drawing.stem == "logo" else WIDTH
    picture = PICTURES / drawing.parent.name / f"{drawing.stem}.webp"
    picture.parent.mkdir(parents=True, exist_ok=True)
    pyvips.Image.thumbnail(str(drawing), width).webpsave(str(picture), Q=QUALITY, effort=6)


if __name__ == "__main__":
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(paint, sorted(DRAWINGS.glob("*/*.svg"))))
