"""The salon's pages through their addresses, as a browser without JavaScript sees them."""

import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.test import Client

from catalog.queries import get_catalog
from catalog.schemas import ReviewAggregate
from store.tenancy import StoreInfo, store_scope

Visit = Callable[[StoreInfo], Client]

PAGES = ("/", "/services/", "/team/", "/shop/", "/gallery/", "/reviews/", "/about/", "/policies/")
NOON = "2026-11-24T20:00:00Z"  # a Tuesday, noon in Los Angeles: two days before Thanksgiving
SIGNATURE_CUT = "d25d32b2-3bbc-59a9-b18f-4648260d7a60"
KNOTLESS_BRAIDS = "172a17b2-9124-57e7-9e50-98f8e0f83869"
MARISOL = "77860cea-be5f-581a-810c-239bbf4e596a"
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=True):
        yield


@pytest.fixture
def page(luna: StoreInfo, visit: Visit) -> Callable[[str], str]:
    """page("/team/") is the page's HTML, with its entities and spaces as they were sent."""
    browser = visit(luna)

    def get(path: str) -> str:
        response = browser.get(path)
        assert response.status_code == 200, path
        return response.content.decode()

    return get


def links_to(section: str, html: str) -> list[str]:
    return sorted(set(re.findall(rf'href="(/{section}/[0-9a-f-]{{36}}-[a-z0-9-]+/)"', html)))


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_whose_it_is_and_can_be_found_again(path: str, page: Callable[[str], str]) -> None:
    html = page(path)
    assert html.count("<h1") == 1
    assert "Luna Hair" in re.search(r"<title>(.*?)</title>", html).group(1)
    assert f'<link rel="canonical" href="http://luna-hair.localhost{path}">' in html.replace(":8000", "")


@pytest.mark.parametrize("path", PAGES)
def test_nothing_on_a_page_is_the_visitors_own(path: str, luna: StoreInfo, visit: Visit) -> None:
    response = visit(luna).get(path)
    assert "csrfmiddlewaretoken" not in response.content.decode()
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")


@pytest.mark.parametrize("path", PAGES)
def test_no_page_needs_an_exception_from_the_content_security_policy(
    path: str, page: Callable[[str], str]
) -> None:
    html = page(path)
    assert not re.search(r"\sstyle=|\son[a-z]+=\"|<style", html)
    assert not re.search(r"<script(?![^>]*\ssrc=)", html)


def test_all_that_is_listed_has_a_page(page: Callable[[str], str]) -> None:
    for section in ("services", "team", "shop"):
        found = links_to(section, page(f"/{section}/"))
        assert found, section
        for link in found:
            page(link)


def test_pictures_keep_their_place(page: Callable[[str], str]) -> None:
    for path in ("/", "/shop/", "/gallery/"):
        pictures = re.findall(r"<img [^>]*>", page(path))
        assert pictures
        assert all(" width=" in tag and " height=" in tag and " alt=" in tag for tag in pictures)


def test_the_front_page_speaks_in_the_salons_words(page: Callable[[str], str]) -> None:
    html = page("/")
    assert "A sunlit hair studio on the east side of Los Angeles.</h1>" in html
    assert "Open until 7\u00a0pm" in html
    assert "Thu, Nov 26: Thanksgiving: closed" in html
    assert 'href="tel:+12135550142"' in html


def test_the_picker_asks_for_times_without_a_script(page: Callable[[str], str]) -> None:
    picker = re.search(r'<form class="picker".*?</form>', page("/"), re.DOTALL).group(0)
    assert 'action="/book/time/" method="get"' in picker
    assert f'<option value="{SIGNATURE_CUT}">Signature Cut &amp; Finish, 60 min, from $98</option>' in picker
    assert KNOTLESS_BRAIDS not in picker  # booked by phone
    assert f'<option value="{MARISOL}">Marisol Vega-Quiñones</option>' in picker


def test_services_stand_under_their_categories_with_price_and_time(page: Callable[[str], str]) -> None:
    html = page("/services/")
    headings = re.findall(r'<h2 id="[a-z-]+-title">(.*?)</h2>', html)
    assert headings == ["Cuts", "Color", "Styling", "Care", "Curls &amp; Texture"]
    assert '<span class="price">from $98</span><span class="duration">60 min</span>' in html
    assert "Warm Olive Oil Bath" not in html  # no longer offered


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("length=60", "Signature Cut &amp; Finish", "Hand-Painted Balayage"),
        ("length=long", "Hand-Painted Balayage", "Signature Cut &amp; Finish"),
        (f"staff={MARISOL}", "Hand-Painted Balayage", "Silk Press"),
        ("price=-90", "Fringe Trim", "Hand-Painted Balayage"),
        ("length=long&price=150-", "Hand-Painted Balayage", "Fringe Trim"),
    ],
)
def test_services_can_be_filtered(query: str, shown: str, hidden: str, page: Callable[[str], str]) -> None:
    html = page(f"/services/?{query}")
    names = re.findall(r'<h3 class="service-row__name"><a [^>]*>(.*?)</a>', html)
    assert shown in names
    assert hidden not in names


def test_a_filter_nobody_offers_is_no_filter(page: Callable[[str], str]) -> None:
    names = r'<h3 class="service-row__name"><a [^>]*>(.*?)</a>'
    everything = re.findall(names, page("/services/"))
    assert len(everything) == 31
    assert re.findall(names, page("/services/?staff=x&length=7&price=a&sort=b")) == everything


def test_services_can_be_sorted_within_their_categories(page: Callable[[str], str]) -> None:
    cuts = re.search(r'<section id="cuts".*?</section>', page("/services/?sort=price"), re.DOTALL).group(0)
    prices = [int(price) for price in re.findall(r'class="price">(?:from )?\$(\d+)<', cuts)]
    assert prices == sorted(prices)
    assert len(prices) > 3


def test_a_filter_without_a_match_says_so_and_leads_back(page: Callable[[str], str]) -> None:
    html = page("/services/?length=long&price=-90")
    assert "Nothing fits all of that" in html
    assert 'href="/services/">Show everything' in html


def test_a_service_is_chosen_on_its_page_and_timed_on_the_next(page: Callable[[str], str]) -> None:
    html = page(f"/services/{SIGNATURE_CUT}-signature-cut-finish/")
    form = re.search(r'<form class="stack stack--l" id="service-form".*?</form>', html, re.DOTALL).group(0)
    assert 'method="get" action="/book/time/"' in form
    assert f'<input type="hidden" name="service" value="{SIGNATURE_CUT}">' in form
    assert form.count('name="add"') == 3
    assert "Clear gloss" in form
    assert "20 min more" in form
    assert '<input type="radio" name="staff" value="" checked>' in form
    assert html.count('form="service-form"') == 2  # beside it, and at the foot of a phone
    assert "Arrive with dry, detangled hair" in html


def test_a_service_booked_by_phone_gives_the_number_and_no_dead_button(page: Callable[[str], str]) -> None:
    html = page(f"/services/{KNOTLESS_BRAIDS}-knotless-braids/")
    assert "This one is booked by phone" in html
    assert "service-form" not in html
    assert "(213)\u00a0555-0142" in html


@pytest.mark.parametrize(
    ("path", "right"),
    [
        (f"/services/{SIGNATURE_CUT}-old-name/", f"/services/{SIGNATURE_CUT}-signature-cut-finish/"),
        (f"/team/{MARISOL}-m/", f"/team/{MARISOL}-marisol-vega-quinones/"),
    ],
)
def test_an_old_name_leads_to_the_right_address(path: str, right: str, luna: StoreInfo, visit: Visit) -> None:
    response = visit(luna).get(path)
    assert response.status_code == 301
    assert response["Location"] == right


@pytest.mark.parametrize("section", ["services", "team", "shop"])
def test_what_is_not_here_is_a_404_with_a_way_on(section: str, luna: StoreInfo, visit: Visit) -> None:
    response = visit(luna).get(f"/{section}/{NOBODY}-x/")
    html = response.content.decode()
    assert response.status_code == 404
    assert "There’s nothing at this address" in html
    assert 'href="/services/"' in html
    assert "(213)\u00a0555-0142" in html


def test_a_neighbours_service_is_not_here(barber: StoreInfo, luna: StoreInfo, visit: Visit) -> None:
    assert visit(luna).get(f"/services/{SIGNATURE_CUT}-signature-cut-finish/").status_code == 200
    assert visit(barber).get(f"/services/{SIGNATURE_CUT}-signature-cut-finish/").status_code == 404


def test_a_person_has_a_page_with_work_and_reviews(page: Callable[[str], str]) -> None:
    html = page(f"/team/{MARISOL}-marisol-vega-quinones/")
    assert "Founder &amp; Colorist" in html
    assert "English and Spanish" in html
    assert f'href="/book/?staff={MARISOL}"' in html
    assert f"&amp;staff={MARISOL}" in html  # services are booked with her
    assert 'id="work-title"' in html
    assert 'id="reviews-title"' in html


def test_the_shop_says_what_is_left(page: Callable[[str], str]) -> None:
    html = page("/shop/")
    assert "Sold out" in html
    assert "Only a few left" in html
    assert '<s class="price__was">' in html
    ones = [page(link) for link in links_to("shop", html)]
    assert {'class="buy"' in one for one in ones} == {True, False}
    assert all(('class="buy"' in one) != ("Call and we will put one aside for you." in one) for one in ones)


def test_the_gallery_enlarges_without_a_script(page: Callable[[str], str]) -> None:
    html = page("/gallery/")
    opened = re.findall(r'class="gallery__item" type="button" popovertarget="([a-z0-9-]+)"', html)
    assert len(opened) == 24
    assert sorted(re.findall(r'<dialog class="lightbox[a-z -]*" id="([a-z0-9-]+)" popover', html)) == sorted(
        opened
    )
    assert len(re.findall("gallery__item", page("/gallery/?category=Studio"))) == 3


def test_reviews_with_their_bars_and_by_rating(page: Callable[[str], str]) -> None:
    html = page("/reviews/")
    assert html.count('<article class="review">') == 40
    assert 'href="/reviews/?rating=5"' in html
    assert '<rect class="bars__fill" width="70.0" height="8"/>' in html  # 28 of 40
    assert page("/reviews/?rating=2").count('<article class="review">') == 2
    assert page("/reviews/?rating=nine").count('<article class="review">') == 40


def test_hours_today_this_week_and_on_days_that_differ(page: Callable[[str], str]) -> None:
    html = page("/about/")
    assert re.search(r'<tr aria-current="date">\s*<th scope="row">Tuesday', html)
    assert "10\u00a0am – 7\u00a0pm" in html
    assert "9\u00a0am – 2\u00a0pm</span><span>2:45\u00a0pm – 8:30\u00a0pm" in html
    assert "Short day before Christmas" in html
    assert "All times are Pacific Time." in html
    assert "https://www.openstreetmap.org/?mlat=34.078&amp;mlon=-118.261" in html


@pytest.mark.parametrize(
    ("moment", "says"),
    [
        ("2026-11-24T17:00:00Z", "Closed, opens at 10\u00a0am"),
        ("2026-11-25T03:30:00Z", "Closed, opens tomorrow at 10\u00a0am"),
        ("2026-11-27T22:15:00Z", "Closed, opens at 2:45\u00a0pm"),  # lunch on Friday
        ("2026-11-26T20:00:00Z", "Closed, opens tomorrow at 9\u00a0am"),  # Thanksgiving
        ("2026-11-23T20:00:00Z", "Closed, opens tomorrow at 10\u00a0am"),
    ],
)
def test_the_door_says_when_it_opens(moment: str, says: str, page: Callable[[str], str]) -> None:
    with time_machine.travel(moment, tick=True):
        assert says in page("/about/")


def test_policies_and_questions(page: Callable[[str], str]) -> None:
    html = page("/policies/")
    assert "Free until 24 hours before." in html
    assert "Do I need a patch test before color?" in html


def test_the_way_in_shows_only_sections_with_something_in_them(
    luna: StoreInfo, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store_scope(luna):
        full = get_catalog()
    bare = SimpleNamespace(
        business=full.business,
        zone=full.zone,
        services=(),
        products=(),
        staff=(),
        gallery=(),
        reviews=(),
        review_aggregate=ReviewAggregate(),
        is_stale=False,
    )
    monkeypatch.setattr("catalog.views.get_catalog", lambda: bare)
    monkeypatch.setattr("catalog.context.get_catalog", lambda: bare)
    browser = visit(luna)
    html = browser.get("/").content.decode()
    header = re.search(r'<nav class="header__nav".*?</nav>', html, re.DOTALL).group(0)
    assert re.findall(r">(\w+)</a>", header) == ["About"]
    assert "Book by phone" in html
    for path, says in {
        "/services/": "No services online yet",
        "/team/": "No faces here yet",
        "/shop/": "The shelf is empty",
        "/gallery/": "No pictures yet",
        "/reviews/": "No reviews yet",
    }.items():
        assert says in browser.get(path).content.decode()


def test_pages_speak_the_stores_language_and_write_its_formats(
    open_store: Callable[[str], StoreInfo], visit: Visit
) -> None:
    html = visit(open_store("stille-spa")).get("/services/").content.decode()
    assert '<html lang="de-DE"' in html
    assert '<span class="price">82\u00a0€</span>' in html


def test_the_colour_mode_is_the_visitors(luna: StoreInfo, visit: Visit) -> None:
    browser = visit(luna)
    assert 'data-mode="auto"' in browser.get("/").content.decode()
    browser.post("/preferences/mode/", {"mode": "dark"})
    html = browser.get("/").content.decode()
    assert 'data-mode="dark"' in html
    assert re.search(r'value="dark"\s+aria-pressed="true"', html)


NOBODY_ANSWERS = "http://127.0.0.1:9/biz-api/v1"


def test_old_data_says_how_old_it_is(luna: StoreInfo, visit: Visit, settings: Any) -> None:
    browser = visit(luna)
    assert "as of" not in browser.get("/services/").content.decode()
    settings.MANGO_BIZ_URL = NOBODY_ANSWERS
    with time_machine.travel("2026-11-24T21:30:00Z", tick=True):
        html = browser.get("/services/").content.decode()
    assert re.search(r"Prices and hours as of 12(:0\d)?\u00a0pm. We check them again before you book.", html)
    assert "Signature Cut" in html


def test_before_there_is_a_catalogue_the_page_says_so_and_offers_to_try_again(
    luna: StoreInfo, visit: Visit, settings: Any
) -> None:
    settings.MANGO_BIZ_URL = NOBODY_ANSWERS
    response = visit(luna).get("/services/?length=60")
    assert response.status_code == 503
    assert response["Retry-After"]
    assert 'href="/services/?length=60">Try again</a>' in response.content.decode()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_costs_no_queries_once_the_catalogue_is_known(
    path: str, luna: StoreInfo, visit: Visit, django_assert_max_num_queries: Any
) -> None:
    browser = visit(luna)
    browser.get(path)
    with django_assert_max_num_queries(0):
        browser.get(path)
