"""What a merchant uploads becomes a picture of ours; what is none is refused in words."""

import io

import pytest
from django.test import Client
from PIL import Image as Pillow
from PIL import ImageDraw

from store import pictures
from store.design.gate import find_unreadable
from store.logo_colours import propose_themes
from store.models import StoreImage
from store.oklch import Colour
from store.pictures import PictureRefused, find_picture, save_picture
from store.tenancy import StoreInfo, store_scope

pytestmark = pytest.mark.django_db
LOGO, HERO = StoreImage.Kind.LOGO, StoreImage.Kind.HERO
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


def paint(width: int = 800, height: int = 400, *, colour: str = "#7a2e52", kind: str = "PNG") -> bytes:
    picture = Pillow.new("RGBA", (width, height), (0, 0, 0, 0))
    ImageDraw.Draw(picture).ellipse((0, 0, width, height), fill=colour)
    out = io.BytesIO()
    (picture.convert("RGB") if kind == "JPEG" else picture).save(out, kind, comment=b"where it was taken")
    return out.getvalue()


def test_a_logo_is_kept_in_our_own_encoding(luna: StoreInfo, barber: StoreInfo) -> None:
    with store_scope(luna):
        digest = save_picture(kind=LOGO, raw=paint())
        found = find_picture(LOGO, digest)
    assert found
    assert (found.width, found.height) == (640, 320)
    assert found.srcset.count("w") >= 3
    browser = Client(headers={"host": "luna-hair.localhost"})
    answer = browser.get(found.src)
    assert answer["Content-Type"] == "image/webp"
    assert "immutable" in answer["Cache-Control"]
    with Pillow.open(io.BytesIO(answer.content)) as made:
        assert made.format == "WEBP"
        assert made.size == (320, 160)
        assert made.getpixel((2, 2))[3] == 0  # what was transparent still is
    assert b"where it was taken" not in answer.content
    assert browser.get(found.src, headers={"if-none-match": answer["ETag"]}).status_code == 304
    # The neighbour's host has no such picture.
    assert Client(headers={"host": "one-chair.localhost"}).get(found.src).status_code == 404
    with store_scope(barber):
        assert find_picture(LOGO, digest) is None


def test_the_same_picture_is_kept_once(luna: StoreInfo) -> None:
    with store_scope(luna):
        assert save_picture(kind=LOGO, raw=paint()) == save_picture(kind=LOGO, raw=paint())
        assert StoreImage.objects.count() == 3


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (SVG, "SVG"),
        (b"<?xml version='1.0'?>" + SVG, "SVG"),
        (b"GIF89a but nothing more", "not a picture"),
        (b"%PDF-1.7", "not a picture"),
        (paint()[:200], "not a picture"),
        (paint(20, 20), "only 20 pixels"),
        (paint(60, 700), "too long and thin"),
    ],
)
def test_what_is_no_picture_is_refused_in_words(luna: StoreInfo, raw: bytes, words: str) -> None:
    with store_scope(luna):
        with pytest.raises(PictureRefused, match=words):
            save_picture(kind=LOGO, raw=raw)
        assert StoreImage.objects.count() == 0


def test_room_is_made_without_taking_what_a_look_shows(
    luna: StoreInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    from store.services import change_draft
    from store.tenancy import current_store

    monkeypatch.setattr(pictures, "KEPT", 2)
    with store_scope(luna):
        digests = [save_picture(kind=LOGO, raw=paint(60, 60, colour="#112233"))]
        design = current_store().design
        change_draft(
            design=type(design).from_dict(design.to_dict() | {"logo": digests[0]}), revision=0, by="x"
        )
        digests += [save_picture(kind=LOGO, raw=paint(60, 60, colour=f"#1122{n:02x}")) for n in range(3)]
        kept = set(StoreImage.objects.values_list("digest", flat=True))
    assert digests[0] in kept
    assert digests[-1] in kept
    assert len(kept) == 2


def test_a_logos_colours_make_readable_themes() -> None:
    themes = propose_themes(paint(colour="#7a2e52"))
    assert themes
    for theme in themes:
        assert find_unreadable(theme) == ()
    hue = Colour.from_hex(themes[0].brand).hue
    assert abs(hue - Colour.from_hex("#7a2e52").hue) < 12


@pytest.mark.parametrize("colour", ["#000000", "#ffffff", "#808080", "#ffff00", "#00ff00"])
def test_any_logo_gives_something(colour: str) -> None:
    for theme in propose_themes(paint(colour=colour)):
        assert find_unreadable(theme) == ()
