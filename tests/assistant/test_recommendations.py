"""Recommendations through their addresses: what is shown is the catalogue's, whatever the AI Service says."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
import requests
from django.test import Client

from analytics.models import Interaction
from assistant.errors import AiError
from assistant.schemas import Recommendation
from assistant.services import recommending
from assistant.services.recommending import say_reason
from catalog.presenters.home import choose_services
from catalog.presenters.products import list_related as related_products
from catalog.presenters.services import list_related as related_services
from catalog.queries import Catalog, CatalogUnavailable, get_catalog
from store.models import Store
from store.queries import forget_hosts
from store.tenancy import StoreInfo, store_scope
from tests.booking.helpers import contract
from tests.contract.openapi import OAS31Validator
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db

Kind = Interaction.Kind
HERE = "/recommendations/"
CLICKS = "/recommendations/clicks/"
JSON = "/api/v1/assistant/recommendations"
NOBODY = "00000000-0000-4000-8000-000000000000"
UUID_IN_LINK = re.compile(r'<h3[^>]*><a href="/(?:services|shop)/([0-9a-f-]{36})-')


@pytest.fixture
def salon(ai: Any, luna: StoreInfo) -> StoreInfo:
    """With an assistant."""
    return luna


@pytest.fixture
def browser(salon: StoreInfo, visit: Callable[[StoreInfo], Client]) -> Client:
    return visit(salon)


@pytest.fixture
def catalog(salon: StoreInfo) -> Catalog:
    with store_scope(salon):
        return get_catalog()


@dataclass
class Model:
    """An AI Service that says what a test wants."""

    says: list[Recommendation] = field(default_factory=list)
    error: AiError | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)

    def recommend(self, **question: Any) -> tuple[Recommendation, ...]:
        self.asked.append(question)
        if self.error:
            raise self.error
        return tuple(self.says)

    def name(self, kind: str, row_id: object, reason: str = "") -> None:
        self.says.append(Recommendation(type=kind, id=str(row_id), reason=reason, confidence=0.9))


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Model:
    found = Model()
    monkeypatch.setattr(recommending, "ai_client", lambda: found)
    return found


def get(browser: Client, context: str = "homepage", items: str = "", **headers: str) -> Any:
    return browser.get(HERE, {"context": context, "items": items}, headers=headers)


def shown(response: Any) -> list[str]:
    assert response.status_code == 200, response.status_code
    return UUID_IN_LINK.findall(response.content.decode())


def rows(kind: Interaction.Kind = Kind.RECOMMENDATION_SHOWN) -> list[Interaction]:
    return list(Interaction.across_stores.filter(kind=kind))


def hidden_on(catalog: Catalog, context: str, row: Any) -> set[str]:
    related = {
        "homepage": choose_services(catalog),
        "product": related_products(catalog, row) if context == "product" else (),
        "service": related_services(catalog, row) if context == "service" else (),
    }
    return {str(other.id) for other in related[context]}


# --- the AI Service's choice ------------------------------------------------------------------------------


@pytest.mark.parametrize("context", ["homepage", "product", "service"])
def test_four_that_the_page_does_not_show_already(browser: Client, catalog: Catalog, context: str) -> None:
    row = {"homepage": None, "product": catalog.products[0], "service": catalog.services[0]}[context]
    response = get(browser, context, str(row.id) if row else "")
    found = shown(response)
    assert len(found) == 4
    assert not set(found) & (hidden_on(catalog, context, row) | {str(row.id) if row else ""})
    html = response.content.decode()
    assert html.count('class="service-row"') == html.count('class="product-card"') == 2
    assert "You might like" in html
    assert "Popular in " in html
    assert response["Cache-Control"] == "private, no-store"
    assert not response.cookies
    for interaction in rows():
        assert (interaction.source, interaction.outcome) == ("ai", "ok")
        assert interaction.context == context
        assert interaction.milliseconds is not None
        assert interaction.visitor == ""
    assert {interaction.item_id for interaction in rows()} == set(found)


def test_what_is_in_the_cart_is_not_shown(browser: Client, catalog: Catalog, model: Model) -> None:
    products = [row for row in catalog.products if row.is_available][:5]
    for product in products:
        model.name("product", product.id)
    assert shown(get(browser, "cart")) == [str(row.id) for row in products[:4]]
    browser.post("/cart/items/", {"product": str(products[0].id)})
    cart = browser.get("/cart/").content.decode()
    assert f"context=cart&amp;items={products[0].id}" in cart
    assert shown(get(browser, "cart")) == [str(row.id) for row in products[1:5]]
    assert shown(get(browser, "cart", str(products[1].id))) == [str(row.id) for row in products[2:5]]


def test_what_is_made_up_or_cannot_be_had_is_left_out(
    browser: Client, catalog: Catalog, model: Model, barber: StoreInfo
) -> None:
    with store_scope(barber):
        neighbours = get_catalog()
    services = [row for row in catalog.services if row.is_bookable_online][-2:]
    sold_out = next(row for row in catalog.products if row.stock_status == "out_of_stock")
    by_phone = next(row for row in catalog.services if not row.is_bookable_online)
    model.name("service", uuid4())
    model.name("service", "../../admin")
    model.name("service", neighbours.services[0].id)
    model.name("product", neighbours.products[0].id)
    model.name("product", sold_out.id)
    model.name("service", by_phone.id)
    model.name("membership", services[0].id)
    model.name("product", services[0].id)  # of the wrong kind
    model.name("service", services[0].id)
    model.name("service", services[0].id)
    model.name("service", services[1].id)
    assert shown(get(browser, "cart")) == [str(row.id) for row in services]


def test_an_inactive_one_is_left_out(
    browser: Client, catalog: Catalog, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, *keep = [row for row in catalog.services if row.is_bookable_online][-3:]
    monkeypatch.setattr(
        Catalog,
        "services",
        property(lambda self: tuple(row for row in self.all_services if row.id != gone.id)),
    )
    for row in (gone, *keep):
        model.name("service", row.id)
    assert shown(get(browser, "cart")) == [str(row.id) for row in keep]


REASONS = {
    "Goes with your last visit": "Goes with your last visit",
    "<b>Soft</b> &amp; <script>alert(1)</script>shiny": None,
    "Only $9 today": "",
    "Nur 9 Euro": "",
    "Half price, 50 % off": "",
    "Nine euros only": "",
    "From ₫ on": "",
    "Cheaper at evil.example.com": "",
    "See https://evil/": "",
    "Write to me@evil": "",
    "Call 213 373 4253": "",
    "Lovely " * 30: "Lovely Lovely Lovely Lovely Lovely Lovely Lovely Lovely Lovely Lovely Lovely…",
    "  two\n lines ": "two lines",
    "": "",
}


@pytest.mark.parametrize("reason", REASONS)
def test_reasons_are_short_plain_words_without_a_price(
    browser: Client, catalog: Catalog, model: Model, reason: str
) -> None:
    for row in [row for row in catalog.products if row.is_available][:2]:
        model.name("product", row.id, reason)
    html = get(browser).content.decode()
    assert "<script" not in html
    assert "<b>" not in html
    said = re.findall(r'</article>\s*<p class="small muted">(.*?)</p>', html)
    expected = REASONS[reason]
    if expected is not None:
        assert said == ([expected] * 2 if expected else [])
    assert len(say_reason(reason)) <= 80


def test_the_price_is_the_salons(browser: Client, catalog: Catalog, model: Model) -> None:
    for row in [row for row in catalog.products if row.is_available][:2]:
        model.name("product", row.id, "Just for you")
    html = get(browser).content.decode()
    prices = re.findall(r'class="price">([^<]+)<', html)
    expected = [row.price for row in catalog.products if row.is_available][:2]
    assert [float(price.lstrip("$")) for price in prices] == [float(price) for price in expected]


# --- without it -------------------------------------------------------------------------------------------


@pytest.fixture
def fault(reset_sandbox: SandboxProcess) -> Callable[..., None]:
    def switch(**faults: Any) -> None:
        body = {"upstream": "ai", "faults": faults}
        requests.put(f"{reset_sandbox.url}/sandbox/faults", json=body, timeout=10).raise_for_status()

    return switch


@pytest.mark.parametrize(
    ("switches", "outcomes"),
    [
        ({"down": "503"}, {"unavailable"}),
        ({"down": "close"}, {"unavailable"}),
        ({"slow": 3}, {"timeout"}),
        ({"garbage": True}, {"changed"}),
        ({"rateLimited": 30}, {"limited"}),
        ({"errorRate": 1}, {"unavailable"}),
    ],
)
def test_popular_things_when_the_ai_service_does_not_help(
    browser: Client,
    catalog: Catalog,
    fault: Callable[..., None],
    switches: dict[str, Any],
    outcomes: set[str],
) -> None:
    fault(**switches)
    product = next(row for row in catalog.products if row.is_available)
    response = get(browser, "product", str(product.id))
    assert len(shown(response)) == 4
    assert "You might like" in response.content.decode()
    assert {row.outcome for row in rows()} == outcomes
    assert {row.source for row in rows()} == {"fallback"}
    assert max(row.milliseconds or 0 for row in rows()) < 1100


def test_popular_is_what_clients_praise_then_the_same_shelf(
    browser: Client, catalog: Catalog, model: Model
) -> None:
    model.error = AiError("unavailable")
    product = catalog.products[-1]
    services, products = (
        shown(get(browser, "cart", str(product.id)))[:2],
        shown(get(browser, "cart", str(product.id)))[2:],
    )
    with store_scope(None):
        praised = [str(row.id) for row in recommending.list_favorites(catalog, 99) if row.is_bookable_online]
    assert services == praised[:2]
    beside = [row for row in catalog.products if row.category == product.category and row != product]
    available = [str(row.id) for row in beside if row.is_available]
    assert products[: len(available)] == available[:2]


def test_one_usable_answer_is_none(browser: Client, catalog: Catalog, model: Model) -> None:
    model.name("product", next(row.id for row in catalog.products if row.is_available))
    assert len(shown(get(browser))) == 4
    assert {(row.source, row.outcome) for row in rows()} == {("fallback", "empty")}


def test_nothing_to_say_is_an_empty_answer(
    browser: Client, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recommending, "_list_popular", lambda *_args: [])
    assert get(browser).status_code == 204
    assert [(row.item_id, row.outcome) for row in rows()] == [("", "empty")]
    assert browser.get(JSON, {"context": "homepage"}).json() == {"data": [], "source": "fallback"}


def test_no_catalogue_is_nothing_to_say(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise CatalogUnavailable("business")

    monkeypatch.setattr("assistant.services.recommending.get_catalog", fail)
    assert get(browser).status_code == 204
    assert browser.get(JSON, {"context": "homepage"}).json() == {"data": []}
    assert browser.post(CLICKS, {"id": str(uuid4()), "context": "cart", "source": "ai"}).status_code == 204


# --- kept briefly, limited, by store ------------------------------------------------------------------------


def test_asked_once_for_everybody_on_the_same_page(
    salon: StoreInfo, visit: Callable[[StoreInfo], Client], model: Model
) -> None:
    for context, items in (("homepage", ""), ("homepage", ""), ("cart", ""), ("homepage", str(uuid4()))):
        get(visit(salon), context, items)  # what the salon does not have makes no page of its own
    assert [question["context"] for question in model.asked] == ["homepage", "cart"]
    assert all(question["user_id"] == "" for question in model.asked)


def test_with_consent_it_is_the_visitors_own(
    salon: StoreInfo, visit: Callable[[StoreInfo], Client], model: Model, catalog: Catalog
) -> None:
    for row in [row for row in catalog.products if row.is_available][:2]:
        model.name("product", row.id)
    browser = visit(salon)
    get(browser)
    browser.post("/preferences/", {"personal": "on"})
    assert "Picked for you" in get(browser).content.decode()
    get(browser)
    anybody, visitor = (question["user_id"] for question in model.asked)
    assert anybody == ""
    assert len(visitor) == 64
    assert {row.visitor for row in rows()} == {"", visitor}
    model.error = AiError("timeout")
    assert "You might like" in get(browser, "cart").content.decode()  # nobody picked it


def test_a_failure_is_remembered_only_for_a_moment(
    browser: Client, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[int] = []

    def note(key: str, _value: Any, timeout: int) -> None:
        if key.startswith("recommend:"):
            kept.append(timeout)

    monkeypatch.setattr(recommending.cache, "set", note)
    get(browser)
    model.error = AiError("timeout")
    get(browser)
    assert kept == [90, 20]


@pytest.mark.usefixtures("one_window")
def test_fifty_a_minute(browser: Client, model: Model) -> None:
    answers = [get(browser).status_code for _ in range(51)]
    assert answers[:50] == [200] * 50
    assert answers[50] == 429
    response = browser.get(JSON, {"context": "homepage"})
    assert response.status_code == 429
    assert response.json()["error"]["code"] == "RATE_LIMITED"
    assert 1 <= int(response["Retry-After"]) <= 60
    assert len(rows()) == 200


def test_another_stores_answers_stay_its_own(
    ai: Any, luna: StoreInfo, barber: StoreInfo, visit: Callable[[StoreInfo], Client]
) -> None:
    ours, theirs = shown(get(visit(luna))), shown(get(visit(barber)))
    assert not set(ours) & set(theirs)
    for store, found in ((luna, ours), (barber, theirs)):
        with store_scope(store):
            assert set(Interaction.objects.values_list("item_id", flat=True)) == set(found)
            assert set(Interaction.objects.values_list("source", flat=True)) == {"ai"}


def test_few_queries(
    browser: Client, salon: StoreInfo, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    browser.get("/")
    with django_assert_max_num_queries(4):  # the store, and the rows in a transaction of their own
        get(browser)


# --- switched off -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("why", ["merchant", "no key"])
def test_switched_off_leaves_no_trace(
    salon: StoreInfo, browser: Client, catalog: Catalog, settings: Any, why: str
) -> None:
    paths = ("/", f"/shop/{catalog.products[0].id}-x/", f"/services/{catalog.services[0].id}-x/", "/cart/")
    for path in paths:
        assert "<for-you" in browser.get(path, follow=True).content.decode()
    if why == "merchant":
        Store.objects.filter(pk=salon.id).update(has_ai=False)
    else:
        settings.AI_SERVICE_KEY = ""
    forget_hosts()
    for path in paths:
        html = browser.get(path, follow=True).content.decode()
        assert "for-you" not in html
        assert "recommendations" not in html
    assert get(browser).status_code == 404
    assert browser.post(CLICKS, {}).status_code == 404
    assert browser.get(JSON, {"context": "homepage"}).json() == {"data": []}
    assert not rows()


@pytest.mark.parametrize("context", ["", "nonsense", "<b>"])
def test_an_unknown_context_is_refused(browser: Client, context: str) -> None:
    assert get(browser, context).status_code == 400
    answer = browser.get(JSON, {"context": context})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "INVALID_REQUEST"


@pytest.mark.parametrize(
    "items",
    ["x", ",,,", "a" * 5000, ",".join(f"{NOBODY[:-3]}{number}" for number in range(100, 200)), "\0"],
    ids=["a letter", "commas", "long", "many", "null"],
)
def test_odd_items_are_nothing(browser: Client, items: str) -> None:
    assert get(browser, "product", items).status_code == 200


# --- JSON -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("context", ["homepage", "product", "service", "cart", "checkout"])
def test_json_as_the_contract_has_it(browser: Client, catalog: Catalog, context: str) -> None:
    items = f"{catalog.products[0].id},{catalog.services[0].id}"
    response = browser.get(JSON, {"context": context, "items": items})
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    body = response.json()
    operation = contract()["paths"]["/assistant/recommendations"]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert not list(OAS31Validator(schema).iter_errors(body))
    assert body["source"] == "ai"
    assert len(body["data"]) == 4
    for one in body["data"]:
        assert browser.get(one["url"]).status_code == 200
        assert one["id"] not in items


# --- clicks, and what comes of them -------------------------------------------------------------------------


def click(browser: Client, item: object, **changes: str) -> Any:
    headers = {"origin": "http://luna-hair.localhost"}
    data = {"id": str(item), "context": "product", "source": "ai"} | changes
    return browser.post(CLICKS, data, headers=headers)


def test_a_click_is_counted(browser: Client, catalog: Catalog) -> None:
    product, service = catalog.products[0], catalog.services[0]
    assert click(browser, product.id).status_code == 204
    assert click(browser, service.id, context="homepage", source="fallback").status_code == 204
    found = rows(Kind.RECOMMENDATION_CLICKED)
    assert {(row.item_kind, row.item_id, row.context, row.source, row.visitor) for row in found} == {
        ("product", str(product.id), "product", "ai", ""),
        ("service", str(service.id), "homepage", "fallback", ""),
    }


@pytest.mark.parametrize(
    "changes", [{"id": "x"}, {"id": NOBODY}, {"context": "x"}, {"source": "local"}, {"source": ""}]
)
def test_nonsense_is_not_counted(browser: Client, catalog: Catalog, changes: dict[str, str]) -> None:
    assert click(browser, catalog.products[0].id, **changes).status_code == 204
    assert not rows(Kind.RECOMMENDATION_CLICKED)


@pytest.mark.usefixtures("one_window")
def test_clicks_from_another_site_are_refused_and_many_are_not_counted(
    browser: Client, catalog: Catalog
) -> None:
    headers = {"origin": "https://evil.example.com"}
    data = {"id": str(catalog.products[0].id), "context": "product", "source": "ai"}
    assert browser.post(CLICKS, data, headers=headers).status_code == 403
    assert browser.get(CLICKS).status_code == 405
    for _ in range(55):
        click(browser, catalog.products[0].id)
    assert len(rows(Kind.RECOMMENDATION_CLICKED)) == 50


@pytest.mark.parametrize("agrees", [True, False])
def test_what_is_booked_after_a_click(
    browser: Client, salon: StoreInfo, catalog: Catalog, reset_sandbox: SandboxProcess, agrees: bool
) -> None:
    from tests.booking.test_pages import book

    if agrees:
        browser.post("/preferences/", {"personal": "on"})
    service = next(row for row in catalog.services if len(row.staff_ids) > 2 and row.is_bookable_online)
    click(browser, service.id)
    manage = book(browser, str(service.id))
    for _ in range(2):
        assert browser.get(manage).status_code == 200
    found = [(row.item_id, row.context) for row in rows(Kind.RECOMMENDATION_CONVERTED)]
    assert found == ([(str(service.id), "product")] if agrees else [])
    click(browser, service.id)  # after it was booked: another look at the booking is no other booking
    browser.get(manage)
    assert len(rows(Kind.RECOMMENDATION_CONVERTED)) == len(found)


def test_pages_are_the_same_with_and_without_consent(
    browser: Client, salon: StoreInfo, visit: Callable[[StoreInfo], Client]
) -> None:
    other = visit(salon)
    other.post("/preferences/", {"personal": "on"})
    for path in ("/", "/services/"):
        mine, theirs = (re.sub(r'nonce="[^"]+"', "", b.get(path).content.decode()) for b in (browser, other))
        assert mine == theirs
