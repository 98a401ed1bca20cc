"""`make screenshots`: the pictures of docs/templates.md, of a demo of their own.

ARGS="minimal" makes those of one template. Whole pages, scaled down and compressed until each is small enough
to keep in the repository.
"""

import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import CHROMIUM, DESKTOP, FLAGS, PHONE, ROOT, start_demo

FOLDER = ROOT / "docs" / "img" / "templates"
# Of the demo: config/management/commands/demo.py dresses each salon in a template and preset of its own.
SALONS = {
    "booking-first": "luna-hair",
    "retail-first": "sen-nails",
    "showcase": "stille-spa",
    "minimal": "one-chair",
}
SHOWN_WIDTH = {PHONE: 300, DESKTOP: 600}
MOST_BYTES = 68_000
MOST_HEIGHT = 16_000  # WebP takes no more


def main(wanted: list[str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        start_demo(Path(folder)) as demo,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for template in wanted or SALONS:
            for mode in ("light", "dark"):
                for size in (PHONE, DESKTOP):
                    picture = take(browser, demo.store(SALONS[template]), mode, size)
                    path = FOLDER / f"{template}-{mode}-{size[0]}.webp"
                    path.write_bytes(picture)
                    print(f"{path.relative_to(ROOT)}  {len(picture) / 1000:.0f} KB", flush=True)
        browser.close()


def take(browser: Browser, url: str, mode: str, size: tuple[int, int]) -> bytes:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if mode == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    response = page.goto(url, wait_until="load")
    assert response
    assert response.ok, response.status
    _bring_everything(page)
    raw = page.screenshot(full_page=True)
    context.close()
    return compress(raw, SHOWN_WIDTH[size])


def _bring_everything(page: Page) -> None:
    """What comes near the window only is fetched by going there; what floats over the page is put away."""
    page.evaluate("document.querySelectorAll('.bar, chat-button').forEach((one) => one.remove())")
    top = 0
    while top < page.evaluate("document.body.scrollHeight"):
        page.evaluate("(top) => scrollTo(0, top)", top)
        page.wait_for_timeout(150)
        top += 600
    page.evaluate("scrollTo(0, 0)")
    shown = "[...document.images].filter((one) => one.checkVisibility()).every((one) => one.complete)"
    while not page.evaluate(shown):
        page.wait_for_timeout(100)
    page.wait_for_load_state("networkidle")


def compress(raw: bytes, width: int) -> bytes:
    """WebP of this width, as good as fits into MOST_BYTES."""
    with Image.open(BytesIO(raw)) as shot:
        height = round(shot.height * width / shot.width)
        small = shot.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
    small = small.crop((0, 0, width, min(height, MOST_HEIGHT)))
    for quality in range(80, 10, -6):
        out = BytesIO()
        small.save(out, "WEBP", quality=quality, method=6)
        if out.tell() <= MOST_BYTES:
            break
    return out.getvalue()


if __name__ == "__main__":
    main(sys.argv[1:])
