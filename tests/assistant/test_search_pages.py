"""Search as clients and scripts meet it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from catalog.queries import Catalog
from store.tenancy import StoreInfo
from tests.assistant.test_chat import check
from tests.booking.helpers import contract

pytestmark = pytest.mark.django_db


@pytest.fixture
def shopper(luna: StoreInfo, visit: Callable[[StoreInfo], Client]) -> Client:
    """In a store without an assistant."""
    return visit(luna)


def test_what_is_found_stands_by_kind(shopper: Client) -> None:
    page = shopper.get("/search/", {"q": "balayage"}).content.decode()
    assert "Found for “balayage”" in page
    assert page.index('<h2 id="found-services">') > 0
    assert "Hand-Painted Balayage" in page
    assert "from $295" in page


def test_nothing_found_shows_ways_on(shopper: Client) -> None:
    page = shopper.get("/search/", {"q": "xyzzy"}).content.decode()
    assert "Nothing called “xyzzy” yet" in page
    assert 'href="/services/"' in page
    assert 'class="chip" href="/search/?q=' in page


def test_a_query_is_text(shopper: Client) -> None:
    for path in ("/search/", "/search/instant/"):
        page = shopper.get(path, {"q": '"><script>alert(1)</script>'}).content.decode()
        assert "<script>alert" not in page


@pytest.mark.parametrize("query", ["", " ", "x" * 5000, "\x00", "🙂", "(((", "%", "ب", "a\u0301" * 90])
def test_whatever_is_typed_gets_a_page(shopper: Client, query: str) -> None:
    for path in ("/search/", "/search/instant/"):
        assert shopper.get(path, {"q": query}).status_code == 200


def test_while_typing(shopper: Client) -> None:
    part = shopper.get("/search/instant/", {"q": "balay"}).content.decode()
    assert "<html" not in part
    assert "Hand-Painted Balayage" in part
    assert "from $295" in part


def test_the_api_answers_to_its_contract(shopper: Client, luna: StoreInfo) -> None:
    answer = shopper.get("/api/v1/assistant/search", {"q": "shampoo", "limit": 2})
    check(answer.json(), contract()["paths"]["/assistant/search"]["get"]["responses"]["200"])
    body: dict[str, Any] = answer.json()
    assert body["source"] == "local"
    assert [row["type"] for row in body["data"]] == ["product", "product"]
    assert all(row["price"] > 0 and row["url"].startswith("/shop/") for row in body["data"])


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"q": ""},
        {"q": "a", "limit": 0},
        {"q": "a", "limit": 51},
        {"q": "a", "limit": "x"},
        {"q": "a", "limit": "00501"},
    ],
    ids=str,
)
def test_what_the_api_refuses(shopper: Client, query: dict[str, Any]) -> None:
    answer = shopper.get("/api/v1/assistant/search", query)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "INVALID_REQUEST"


def test_the_neighbours_things_are_not_found(
    shopper: Client, barber: StoreInfo, visit: Any, shelf: Catalog
) -> None:
    theirs = visit(barber).get("/api/v1/assistant/search", {"q": "beard"}).json()["data"]
    ours = shopper.get("/api/v1/assistant/search", {"q": "beard"}).json()["data"]
    assert theirs
    assert not {row["id"] for row in theirs} & {row["id"] for row in ours}
