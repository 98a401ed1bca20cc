"""The front page in every template: settings take effect, what has nothing to show leaves no trace."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.management import call_command
from django.test import Client
from PIL import Image

from catalog.presenters import home
from catalog.presenters.home.opening import Opening
from catalog.queries import get_catalog
from catalog.schemas import ReviewAggregate
from store.design import SECTIONS, TEMPLATES, Design
from store.design.specs import TEMPLATES_DIR, InvalidSpec, _read_template
from store.models import StoreImage
from store.pictures import save_picture
from store.services import publish_design
from store.tenancy import StoreInfo, store_scope
from tests.looks import TEXTS, make_look, say_everywhere

Visit = Callable[[StoreInfo], Client]
Show = Callable[..., str]

pytestmark = pytest.mark.django_db
every_template = pytest.mark.parametrize("template", list(TEMPLATES))
# What stands in a page of each section, whatever the template: the id of its heading.
HEADINGS = {
    "hero": r"(?:open|window|cover|letter)-title",
    "products": "products-title",
    **{key: f"{key}-title" for key in ("services", "about", "team", "gallery", "reviews", "faq", "visit")},
    **{key: f"{key}-title" for key in ("promotion", "action", "stats", "social")},
}


@pytest.fixture
def show(luna: StoreInfo, visit: Visit) -> Show:
    """show("minimal", ["hero", "faq"], {"faq": {"count": 2}}) publishes that look; the front page's HTML."""

    def publish(template: str, *args: Any) -> str:
        return publish_and_get(luna, visit, make_look(template, *args))

    return publish


def publish_and_get(store: StoreInfo, visit: Visit, look: Design) -> str:
    with store_scope(store):
        publish_design(design=look, by="owner")
    response = visit(store).get("/")
    assert response.status_code == 200
    return response.content.decode()


def find_sections(html: str) -> list[str]:
    """Keys of the sections on the page, in its order."""
    places = {key: re.search(rf'id="{heading}"', html) for key, heading in HEADINGS.items()}
    return sorted((key for key, at in places.items() if at), key=lambda key: places[key].start())  # type: ignore[union-attr]


def bare(full: Any) -> SimpleNamespace:
    """A salon of which Mango Biz knows little more than where it is."""
    empty = {"description": "", "images": (), "social_media": {}, "logo": None}
    business = {name: getattr(full.business, name) for name in full.business.__struct_fields__} | empty
    policies = SimpleNamespace(
        **{name: getattr(full.business.policies, name) for name in full.business.policies.__struct_fields__}
        | {"faq": ()}
    )
    methods = {"spans_on": full.business.spans_on, "social_links": ()}
    return SimpleNamespace(
        business=SimpleNamespace(**business | {"policies": policies} | methods),
        zone=full.zone,
        **dict.fromkeys(("services", "products", "staff", "gallery", "reviews"), ()),
        review_aggregate=ReviewAggregate(),
        is_stale=False,
    )


# --- what merchants set ---------------------------------------------------------------------------------


@every_template
def test_every_text_of_a_merchant_is_said(template: str, show: Show) -> None:
    said = {section: {} for section, _setting, _most in TEXTS}  # type: dict[str, dict[str, str]]
    for number, (section, setting, _most) in enumerate(TEXTS):
        said[section][setting] = f"Wording {number} of ours."
    html = show(template, None, said)
    missing = [place for number, place in enumerate(TEXTS) if f"Wording {number} of ours." not in html]
    assert not missing


@every_template
def test_a_text_is_never_markup(template: str, show: Show) -> None:
    html = show(template, None, say_everywhere("<script>x()</script>\"'>"))
    assert "<script>x" not in html
    assert html.count("&lt;script&gt;x()&lt;/script&gt;&quot;&#x27;&gt;") >= len(TEXTS)


@every_template
def test_sections_stand_where_they_were_put(template: str, show: Show) -> None:
    said = {"promotion": {"title": "Now"}}
    order = [*reversed(HEADINGS)]
    assert find_sections(show(template, order, said)) == order
    assert find_sections(show(template, ["faq", "hero", "team"])) == ["faq", "hero", "team"]


@every_template
def test_a_page_has_one_first_heading_whatever_is_shown(template: str, show: Show) -> None:
    for shown in (None, ("hero",), ("visit",), ()):
        assert show(template, shown).count("<h1") == 1, shown


@pytest.mark.parametrize(
    ("key", "count", "counted"),
    [
        ("services", 4, '<li class="service-row">'),
        ("products", 5, '<article class="product-card">'),
        ("team", 3, '<article class="staff-card">'),
        ("gallery", 6, 'class="gallery__item"'),
        ("reviews", 3, "<blockquote"),
        ("faq", 2, '<details class="fold">'),
    ],
)
def test_as_many_as_were_asked_for(key: str, count: int, counted: str, show: Show) -> None:
    assert show("booking-first", [key], {key: {"count": count}}).count(counted) == count


def test_services_are_the_menus_first_or_the_favorites(show: Show) -> None:
    menu = show("booking-first", ["services"], {"services": {"shows": "menu", "count": 3}})
    names = r'class="service-row__name"><a [^>]*>(.*?)</a>'
    assert re.findall(names, menu) == ["Signature Cut &amp; Finish", "Short &amp; Pixie Cut", "Precision Bob"]
    assert "Client favorites" not in menu
    favorites = show("booking-first", ["services"], {"services": {"shows": "favorites", "count": 3}})
    assert "Client favorites" in favorites
    assert re.findall(names, favorites) != re.findall(names, menu)
    # There are not twelve: the menu's first come after them, and the title promises nothing.
    twelve = show("booking-first", ["services"], {"services": {"shows": "favorites", "count": 12}})
    assert len(re.findall(names, twelve)) == 12
    assert "Client favorites" not in twelve


@every_template
@pytest.mark.parametrize(
    ("leads_to", "address"), [("shop", "/shop/"), ("gallery", "/gallery/"), ("about", "/about/")]
)
def test_buttons_lead_where_they_are_pointed(template: str, leads_to: str, address: str, show: Show) -> None:
    pointed = {"leads_to": leads_to}
    html = show(
        template,
        ["hero", "promotion", "action"],
        {"hero": pointed, "action": pointed, "promotion": {**pointed, "title": "Now", "button": "This way"}},
    )
    main = re.search(r"<main.*</main>", html, re.DOTALL)[0]  # type: ignore[index]
    buttons = re.findall(rf'<a class="button[^"]*" href="{address}">([^<]+)</a>', main)
    assert len(buttons) == 3
    assert "This way" in buttons


def test_a_button_to_what_there_is_not_leads_to_what_there_is(
    luna: StoreInfo, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store_scope(luna):
        nothing = bare(get_catalog())
    monkeypatch.setattr("catalog.views.get_catalog", lambda: nothing)
    html = publish_and_get(luna, visit, make_look("showcase", ["hero"], {"hero": {"leads_to": "shop"}}))
    assert '<a class="button" href="tel:' in html


@pytest.mark.parametrize(("year", "says"), [(0, None), (2000, "years open"), (2100, None)])
def test_the_year_of_opening_counts_up(year: int, says: str | None, show: Show) -> None:
    html = show("booking-first", ["stats"], {"stats": {"opened_in": year}})
    assert ("years open" in html) == (says is not None)
    assert "people on the team" in html


def test_the_salons_sentences_are_said_once(show: Show) -> None:
    first, second = "A sunlit hair studio on the east side of Los Angeles.", "We cut for how your hair falls"
    alone = show("showcase", ["hero"])
    assert f"{first}</h1>" in alone
    main = re.search(r"<main.*</main>", show("showcase", ["hero", "about"]), re.DOTALL)[0]  # type: ignore[index]
    assert main.count(first) == main.count(second) == 1
    told = show("showcase", ["hero", "about"], {"about": {"text": "Since the flood."}})
    assert "Since the flood." in told
    assert second in told


# --- pictures -------------------------------------------------------------------------------------------


def draw(colour: str, size: tuple[int, int]) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


@every_template
def test_the_merchants_own_pictures_come_first(template: str, luna: StoreInfo, visit: Visit) -> None:
    with store_scope(luna):
        hero = save_picture(kind=StoreImage.Kind.HERO, raw=draw("red", (1000, 600)))
        logo = save_picture(kind=StoreImage.Kind.LOGO, raw=draw("blue", (400, 200)))
    look = make_look(template, ["hero"])
    before = publish_and_get(luna, visit, look)
    assert "/pictures/" not in before
    after = publish_and_get(luna, visit, replace(look, hero=hero, logo=logo))
    main = re.search(r"<main.*</main>", after, re.DOTALL)[0]  # type: ignore[index]
    assert re.findall(r'<img src="(/pictures/hero-[^"]+)"', main)
    assert "/images/" not in main
    assert re.search(r'<a class="header__name"[^>]*><img [^>]*/pictures/logo-[^>]* alt="Luna Hair">', after)


@every_template
def test_a_picture_that_is_gone_leaves_the_salons(template: str, luna: StoreInfo, visit: Visit) -> None:
    html = publish_and_get(luna, visit, replace(make_look(template, ["hero"]), hero="0" * 24, logo="0" * 24))
    assert "/pictures/" not in html
    assert "/images/" in html
    assert re.search(r'<a class="header__name"[^>]*>\s*Luna Hair', html)


# --- nothing to show ------------------------------------------------------------------------------------


@every_template
def test_what_has_nothing_to_show_leaves_no_trace(
    template: str, luna: StoreInfo, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store_scope(luna):
        nothing = bare(get_catalog())
    monkeypatch.setattr("catalog.views.get_catalog", lambda: nothing)
    monkeypatch.setattr("catalog.context.get_catalog", lambda: nothing)
    html = publish_and_get(luna, visit, make_look(template))
    assert find_sections(html) == ["hero", "visit", "action"]
    assert "Luna Hair</h1>" in html
    main = re.search(r"<main.*</main>", html, re.DOTALL)[0]  # type: ignore[index]
    assert "<img" not in main
    assert "<for-you" not in main


def test_suggestions_need_an_assistant(show: Show, ai: dict[str, str]) -> None:
    assert "<for-you" in show("booking-first", ["recommendations"])


def test_an_offer_needs_a_title(show: Show) -> None:
    text = {"text": "Ten percent off."}
    assert "Ten percent off." not in show("booking-first", ["promotion"], {"promotion": text})
    titled = {**text, "title": "This week"}
    assert "Ten percent off." in show("booking-first", ["promotion"], {"promotion": titled})


# --- cost and neighbours --------------------------------------------------------------------------------


@every_template
def test_the_fullest_page_costs_no_queries_once_it_is_known(
    template: str, luna: StoreInfo, visit: Visit, django_assert_max_num_queries: Any
) -> None:
    with store_scope(luna):
        hero = save_picture(kind=StoreImage.Kind.HERO, raw=draw("red", (1000, 600)))
    look = replace(make_look(template, said=say_everywhere("A word")), hero=hero)
    publish_and_get(luna, visit, look)
    browser = visit(luna)
    with django_assert_max_num_queries(0):
        browser.get("/")


def test_only_what_is_shown_is_made(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> object:
        raise AssertionError("nobody asked for it")

    monkeypatch.setattr(home, "MAKERS", {**home.MAKERS, "gallery": refuse, "products": refuse})
    monkeypatch.setattr(Opening, "window", property(refuse))
    assert "Luna Hair" in show("booking-first", ["hero", "services", "team"])
    monkeypatch.undo()
    monkeypatch.setattr(Opening, "picker", property(refuse))
    assert "Luna Hair" in show("minimal", ["hero", "services"])


def test_a_neighbour_keeps_its_page(show: Show, barber: StoreInfo, visit: Visit) -> None:
    before = visit(barber).get("/").content
    assert "Wording of ours" in show("minimal", ["hero"], {"hero": {"headline": "Wording of ours"}})
    assert visit(barber).get("/").content == before


# --- sheets ---------------------------------------------------------------------------------------------


@every_template
def test_a_page_is_dressed_in_its_own_sheets_only(template: str, show: Show) -> None:
    html = show(template, ["hero", "faq"])
    sheets = re.findall(r'href="/static/((?:stores|sections)/[^"]+)"', html)
    assert sheets == ["sections/faq/section.css", f"stores/{template}/layout.css"]


def test_other_pages_need_none_of_them(luna: StoreInfo, visit: Visit) -> None:
    html = visit(luna).get("/services/").content.decode()
    assert "/static/stores/" not in html
    assert "/static/sections/" not in html


def test_every_sheet_is_found_and_nothing_else_of_these_folders() -> None:
    names = [name for spec in TEMPLATES.values() for name in spec.sheets]
    names += [spec.sheet for spec in SECTIONS.values() if spec.sheet]
    assert len(names) > len(TEMPLATES)
    for name in names:
        assert Path(str(finders.find(name))).is_file(), name
    for name in (
        "stores/minimal/template.toml",
        "stores/minimal/hero.html",
        "sections/faq/../faq/section.css",
    ):
        assert not finders.find(name), name


def test_sheets_are_collected_under_a_name_of_their_content(tmp_path: Path, settings: Any) -> None:
    settings.STATIC_ROOT = tmp_path
    storage = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": storage}}
    call_command("collectstatic", verbosity=0, interactive=False, ignore_patterns=["admin", "fonts", "img"])
    hashed = ManifestStaticFilesStorage(location=tmp_path).stored_name("stores/minimal/layout.css")
    assert re.fullmatch(r"stores/minimal/layout\.[0-9a-f]{12}\.css", hashed)
    assert (tmp_path / hashed).is_file()
    assert not list(tmp_path.rglob("*.toml"))


def test_a_template_that_cannot_show_a_section_stops_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "minimal"
    shutil.copytree(TEMPLATES_DIR / "minimal", folder)
    (folder / "hero.html").unlink()
    with pytest.raises(InvalidSpec, match=r"hero\.html"):
        _read_template(folder)


# --- around it ------------------------------------------------------------------------------------------


@every_template
def test_what_is_not_there_is_a_404_in_every_template(
    template: str, show: Show, luna: StoreInfo, visit: Visit
) -> None:
    show(template)
    response = visit(luna).get("/nothing/")
    html = response.content.decode()
    assert response.status_code == 404
    assert "There’s nothing at this address" in html
    assert ("header--plain" in html) == (TEMPLATES[template].header == "plain")
    for address in ("/services/", "/shop/", "/search/", "/policies/"):
        assert f'href="{address}"' in html


def test_a_plain_head_shows_the_cart_once_something_is_in_it(
    show: Show, luna: StoreInfo, visit: Visit
) -> None:
    html = show("minimal", ["hero", "products"])
    head = re.search(r"<header.*?</header>", html, re.DOTALL)[0]  # type: ignore[index]
    assert head.count("<a ") == 2  # the name, and Book
    browser = visit(luna)
    product = re.search(r'name="product" value="([^"]+)"', html)[1]  # type: ignore[index]
    browser.post("/cart/items/", {"product": product})
    assert 'href="/cart/"' in browser.get("/").content.decode()
