"""Publishing now and later, what was published, links to show around, and the store's door."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from store.models import AuditEntry, DesignVersion, Store
from store.services import change_draft, create_store, publish_design, publish_due_versions, read_draft
from store.tasks import publish_looks
from store.tenancy import StoreInfo, store_scope
from tests.studio.conftest import STUDIO

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
Visit = Callable[[StoreInfo], Client]
PUBLISH, VERSIONS = f"{STUDIO}/look/publication/", f"{STUDIO}/look/versions/"
RED, BLUE = "#8a1c1c", "#1c3f8a"
PACIFIC = ZoneInfo("America/Los_Angeles")


@pytest.fixture
def browser(owner: User, sign_in: SignIn) -> Client:
    return sign_in(owner)


@pytest.fixture
def evening() -> Iterator[None]:
    """Eight in the evening of January 11 in Los Angeles. Before the log-in, which is good for two weeks."""
    with time_machine.travel(datetime(2027, 1, 11, 20, 0, tzinfo=PACIFIC), tick=False):
        yield


def paint(store: StoreInfo, brand: str) -> None:
    with store_scope(store):
        draft = read_draft()
        design = replace(draft.design, theme=replace(draft.design.theme, brand=brand))
        change_draft(design=design, revision=draft.revision, by="owner")


def publish(browser: Client, **said: str) -> HttpResponse:
    """As the page offers it."""
    page = browser.get(PUBLISH).content.decode()
    revision = re.search(r'name="revision" value="(\d+)"', page)
    assert revision
    return browser.post(PUBLISH, {"revision": revision[1], "when": "now", **said})


def live(store: StoreInfo) -> Store:
    return Store.objects.select_related("live_version").get(pk=store.id)


def sheet(visit: Visit, store: StoreInfo) -> tuple[str, bytes]:
    page = visit(store).get("/").content.decode()
    found = re.search(r'href="(/theme-[0-9a-f]+\.css)"', page)
    assert found
    return found[1], visit(store).get(found[1]).content


def actions(store: StoreInfo) -> list[str]:
    entries = AuditEntry.objects.filter(store=store.id).order_by("pk")
    return list(entries.values_list("action", flat=True))


# --- publishing -----------------------------------------------------------------------------------------


def test_the_page_says_what_changes_and_publishes_that(
    browser: Client, luna: StoreInfo, visit: Visit
) -> None:
    paint(luna, RED)
    page = browser.get(PUBLISH).content.decode()
    assert f"Brand color: {luna.theme.brand} is now {RED}" in page
    answer = publish(browser)
    assert (answer.status_code, answer["Location"]) == (303, VERSIONS)
    assert RED.encode() in sheet(visit, luna)[1]
    assert "Published. Clients see version 2 now." in browser.get(VERSIONS).content.decode()
    page = browser.get(PUBLISH).content.decode()
    assert "Nothing: the draft is what clients see." in page
    assert "<form class" not in page.partition("What changes")[2]


def test_changes_are_told_in_the_words_of_the_form(browser: Client, luna: StoreInfo) -> None:
    with store_scope(luna):
        theme = replace(luna.theme, display="hanken-light", corners="pill", density="airy")
        change_draft(design=replace(luna.design, theme=theme), revision=0, by="owner")
    page = browser.get(PUBLISH).content.decode()
    assert "Heading font: Bricolage Grotesque is now Hanken Grotesk, light" in page
    assert "Corners: Soft is now Round buttons" in page
    assert "Spacing: Regular is now Airy" in page


def test_a_draft_that_has_changed_since_is_not_published(browser: Client, luna: StoreInfo) -> None:
    paint(luna, RED)
    page = browser.get(PUBLISH).content.decode()
    revision = re.search(r'name="revision" value="(\d+)"', page)
    assert revision
    paint(luna, BLUE)
    answer = browser.post(PUBLISH, {"revision": revision[1], "when": "now"})
    assert answer.status_code == 409
    assert f"is now {BLUE}" in answer.content.decode()
    assert live(luna).live_version.number == 1


def test_colours_that_cannot_be_read_are_refused_with_the_way_out(browser: Client, luna: StoreInfo) -> None:
    paint(luna, "#ffe9a0")
    page = browser.get(PUBLISH).content.decode()
    assert "cannot be published yet" in page
    assert 'href="/admin/stores/luna-hair/look/#colour-brand"' in page
    assert "would do." in page
    answer = browser.post(PUBLISH, {"revision": "1", "when": "now"})
    assert answer.status_code == 422
    later = (timezone.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    assert browser.post(PUBLISH, {"revision": "1", "when": "later", "at": later}).status_code == 422
    assert DesignVersion.across_stores.filter(store=luna.id).count() == 1


def test_later_is_by_the_salons_clock(evening: None, browser: Client, luna: StoreInfo, visit: Visit) -> None:
    paint(luna, RED)
    assert "Pacific Time" in browser.get(PUBLISH).content.decode()
    assert publish(browser, when="later", at="2027-01-12T07:30").status_code == 303
    paint(luna, BLUE)  # which is no part of it
    page = browser.get(VERSIONS).content.decode()
    assert "Version 2 will be published on Tue, Jan 12, 7:30" in page
    assert live(luna).live_version.number == 1
    with time_machine.travel(datetime(2027, 1, 12, 7, 29, tzinfo=PACIFIC), tick=False):
        publish_looks()
        assert live(luna).live_version.number == 1
    with time_machine.travel(datetime(2027, 1, 12, 7, 30, tzinfo=PACIFIC), tick=False):
        publish_looks()
        publish_looks()
        assert live(luna).live_version.number == 2
        assert RED.encode() in sheet(visit, luna)[1]
    assert actions(luna).count("design.published") == 2


@pytest.mark.parametrize(
    ("at", "says"),
    [
        ("2027-01-11T19:59", "This time is over"),
        ("2027-01-11T20:00", "This time is over"),
        ("2027-03-14T02:30", "the clocks go forward"),
        ("2028-06-01T10:00", "more than a year away"),
        ("2027-02-30T10:00", "Choose a date and a time"),
        ("2027-02-03T10:00+00:00", "Choose a date and a time"),
        ("9999-12-31T23:59", "Choose a date and a time"),
        ("tomorrow", "Choose a date and a time"),
        ("", "Choose a date and a time"),
    ],
)
def test_a_time_that_is_none(evening: None, browser: Client, luna: StoreInfo, at: str, says: str) -> None:
    paint(luna, RED)
    answer = publish(browser, when="later", at=at)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert DesignVersion.across_stores.filter(store=luna.id).count() == 1


def test_calling_off_one_that_is_to_come(browser: Client, luna: StoreInfo) -> None:
    paint(luna, RED)
    later = (datetime.now(PACIFIC) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    publish(browser, when="later", at=later)
    assert "Call off" in browser.get(VERSIONS).content.decode()
    assert browser.post(f"{VERSIONS}2/cancellation/").status_code == 303
    assert "Called off" in browser.get(VERSIONS).content.decode()
    DesignVersion.across_stores.filter(number=2).update(due_at=timezone.now())
    assert publish_due_versions() == 0
    assert browser.post(f"{VERSIONS}2/return/").status_code == 404  # it never was published
    assert actions(luna)[-2:] == ["design.scheduled", "design.called_off"]


# --- versions -------------------------------------------------------------------------------------------


def test_rolling_back_restores_byte_for_byte(browser: Client, luna: StoreInfo, visit: Visit) -> None:
    page, (path, css) = visit(luna).get("/").content, sheet(visit, luna)
    paint(luna, RED)
    publish(browser)
    assert visit(luna).get("/").content != page
    # An old page never mixes with the new theme: its own sheet is still there.
    assert sheet(visit, luna)[0] != path
    assert visit(luna).get(path).content == css
    assert browser.post(f"{VERSIONS}1/return/").status_code == 303
    assert visit(luna).get("/").content == page
    assert sheet(visit, luna) == (path, css)
    with store_scope(luna):
        assert read_draft().design.theme.brand == RED  # the work goes on
    assert actions(luna)[-1] == "design.rolled_back"


def test_an_old_page_gets_the_sheet_made_for_it(luna: StoreInfo, visit: Visit) -> None:
    """However many looks later, within reason."""
    path, css = sheet(visit, luna)
    with store_scope(luna):
        for number in range(18):
            theme = replace(luna.theme, brand=f"#8a1c{number:02x}")
            publish_design(design=replace(luna.design, theme=theme), by="owner")
    assert sheet(visit, luna)[0] != path
    assert visit(luna).get(path).content == css
    assert visit(luna).get("/theme-0123456789abcdef.css").status_code == 404


def test_a_previews_sheet_outlives_the_next_change(browser: Client, luna: StoreInfo) -> None:
    """The page is on its way to somebody, and the draft moves on before it asks for its sheet."""
    paint(luna, RED)
    page = browser.get(f"{STUDIO}/look/").content.decode()
    frame = re.search(r'<iframe[^>]+src="([^"]+)"', page)
    assert frame
    path = theme_of(browser.get(frame[1]))
    paint(luna, BLUE)
    assert RED in browser.get(path).content.decode()


def test_a_store_that_was_never_published_has_no_versions(browser: Client, luna: StoreInfo) -> None:
    Store.objects.filter(pk=luna.id).update(live_version=None, is_published=False)
    DesignVersion.across_stores.filter(store=luna.id).delete()
    answer = browser.get(f"{STUDIO}/look/versions/")
    assert answer.status_code == 200
    assert "Nothing has been published yet." in answer.content.decode()
    assert "Clients see it once you publish." in browser.get(f"{STUDIO}/look/").content.decode()


def test_the_list_says_what_each_changed(browser: Client, luna: StoreInfo) -> None:
    paint(luna, RED)
    publish(browser)
    paint(luna, BLUE)
    publish(browser)
    page = browser.get(VERSIONS).content.decode()
    newest, middle, first = re.split(r'<article class="version"', page)[1:]
    assert f"Brand color: {RED} is now {BLUE}" in newest
    assert ">Live<" in newest
    assert "Show this again" not in newest
    assert f"is now {RED}" in middle
    assert "Show this again" in middle
    assert "The first look." in first
    shown = re.search(r'href="(/preview/[^"]+)"', middle)
    assert shown
    assert RED in browser.get(theme_of(browser.get(shown[1]))).content.decode()


def theme_of(answer: HttpResponse) -> str:
    found = re.search(r'href="([^"]+/theme-[^"]+\.css)"', answer.content.decode())
    assert found
    return found[1]


def test_an_old_version_becomes_the_draft_and_undo_brings_the_work_back(
    browser: Client, luna: StoreInfo
) -> None:
    paint(luna, RED)
    assert browser.post(f"{VERSIONS}1/draft/", {"revision": "0"})["Location"] == VERSIONS
    with store_scope(luna):
        assert read_draft().design.theme.brand == RED  # it had changed meanwhile
    answer = browser.post(f"{VERSIONS}1/draft/", {"revision": "1"})
    assert answer["Location"] == f"{STUDIO}/look/"
    with store_scope(luna):
        assert read_draft().design == luna.design
        assert read_draft().can_undo
    assert browser.post(f"{VERSIONS}9/draft/", {"revision": "2"}).status_code == 404


def test_a_neighbours_version_is_no_number_here(browser: Client, luna: StoreInfo, barber: StoreInfo) -> None:
    paint(barber, RED)
    with store_scope(barber):
        DesignVersion.objects.create(number=7, design={}, published_at=timezone.now())
    for what in ("return", "draft"):
        assert browser.post(f"{VERSIONS}7/{what}/", {"revision": "0"}).status_code == 404
    browser.post(f"{VERSIONS}7/cancellation/")
    assert live(luna).live_version.number == 1


# --- the store's door -----------------------------------------------------------------------------------


def test_the_first_publication_opens_the_store(browser: Client, luna: StoreInfo, visit: Visit) -> None:
    Store.objects.filter(pk=luna.id).update(is_published=False, live_version=None)
    live(luna).save()  # whoever remembers its hosts forgets
    assert visit(luna).get("/").status_code == 404
    assert "Your store opens: this is its first look." in browser.get(PUBLISH).content.decode()
    assert browser.post(f"{STUDIO}/look/opening/")["Location"] == PUBLISH  # there is nothing to show
    assert publish(browser).status_code == 303
    assert visit(luna).get("/").status_code == 200
    assert "store.opened" in actions(luna)


def test_a_first_look_that_was_scheduled_opens_it_too(luna: StoreInfo, browser: Client) -> None:
    Store.objects.filter(pk=luna.id).update(is_published=False, live_version=None)
    later = (datetime.now(PACIFIC) + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    publish(browser, when="later", at=later)
    assert not live(luna).is_published
    DesignVersion.across_stores.filter(number=2).update(due_at=timezone.now())
    publish_looks()
    assert live(luna).is_published


def test_offline_and_open_again(browser: Client, luna: StoreInfo, visit: Visit) -> None:
    assert "Take the store offline?" in browser.get(f"{STUDIO}/look/closing/").content.decode()
    assert visit(luna).get("/").status_code == 200
    assert browser.post(f"{STUDIO}/look/closing/").status_code == 303
    assert visit(luna).get("/").status_code == 404
    paint(luna, RED)
    assert "offline and stays so" in browser.get(PUBLISH).content.decode()
    publish(browser)
    assert visit(luna).get("/").status_code == 404
    assert "Shown when open" in browser.get(VERSIONS).content.decode()
    browser.post(f"{STUDIO}/look/opening/")
    assert RED.encode() in sheet(visit, luna)[1]
    assert [name for name in actions(luna) if name.startswith("store.")] == ["store.closed", "store.opened"]


def test_a_store_that_is_made_as_a_draft_stays_one(luna: StoreInfo) -> None:
    store = create_store(
        slug="new",
        name="New",
        tenant_id=luna.id,
        api_key="key",
        webhook_secrets=["whsec_eA=="],
        is_published=False,
        design=luna.design,
    )
    assert not Store.objects.get(pk=store.pk).is_published


# --- links to show around -------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [1, 7, 30])
def test_a_link_works_for_so_long(browser: Client, luna: StoreInfo, days: int) -> None:
    paint(luna, RED)
    page = browser.get(f"{STUDIO}/look/sharing/?days={days}").content.decode()
    found = re.search(r'copy__text">http://localhost(/preview/[^<]+)<', page)
    assert found
    stranger = Client(headers={"host": "localhost"})
    assert RED in stranger.get(theme_of(stranger.get(found[1]))).content.decode()
    for hours, status in ((-1, 200), (1, 404)):
        with time_machine.travel(timezone.now() + timedelta(days=days, hours=hours), tick=False):
            assert stranger.get(found[1]).status_code == status


@pytest.mark.parametrize("days", ["", "0", "365", "x"])
def test_no_link_for_another_time(browser: Client, luna: StoreInfo, days: str) -> None:
    page = browser.get(f"{STUDIO}/look/sharing/?days={days}").content.decode()
    assert "/preview/" not in page


def test_all_links_end_at_once(browser: Client, luna: StoreInfo) -> None:
    page = browser.get(f"{STUDIO}/look/sharing/?days=30").content.decode()
    found = re.search(r'copy__text">http://localhost(/preview/[^<]+)<', page)
    assert found
    assert browser.get(found[1]).status_code == 200
    assert browser.post(f"{STUDIO}/look/sharing/withdrawal/").status_code == 303
    assert browser.get(found[1]).status_code == 404
    assert actions(luna)[-1] == "preview.withdrawn"
