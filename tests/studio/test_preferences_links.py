"""Settings: how search engines and links show the store."""

from io import BytesIO

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from store.tenancy import StoreInfo
from tests.studio.preferring import PAGE, SignIn, Visit, details, entries, refuse, save, shown

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(editor: User, sign_in: SignIn) -> Client:
    return sign_in(editor)


def test_title_and_description_of_the_front_page(browser: Client, luna: StoreInfo, visit: Visit) -> None:
    before = visit(luna).get("/").content.decode()
    assert "<title>Luna Hair, Los Angeles</title>" in before
    save(browser, "search", title="Curls & color", description="Seven chairs in Echo Park.")
    html = visit(luna).get("/").content.decode()
    assert "<title>Curls &amp; color</title>" in html
    assert '<meta name="description" content="Seven chairs in Echo Park.">' in html
    assert "Curls &amp; color" not in visit(luna).get("/services/").content.decode()
    assert ("Title", "", "Curls & color") in details(luna)
    for fields, complaint in (({"title": "x" * 61}, "it has 61"), ({"description": "x" * 161}, "it has 161")):
        assert complaint in refuse(browser, "search", **fields)
    # A line break that was pasted is a space, and a letter of two code points is one.
    save(browser, "search", title="é" * 60, description="one\r\ntwo")
    assert (shown(luna).title, shown(luna).description) == ("é" * 60, "one two")


def picture(size: tuple[int, int] = (1300, 700), name: str = "card.png") -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", size, "#3366cc").save(out, "PNG")
    return SimpleUploadedFile(name, out.getvalue(), "image/png")


def test_the_picture_for_links(browser: Client, luna: StoreInfo, barber: StoreInfo, visit: Visit) -> None:
    drawn = browser.get(f"{PAGE}picture.png")
    assert (drawn.status_code, drawn["Content-Type"]) == (200, "image/png")
    save(browser, "picture", picture=picture())
    url = f"/social-{shown(luna).picture}.jpg"
    assert url in visit(luna).get("/").content.decode()
    assert browser.get(f"{PAGE}picture.png").content == visit(luna).get(url).content
    assert visit(barber).get(url).status_code == 404
    assert details(luna) == [("Picture for links", "drawn", "uploaded")]
    save(browser, "picture", picture=picture((1400, 800)))
    assert details(luna) == [("Picture for links", "", "another one")]
    assert browser.post(f"{PAGE}picture/removal/").status_code == 303
    assert ".png" in visit(luna).get("/").content.decode().partition("/social-")[2][:40]
    assert [entry.action for entry in entries(luna)] == ["preferences.picture"] * 3


@pytest.mark.parametrize(
    ("upload", "complaint"),
    [
        (None, "Choose a picture first."),
        (SimpleUploadedFile("x.svg", b"<svg onload='alert(1)'/>"), "SVG drawings cannot be uploaded"),
        (SimpleUploadedFile("x.png", b"not a picture"), "not a picture we can read"),
        (picture((200, 100)), "only 200 pixels wide"),
        (SimpleUploadedFile("x.png", b""), "This file is empty."),
    ],
    ids=["none", "svg", "text", "small", "empty"],
)
def test_what_is_no_picture(
    browser: Client, luna: StoreInfo, upload: SimpleUploadedFile | None, complaint: str
) -> None:
    if upload:
        upload.seek(0)
    html = refuse(browser, "picture", **({"picture": upload} if upload else {}))
    assert complaint in html
    assert shown(luna).picture == ""
