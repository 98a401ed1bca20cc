"""The picture beside a link: drawn of the store's look, or uploaded, at an address that says which."""

import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from PIL import Image, ImageChops

from store import social
from store.design import TEMPLATES, Design
from store.models import Store, StoreImage
from store.oklch import contrast
from store.pictures import save_picture
from store.services import publish_design
from store.tenancy import StoreInfo, store_scope
from store.theme import Theme

Visit = Callable[[StoreInfo], Client]

THEMES = {key: Design.of_template(key).theme for key in TEMPLATES}
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsfriseurmeisterbetrieb für Wohlfühlbehandlungen"
VIETNAMESE = "Tiệm Móng Tay Sen Việt"
OG = re.compile(r'<meta property="og:image(:\w+)?" content="([^"]*)">')


def draw(theme: Theme, name: str, headline: str = "") -> Image.Image:
    with Image.open(BytesIO(social.draw_card(theme, name, headline))) as made:
        assert made.format == "PNG"
        return made.convert("RGB")


def ink_box(card: Image.Image, ground: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Where something stands on the ground."""
    plain = Image.new("RGB", card.size, ground)
    box = ImageChops.difference(card, plain).getbbox()
    assert box
    return box


@pytest.mark.parametrize("template", THEMES)
@pytest.mark.parametrize(
    "name", ["Luna", VIETNAMESE, LONG, "W" * 200, ""], ids=["short", "vietnamese", "long", "endless", "none"]
)
def test_a_name_of_any_length_stays_left_of_the_shape_and_inside(template: str, name: str) -> None:
    theme = THEMES[template]
    card = draw(theme, name, "Ein Tagesspa in einer ehemaligen Buchbinderei am Kanal. " * 4)
    assert card.size == (1200, 630)
    ground = card.getpixel((3, 627))
    assert isinstance(ground, tuple)
    text = card.crop((0, 0, social.MARGIN + social.TEXT_WIDTH, 630))
    left, top, _right, bottom = ink_box(text, ground)
    assert left >= social.MARGIN - 6
    assert top >= 40
    assert bottom <= 630 - 40
    # The column beside the text, left of the line around the shape, is empty; so is what lies below both.
    gap = card.crop((social.MARGIN + social.TEXT_WIDTH + 4, 330, 1200, 630))
    assert gap.getcolors() == [(gap.width * gap.height, ground)]


@pytest.mark.parametrize("template", THEMES)
def test_it_is_in_the_themes_own_readable_pair(template: str) -> None:
    card = draw(THEMES[template], "Hn" * 3)
    colours = sorted(card.getcolors(1_000_000) or [], reverse=True)
    as_hex = ["#{:02x}{:02x}{:02x}".format(*colour) for _count, colour in colours]
    assert as_hex[0] == THEMES[template].brand
    text = card.crop((0, 330, social.MARGIN + social.TEXT_WIDTH, 630))
    letters = [colour for _count, colour in sorted(text.getcolors(1_000_000) or [], reverse=True)][1]
    assert contrast("#{:02x}{:02x}{:02x}".format(*letters), as_hex[0]) >= 4.5


@pytest.mark.parametrize("text", ["ệ", "ữ", "ß", "Ü", "đ", "Ằ", "é", "…", "’"])
def test_every_letter_of_ours_is_drawn(text: str) -> None:
    """A letter without a font would be left out: then the picture is the one without it."""
    theme = THEMES["booking-first"]
    assert draw(theme, f"A{text}A").tobytes() != draw(theme, "AA").tobytes()
    assert draw(theme, "A日A").tobytes() == draw(theme, "AA").tobytes()


def test_letters_of_one_kind_differ() -> None:
    """Not a box for each of them."""
    theme = THEMES["retail-first"]
    drawn = {draw(theme, f"A{letter}A").tobytes() for letter in "ệểễềếê"}
    assert len(drawn) == 6


# --- on the store's host ------------------------------------------------------------------------------------


def og(client: Client, path: str = "/") -> dict[str, str]:
    return dict(OG.findall(client.get(path).content.decode()))


@pytest.mark.django_db
def test_pages_name_it_and_it_may_be_kept(luna: StoreInfo, barber: StoreInfo, visit: Visit) -> None:
    meta = og(visit(luna))
    assert meta[""].startswith(f"{luna.base_url}/social-")
    assert (meta[":width"], meta[":height"]) == ("1200", "630")
    assert meta[":alt"].startswith("Luna Hair. ")
    html = visit(luna).get("/services/").content.decode()
    assert '<meta name="twitter:card" content="summary_large_image">' in html
    path = meta[""].removeprefix(luna.base_url)
    answer = visit(luna).get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert "immutable" in answer["Cache-Control"]
    with Image.open(BytesIO(answer.content)) as made:
        assert made.size == (1200, 630)
    assert len(answer.content) < 100_000
    assert visit(barber).get(path).status_code == 404
    assert visit(luna).get("/social-000000000000000000000000.png").status_code == 404
    assert visit(luna).get(path.replace(".png", ".jpg")).status_code == 404


@pytest.mark.django_db
def test_another_look_is_another_address(luna: StoreInfo, visit: Visit) -> None:
    before = og(visit(luna))[""]
    with store_scope(luna):
        publish_design(design=replace(luna.design, theme=THEMES["retail-first"]), by="test")
    after = og(visit(luna))[""]
    assert before != after
    assert visit(luna).get(after.removeprefix(luna.base_url)).status_code == 200
    cache.clear()  # where an old one is not at hand any more, it is not drawn again
    assert visit(luna).get(before.removeprefix(luna.base_url)).status_code == 404


def paint(size: tuple[int, int], mode: str = "RGBA") -> bytes:
    out = BytesIO()
    picture = Image.new(mode, size, (0, 0, 0, 0))
    picture.paste((200, 30, 60, 255), (size[0] // 4, 0, size[0] * 3 // 4, size[1]))
    picture.save(out, "PNG")
    return out.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("size", [(2400, 1260), (800, 800), (700, 1400), (1600, 300)])
def test_an_uploaded_one_goes_first_cut_to_shape(
    luna: StoreInfo, visit: Visit, size: tuple[int, int]
) -> None:
    with store_scope(luna):
        digest = save_picture(kind=StoreImage.Kind.SOCIAL, raw=paint(size))
    row = Store.objects.get(pk=luna.id)
    row.display = {"picture": digest}
    row.save()
    url = og(visit(luna))[""]
    assert url == f"{luna.base_url}/social-{digest}.jpg"
    answer = visit(luna).get(url.removeprefix(luna.base_url))
    assert answer["Content-Type"] == "image/jpeg"
    with Image.open(BytesIO(answer.content)) as made:
        assert (made.format, made.size) == ("JPEG", (1200, 630))
        middle: Any = made.getpixel((600, 315))
        assert middle[0] > 150 > middle[1]
    row.display = {}
    row.save()
    assert visit(luna).get(url.removeprefix(luna.base_url)).status_code == 404


@pytest.mark.django_db
def test_a_page_draws_nothing(luna: StoreInfo, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_values: Any) -> bytes:
        raise AssertionError("a page draws no picture")

    monkeypatch.setattr(social, "draw_card", refuse)
    assert visit(luna).get("/").status_code == 200
