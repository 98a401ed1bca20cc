"""Pictures through the store's own host: resized, kept, and never fetched from where they must not be."""

import io
import os
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image as Pillow

from catalog import fetching, images
from catalog.fetching import fetch_picture, is_public
from catalog.images import NoSuchPicture, digest_of, image_url, purge_images, read_image, srcset
from catalog.queries import get_catalog
from catalog.schemas import Image
from config.pictures import PictureRefused, resize
from store.tenancy import StoreInfo, store_scope
from tests.catalog.upstream import Reply, Upstream

JPEG = {"Content-Type": "image/jpeg"}
BOMB = b"<svg xmlns='http://www.w3.org/2000/svg'/>"


def paint(
    width: int = 800, height: int = 400, kind: str = "JPEG", mode: str = "RGB", **options: Any
) -> bytes:
    out = io.BytesIO()
    Pillow.new(mode, (width, height), 120).save(out, kind, **options)
    return out.getvalue()


def look(webp: bytes) -> Pillow.Image:
    return Pillow.open(io.BytesIO(webp), formats=["WEBP"])


@pytest.fixture
def picture_url(salon: StoreInfo, upstream: Upstream, settings: Any, tmp_path: Path) -> str:
    """The address of the one picture of the salon's gallery; `upstream` serves it, too."""
    settings.IMAGE_CACHE_DIR = tmp_path
    url = f"{upstream.url}/pictures/1.jpg"
    upstream.rows["gallery"][0]["image"]["url"] = url
    get_catalog()
    upstream.asked.clear()
    upstream.answer = lambda _asked: Reply(200, paint(), JPEG)
    return url


# --- addresses ------------------------------------------------------------------------------------------


def test_addresses_are_those_the_urls_know() -> None:
    picture = Image(url="https://example.com/a.jpg", width=640)
    path = image_url(picture, 300)
    assert path == f"/images/{digest_of(picture.url)}-320.webp"
    assert path == reverse("image", args=[digest_of(picture.url), 320], urlconf="config.store_urls")
    assert image_url(picture, 5000).endswith("-1600.webp")
    widths = [part.split()[1] for part in srcset(picture).split(", ")]
    assert widths == ["80w", "160w", "320w", "480w", "640w"]


# --- making ---------------------------------------------------------------------------------------------


def test_a_picture_is_made_once(picture_url: str, upstream: Upstream) -> None:
    first = read_image(digest_of(picture_url), 320)
    assert look(first).size == (320, 160)
    assert read_image(digest_of(picture_url), 320) == first
    assert len(upstream.asked) == 1


@pytest.mark.django_db(transaction=True)
def test_ten_visitors_at_once_make_it_once(picture_url: str, salon: StoreInfo, upstream: Upstream) -> None:
    start = threading.Barrier(10)

    def visit(_: int) -> int:
        with store_scope(salon):
            start.wait()
            return len(read_image(digest_of(picture_url), 320))

    with ThreadPoolExecutor(10) as visitors:
        assert len(set(visitors.map(visit, range(10)))) == 1
    assert len(upstream.asked) == 1
    assert not images._locks


def test_only_what_the_catalogue_names_in_widths_we_make(picture_url: str, upstream: Upstream) -> None:
    for digest, width in ((digest_of(picture_url), 321), (digest_of("https://example.com/b.jpg"), 320)):
        with pytest.raises(NoSuchPicture):
            read_image(digest, width)
    assert not upstream.asked


def test_a_failure_is_not_tried_again_for_a_minute(picture_url: str, upstream: Upstream) -> None:
    upstream.answer = lambda _asked: Reply(500)
    for width in (160, 320, 320):
        with pytest.raises(PictureRefused):
            read_image(digest_of(picture_url), width)
    assert len(upstream.asked) == 1


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "RGB"), ("JPEG", "CMYK"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "I;16"),
                       ("WEBP", "RGB"), ("GIF", "P"), ("AVIF", "RGB"), ("JPEG", "L")],
)  # fmt: skip
def test_the_usual_kinds_are_read(kind: str, mode: str) -> None:
    assert look(resize(paint(kind=kind, mode=mode), 160)).size == (160, 80)


def test_a_picture_is_never_made_larger() -> None:
    assert look(resize(paint(50, 40), 320)).size == (50, 40)


def test_a_picture_stands_upright_and_tells_no_place() -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010F] = "Camera of Ada"
    exif.get_ifd(0x8825)[1] = "N"
    made = resize(paint(400, 200, exif=exif), 320)
    assert look(made).size == (200, 400)
    assert b"Camera of Ada" not in made
    assert not look(made).getexif()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a",
        paint()[:900],
        paint(kind="BMP"),
        paint(kind="TIFF"),
    ],
    ids=["nothing", "svg", "a beginning", "half", "bmp", "tiff"],
)
def test_what_is_no_picture_is_refused(raw: bytes) -> None:
    with pytest.raises(PictureRefused):
        resize(raw, 320)


@pytest.mark.parametrize("side", [7_000, 20_000])
def test_a_bomb_is_refused_before_it_goes_off(side: int) -> None:
    """So many pixels in a few kilobytes: more than we want, and more than Pillow wants."""
    raw = paint(side, side, "PNG", "1")
    started = time.process_time()
    with pytest.raises(PictureRefused):
        resize(raw, 320)
    assert time.process_time() - started < 0.2


# --- fetching -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        Reply(404, b"", JPEG),
        Reply(200, BOMB, {"Content-Type": "image/svg+xml; charset=utf-8"}),
        Reply(200, b"<h1>", {"Content-Type": "text/html"}),
        Reply(200, b"x"),
        Reply(302, b"", {"Location": "/pictures/2.jpg"}),
        Reply(200, b"x" * (fetching.MAX_BYTES + 1), JPEG),
        Reply(hang_up=True),
        Reply(200, b"x", JPEG, truncate=True),
    ],
    ids=["404", "svg", "html", "untyped", "redirect", "huge", "hung up", "truncated"],
)
def test_what_is_not_served_as_a_picture_is_refused(upstream: Upstream, reply: Reply) -> None:
    upstream.answer = lambda _asked: reply
    with pytest.raises(PictureRefused):
        fetch_picture(f"{upstream.url}/1.jpg")
    assert len(upstream.asked) == 1


def test_a_picture_that_trickles_is_given_up(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MAX_SECONDS", 0.3)
    upstream.answer = lambda _asked: Reply(200, b"x" * 100, JPEG, trickle=0.05)
    started = time.monotonic()
    with pytest.raises(PictureRefused):
        fetch_picture(f"{upstream.url}/1.jpg")
    assert time.monotonic() - started < 1


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://example.com/a.jpg", "javascript:alert(1)", "//example.com/a.jpg", "",
     "http://", "http://user@example.com/a.jpg", "http://[::1/a.jpg", "http://example.com:99999/a.jpg",
     "http://exa mple.com/", "http://" + "a" * 300 + ".com/"],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(PictureRefused):
        fetch_picture(url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a00:1", "2002:7f00:1::",
    ],
)  # fmt: skip
def test_addresses_within_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_addresses_of_the_internet_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433"])
def test_no_way_of_writing_it_leads_inside(upstream: Upstream, settings: Any, host: str) -> None:
    settings.IMAGES_FROM_PRIVATE_ADDRESSES = False
    port = upstream.url.rpartition(":")[2]
    with pytest.raises(PictureRefused):
        fetch_picture(f"http://{host}:{port}/1.jpg")
    assert not upstream.asked


def test_a_name_that_answers_differently_the_second_time_leads_nowhere(
    upstream: Upstream, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was looked up before, the connected socket is what counts; not a byte is sent through it."""
    settings.IMAGES_FROM_PRIVATE_ADDRESSES = False
    real, asked = socket.getaddrinfo, []

    def rebind(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host != "rebind.example":
            return real(host, port, *args, **kwargs)
        asked.append(host)
        return real("127.0.0.1", port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", rebind)
    port = upstream.url.rpartition(":")[2]
    with pytest.raises(PictureRefused):
        fetch_picture(f"http://rebind.example:{port}/1.jpg")
    assert asked
    assert not upstream.asked


# --- serving --------------------------------------------------------------------------------------------


def test_a_browser_keeps_it_for_a_year(luna: StoreInfo, visit: Callable[[StoreInfo], Client]) -> None:
    with store_scope(luna):
        path = image_url(get_catalog().gallery[0].image, 160)
    response = visit(luna).get(path)
    assert (response.status_code, response["Content-Type"]) == (200, "image/webp")
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert look(response.content).width == 160
    assert not response.cookies
    assert "Vary" not in response or "Cookie" not in response["Vary"]
    again = visit(luna).get(path, headers={"if-none-match": response["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_kept_picture_needs_neither_catalogue_nor_database(
    picture_url: str, salon: StoreInfo, upstream: Upstream, visit: Callable[[StoreInfo], Client],
    django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    path = image_url(Image(url=picture_url), 320)
    assert visit(salon).get(path).status_code == 200
    monkeypatch.setattr(images, "get_catalog", lambda: pytest.fail("asked for the catalogue"))
    with django_assert_num_queries(0):
        assert visit(salon).get(path).status_code == 200


def test_what_cannot_be_made_is_502_for_a_minute(
    picture_url: str, salon: StoreInfo, upstream: Upstream, visit: Callable[[StoreInfo], Client]
) -> None:
    upstream.answer = lambda _asked: Reply(200, b"<svg/>", {"Content-Type": "image/svg+xml"})
    response = visit(salon).get(image_url(Image(url=picture_url), 320))
    assert (response.status_code, response["Cache-Control"]) == (502, "public, max-age=60")
    assert visit(salon).get(image_url(Image(url="https://example.com/none"), 320)).status_code == 404


def test_a_disk_that_is_full_costs_nobody_the_picture(
    picture_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def no_room(*_: Any, **__: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("catalog.images.os.fdopen", no_room)
    assert look(read_image(digest_of(picture_url), 320)).width == 320
    assert not list(tmp_path.glob("*/*"))


def test_the_least_lately_used_go_first(
    salon: StoreInfo, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.IMAGE_CACHE_DIR = tmp_path
    monkeypatch.setattr(images, "STORE_BYTES", 250)
    folder = tmp_path / str(salon.id)
    folder.mkdir()
    for age, name in enumerate(("new-80.webp", "old-80.webp", "tmp-left-behind")):
        (folder / name).write_bytes(b"x" * 100)
        os.utime(folder / name, (time.time() - age * 1000,) * 2)
    neighbour = tmp_path / "another-store"
    neighbour.mkdir()
    (neighbour / "theirs-80.webp").write_bytes(b"x" * 1000)
    assert purge_images() == 1
    assert sorted(path.name for path in folder.iterdir()) == ["new-80.webp", "old-80.webp"]
    assert (neighbour / "theirs-80.webp").exists()
