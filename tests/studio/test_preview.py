"""A preview shows the draft or a version on the platform's host, inside its address, to who has the link."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from catalog.errors import CatalogUnavailable
from store.models import Store
from store.services import change_draft, publish_draft, read_draft
from store.tenancy import StoreInfo, store_scope
from studio.preview.tokens import make_preview_path, withdraw_previews

pytestmark = pytest.mark.django_db
RED = "#8a1c1c"


@pytest.fixture
def draft(luna: StoreInfo) -> Store:
    """Luna Hair, whose draft has another brand colour than what is live."""
    with store_scope(luna):
        design = read_draft().design
        change_draft(design=replace(design, theme=replace(design.theme, brand=RED)), revision=0, by="owner")
    return Store.objects.get(pk=luna.id)


@pytest.fixture
def browser() -> Client:
    return Client(headers={"host": "localhost"})


def sheet_of(browser: Client, page: str) -> str:
    found = re.search(r'href="([^"]*/theme-[^"]+\.css)"', page)
    assert found
    return browser.get(found[1]).content.decode()


def test_the_draft_is_shown_and_the_store_stays_as_it_is(
    draft: Store, browser: Client, visit: Callable[[StoreInfo], Client]
) -> None:
    answer = browser.get(make_preview_path(draft))
    assert answer.status_code == 200
    assert RED in sheet_of(browser, answer.content.decode())
    live = visit(draft.as_info())
    assert RED not in sheet_of(live, live.get("/").content.decode())


def test_every_address_on_the_page_stays_inside(draft: Store, browser: Client) -> None:
    path = make_preview_path(draft)
    page = browser.get(path).content.decode()
    addresses = re.findall(r'(?:href|src|action|data-src)="(/[^"#]*)', page)
    addresses += [
        one.strip().split(" ")[0]
        for found in re.findall(r'srcset="([^"]+)', page)
        for one in found.split(",")
    ]
    outside = {one for one in addresses if not one.startswith((path, "/static/"))}
    assert outside == set()
    for one in (
        "services/",
        "team/",
        "shop/",
        "gallery/",
        "reviews/",
        "about/",
        "policies/",
        "search/?q=cut",
    ):
        answer = browser.get(path + one)
        assert answer.status_code == 200, one
        assert f'href="{path}services/"' in answer.content.decode()
    picture = next(one for one in addresses if "/images/" in one)
    assert browser.get(picture)["Content-Type"] == "image/webp"


def test_it_is_kept_by_nobody_and_framed_by_us_alone(draft: Store, browser: Client) -> None:
    answer = browser.get(make_preview_path(draft))
    assert answer["Cache-Control"] == "no-store, private"
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in answer["Content-Security-Policy"]


def test_nothing_is_sent_from_it(draft: Store, browser: Client) -> None:
    path = make_preview_path(draft)
    for one in ("book/", "cart/", "checkout/", "assistant/", "preferences/", "healthz"):
        answer = browser.get(path + one)
        assert "works in the store itself" in answer.content.decode(), one
    for one in ("", "preferences/mode/", "cart/items/"):
        assert browser.post(path + one).status_code == 405
    assert browser.get(path + "nothing/here/").status_code == 404
    assert browser.get(path + "services/00000000-0000-4000-8000-000000000000-x/").status_code == 404


def test_the_colour_mode_is_in_the_address(draft: Store, browser: Client) -> None:
    for mode in ("light", "dark", "auto"):
        page = browser.get(make_preview_path(draft, mode=mode)).content.decode()
        assert f'data-mode="{mode}"' in page


def test_a_version_is_shown_whatever_the_draft_says(draft: Store, browser: Client, luna: StoreInfo) -> None:
    with store_scope(luna):
        publish_draft(revision=read_draft().revision, by="owner")
        design = read_draft().design
        change_draft(
            design=replace(design, theme=replace(design.theme, brand="#123a7a")),
            revision=read_draft().revision,
            by="owner",
        )
    sheets = [
        sheet_of(browser, browser.get(make_preview_path(draft, version=number)).content.decode())
        for number in (1, 2)
    ]
    assert [RED in sheet for sheet in sheets] == [False, True]
    assert browser.get(make_preview_path(draft, version=99)).status_code == 404


def test_the_link_ends(draft: Store, browser: Client, barber: StoreInfo) -> None:
    path = make_preview_path(draft)
    with store_scope(barber):
        withdraw_previews(store=Store.objects.get(pk=barber.id), by="neighbour")
    assert browser.get(path).status_code == 200
    assert browser.get(make_preview_path(draft, lasts=timedelta(seconds=-1))).status_code == 404
    assert browser.get(path.replace("/preview/", "/preview/x")).status_code == 404
    with store_scope(draft.as_info()):
        withdraw_previews(store=draft, by="owner")
    answer = browser.get(path)
    assert answer.status_code == 404
    assert "This preview has ended" in answer.content.decode()


def test_an_unpublished_store_can_be_looked_at(draft: Store, browser: Client) -> None:
    draft.is_published = False
    draft.save()
    assert Client(headers={"host": "luna-hair.localhost"}).get("/").status_code == 404
    assert browser.get(make_preview_path(draft)).status_code == 200


def test_the_shared_link_says_what_it_is(draft: Store, browser: Client) -> None:
    shared = browser.get(make_preview_path(draft)).content.decode()
    framed = browser.get(make_preview_path(draft, is_framed=True)).content.decode()
    assert "clients do not see this" in shared
    assert "clients do not see this" not in framed


def test_before_mango_biz_ever_answered_it_says_so(
    draft: Store, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise CatalogUnavailable("business")

    for module in ("catalog.views", "catalog.context"):
        monkeypatch.setattr(f"{module}.get_catalog", fail)
    answer = browser.get(make_preview_path(draft))
    assert answer.status_code == 200
    assert "Connect it in First steps" in answer.content.decode()
