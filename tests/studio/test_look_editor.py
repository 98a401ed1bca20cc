"""The editor as a browser without scripts has it: one form, whose buttons say what they do."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from PIL import Image

from store.design import SECTIONS, Design
from store.models import AuditEntry, DesignVersion
from store.services import change_draft, read_draft
from store.tenancy import StoreInfo, store_scope
from tests.studio.conftest import STUDIO

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
LOOK = f"{STUDIO}/look/"


class Fields(HTMLParser):
    """What a browser would send of the form when its first button is pressed."""

    def __init__(self) -> None:
        super().__init__()
        self.values: list[tuple[str, str]] = []
        self.select = self.area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        name, kind = has.get("name", ""), has.get("type", "")
        if tag == "select":
            self.select = name
        elif tag == "option" and "selected" in has:
            self.values.append((self.select, has["value"]))
        elif tag == "textarea":
            self.area = name
            self.values.append((name, ""))
        elif tag == "input" and name and kind in ("radio", "checkbox"):
            self.values += [(name, has.get("value", "on"))] if "checked" in has else []
        elif tag == "input" and name and kind != "file":
            self.values.append((name, has.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        self.area = "" if tag == "textarea" else self.area

    def handle_data(self, data: str) -> None:
        if self.area:
            name, before = self.values.pop()
            self.values.append((name, (before + data).removeprefix("\n")))


def fields_of(answer: HttpResponse) -> dict[str, list[str]]:
    parser = Fields()
    page = answer.content.decode()
    parser.feed(page[page.index('id="look-form"') : page.index("</form>", page.index('id="look-form"'))])
    found: dict[str, list[str]] = {}
    for name, value in parser.values:
        found.setdefault(name, []).append(value)
    return found


@pytest.fixture
def browser(owner: User, sign_in: SignIn) -> Client:
    return sign_in(owner)


def save(browser: Client, **changes: Any) -> HttpResponse:
    """Open the editor, change some of its fields, press a button."""
    fields = fields_of(browser.get(LOOK)) | changes
    return browser.post(LOOK, {name: value for name, value in fields.items() if value is not None})


def draft_of(store: StoreInfo) -> Design:
    with store_scope(store):
        return read_draft().design


def test_a_form_that_is_sent_as_it_came_changes_nothing(browser: Client, luna: StoreInfo) -> None:
    answer = save(browser)
    assert answer.status_code == 303
    assert answer["Location"] == LOOK
    assert draft_of(luna) == luna.design
    assert save(browser).status_code == 303


def test_every_choice_arrives(browser: Client, luna: StoreInfo) -> None:
    save(
        browser,
        brand="#123a7a",
        ink_hex=" 1A1A2E ",
        surface_hex="#FFF",
        display="fraunces",
        body="newsreader",
        corners="pill",
        density="airy",
        **{
            "hero-headline": "Côté cour",
            "about-text": "First line\r\nsecond",
            "team-count": "6",
            "faq-is_shown": "on",
            "team-is_shown": None,
            "hero-leads_to": "services",
        },
    )
    design = draft_of(luna)
    theme = design.theme
    assert (theme.brand, theme.ink, theme.surface) == ("#123a7a", "#1a1a2e", "#ffffff")
    assert (theme.display, theme.body, theme.corners, theme.density) == (
        "fraunces",
        "newsreader",
        "pill",
        "airy",
    )
    assert design.section("hero").settings["headline"] == "Côté cour"
    assert design.section("hero").settings["leads_to"] == "services"
    assert design.section("about").settings["text"] == "First line\nsecond"
    assert design.section("team").settings["count"] == 6
    assert design.section("faq").is_shown
    assert not design.section("team").is_shown


def test_of_picker_and_written_colour_the_one_that_changed_counts(browser: Client, luna: StoreInfo) -> None:
    save(browser, brand="#123a7a")
    assert draft_of(luna).theme.brand == "#123a7a"
    save(browser, brand_hex="#7a123a")
    assert draft_of(luna).theme.brand == "#7a123a"
    save(browser, brand="#000001", brand_hex="#000002")
    assert draft_of(luna).theme.brand == "#000002"


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("brand_hex", "red;}body{display:none", "six digits"),
        ("hero-headline", "x" * 96, "at most 95"),
        ("hero-headline", "bell\a", "cannot be shown"),
        ("team-count", "1000", "from 1 to 12"),
        ("team-count", "many", "from 1 to 12"),
        ("hero-leads_to", "https://elsewhere.example", "not one of the available"),
        ("display", "Comic Sans", "not one of the available"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_saved(
    browser: Client, luna: StoreInfo, field: str, value: str, says: str
) -> None:
    answer = save(browser, **{field: value, "about-title": "Kept"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert says in page
    assert f'href="#id_{field}"' in page
    assert fields_of(answer)["about-title"] == ["Kept"]
    assert draft_of(luna) == luna.design


def test_another_template_keeps_the_texts_and_offers_its_colours(browser: Client, luna: StoreInfo) -> None:
    save(browser, **{"hero-headline": "Mine", "brand": "#123a7a"})
    save(browser, template="showcase")
    design = draft_of(luna)
    assert design.template == "showcase"
    assert design.section("hero").settings["headline"] == "Mine"
    assert [s.key for s in design.sections][:3] == ["hero", "about", "services"]
    assert design.theme.brand == "#123a7a"
    save(browser, templates_theme="yes")
    design = draft_of(luna)
    assert design.theme == Design.of_template("showcase").theme
    assert "Use this template’s colors" not in browser.get(LOOK).content.decode()


def test_a_ready_made_palette_brings_four_colours(browser: Client, luna: StoreInfo) -> None:
    save(browser, display="fraunces", colours="#5b3f9e #d9c7f2 #f7f5fb #211c30")
    theme = draft_of(luna).theme
    assert (theme.brand, theme.accent, theme.surface, theme.ink, theme.display) == (
        "#5b3f9e",
        "#d9c7f2",
        "#f7f5fb",
        "#211c30",
        "fraunces",
    )
    for bent in ("red", "#5b3f9e #d9c7f2 #f7f5fb", "#5b3f9e #d9c7f2 #f7f5fb }body{}", ""):
        assert save(browser, colours=bent).status_code == 303
    assert draft_of(luna).theme == theme


def test_sections_move_by_their_buttons(browser: Client, luna: StoreInfo) -> None:
    order = [section.key for section in luna.design.sections]
    answer = save(browser, move="team:up")
    assert answer["Location"].endswith("#section-team")
    at = order.index("team")
    order[at - 1], order[at] = order[at], order[at - 1]
    assert [section.key for section in draft_of(luna).sections] == order
    save(browser, move=f"{order[0]}:up")
    save(browser, move=f"{order[-1]}:down")
    save(browser, move="nothing:down")
    assert [section.key for section in draft_of(luna).sections] == order


def test_the_order_is_that_of_the_rows(browser: Client, luna: StoreInfo) -> None:
    order = [section.key for section in luna.design.sections][::-1]
    save(browser, section=[*order, "nothing", order[0]])
    assert [section.key for section in draft_of(luna).sections] == order
    assert {section.key for section in draft_of(luna).sections} == set(SECTIONS)


def test_what_is_hard_to_read_is_said_where_it_was_picked(browser: Client, luna: StoreInfo) -> None:
    save(browser, brand="#f0a0c0", surface="#401020", ink="#999999")
    page = browser.get(LOOK).content.decode()
    assert "3 colors are hard to read" in page
    sentence = re.search(r"Brand on [a-z ]+ reaches (\d\.\d) to 1; it needs 4\.5\.", page)
    assert sentence
    assert float(sentence[1]) < 4.5
    nearest = re.search(r'name="nearest" value="brand">Use (#[0-9a-f]{6}), the nearest that passes', page)
    assert nearest
    save(browser, nearest="brand")
    assert draft_of(luna).theme.brand == nearest[1]
    assert draft_of(luna).theme.ink == "#999999"
    save(browser, nearest="all")
    assert "hard to read" not in browser.get(LOOK).content.decode()


def test_undo_redo_and_starting_over(browser: Client, luna: StoreInfo) -> None:
    save(browser, brand="#123a7a")
    save(browser, brand="#7a123a")

    def press(name: str) -> str:
        revision = fields_of(browser.get(LOOK))["revision"][0]
        assert browser.post(f"{LOOK}{name}/", {"revision": revision}).status_code == 303
        return draft_of(luna).theme.brand

    assert press("undo") == "#123a7a"
    assert press("redo") == "#7a123a"
    assert press("redo") == "#7a123a"  # there is nothing more
    assert press("restart") == luna.theme.brand
    assert press("undo") == "#7a123a"


def test_a_second_window_does_not_write_over_the_first(
    browser: Client, editor: User, sign_in: SignIn, luna: StoreInfo
) -> None:
    mine = fields_of(browser.get(LOOK))
    save(sign_in(editor), brand="#123a7a")
    answer = browser.post(LOOK, mine | {"hero-headline": "Mine"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert f"{editor.username} changed the draft at" in page
    assert draft_of(luna).theme.brand == "#123a7a"
    # What was typed is still there, and saving it again is still refused ...
    again = fields_of(answer)
    assert again["hero-headline"] == ["Mine"]
    assert browser.post(LOOK, again).status_code == 409
    # ... until somebody says that it is meant.
    over = re.search(r'name="over" value="(\d+)"', page)
    assert over
    assert browser.post(LOOK, again | {"over": over[1]}).status_code == 303
    assert draft_of(luna).section("hero").settings["headline"] == "Mine"
    for step in ("undo", "redo", "restart"):
        assert browser.post(f"{LOOK}{step}/", {"revision": mine["revision"]}).status_code == 409


@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 30, "٣"])
def test_a_revision_that_is_none_saves_nothing(browser: Client, luna: StoreInfo, revision: str) -> None:
    assert save(browser, revision=revision, brand="#123a7a").status_code == 409
    assert draft_of(luna) == luna.design


def test_scripts_get_the_editor_alone(browser: Client) -> None:
    fields = fields_of(browser.get(LOOK)) | {"brand": "#123a7a"}
    answer = browser.post(LOOK, fields, headers={"X-Part": "editor"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in page
    assert "<iframe" not in page
    assert 'id="look-revision" value="1"' in page
    assert "Draft saved at" in page


def picture(size: tuple[int, int] = (600, 300), colour: str = "#a01c50") -> SimpleUploadedFile:
    raw = BytesIO()
    Image.new("RGB", size, colour).save(raw, "PNG")
    return SimpleUploadedFile("logo.png", raw.getvalue(), content_type="image/png")


def test_a_logo_is_shown_proposes_colours_and_goes_again(browser: Client, luna: StoreInfo) -> None:
    save(browser, logo=picture(), **{"hero-headline": "Kept"})
    design = draft_of(luna)
    assert re.fullmatch(r"[0-9a-f]{24}", design.logo)
    assert design.section("hero").settings["headline"] == "Kept"
    page = browser.get(LOOK).content.decode()
    shown = re.search(r'src="(/preview/[^"]+/pictures/logo-[^"]+\.webp)"', page)
    assert shown
    assert browser.get(shown[1])["Content-Type"] == "image/webp"
    assert "From your logo, 1" in page
    save(browser, remove="logo")
    assert draft_of(luna).logo == ""
    actions = list(AuditEntry.objects.filter(action="design.picture").values_list("subject", flat=True))
    assert actions == ["Logo", "Logo"]


def test_a_picture_that_cannot_be_used_is_explained(browser: Client, luna: StoreInfo) -> None:
    svg = SimpleUploadedFile("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml")
    answer = save(browser, logo=svg, hero=picture((100, 60)), brand="#123a7a")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "SVG drawings cannot be uploaded" in page
    assert "only 100 pixels wide" in page
    assert draft_of(luna).logo == draft_of(luna).hero == ""
    assert draft_of(luna).theme.brand == "#123a7a"  # the rest is saved


def test_a_viewer_looks_and_changes_nothing(viewer: User, sign_in: SignIn, luna: StoreInfo) -> None:
    page = sign_in(viewer).get(LOOK).content.decode()
    assert '<fieldset class="look__groups stack stack--s" disabled>' in page
    assert 'type="submit" name="move"' not in page
    assert "look/publication/" not in page
    assert sign_in(viewer).post(LOOK, {"revision": "0", "brand": "#123a7a"}).status_code == 403


def test_the_neighbours_draft_is_another(browser: Client, luna: StoreInfo, barber: StoreInfo) -> None:
    save(browser, brand="#123a7a")
    assert draft_of(barber) == barber.design
    assert DesignVersion.across_stores.filter(store=barber.id).count() == 1


def test_the_faces_are_set_in_themselves(browser: Client, luna: StoreInfo) -> None:
    answer = browser.get(f"{LOOK}faces.css")
    css = answer.content.decode()
    assert answer["Content-Type"].startswith("text/css")
    assert '.face--display-fraunces{font-family:"Fraunces"' in css
    assert css.count("{") == css.count("}")


def test_a_big_draft_fits_the_limits_of_a_request(browser: Client, luna: StoreInfo) -> None:
    """Every text at its longest, in letters of four bytes."""
    texts = {
        f"{spec.key}-{setting.key}": "💇" * setting.most
        for spec in SECTIONS.values()
        for setting in spec.settings
        if setting.kind in ("text", "long_text")
    }
    assert save(browser, **texts).status_code == 303
    assert draft_of(luna).section("about").settings["text"] == "💇" * 1200


def test_the_history_does_not_grow_without_a_change(browser: Client, luna: StoreInfo) -> None:
    save(browser, brand="#123a7a")
    save(browser)
    with store_scope(luna):
        draft = read_draft()
        change_draft(design=draft.design, revision=draft.revision, by="owner")
        assert draft.can_undo
    answer = browser.get(LOOK)
    browser.post(f"{LOOK}undo/", {"revision": fields_of(answer)["revision"]})
    assert draft_of(luna) == luna.design
