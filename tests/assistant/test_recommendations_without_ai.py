"""What is suggested when the AI Service does not help: what is popular, or nothing."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import requests
from django.test import Client

from assistant.errors import AiError
from assistant.services import recommending
from catalog.queries import Catalog, CatalogUnavailable
from store.tenancy import store_scope
from tests.assistant.asking import CLICKS, JSON, Model, get, rows, shown
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db


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
    guest: Client,
    shelf: Catalog,
    fault: Callable[..., None],
    switches: dict[str, Any],
    outcomes: set[str],
) -> None:
    fault(**switches)
    product = next(row for row in shelf.products if row.is_available)
    response = get(guest, "product", str(product.id))
    assert len(shown(response)) == 4
    assert "You might like" in response.content.decode()
    assert {row.outcome for row in rows()} == outcomes
    assert {row.source for row in rows()} == {"fallback"}
    assert max(row.milliseconds or 0 for row in rows()) < 1100


def test_popular_is_what_clients_praise_then_the_same_shelf(
    guest: Client, shelf: Catalog, model: Model
) -> None:
    model.error = AiError("unavailable")
    product = shelf.products[-1]
    services, products = (
        shown(get(guest, "cart", str(product.id)))[:2],
        shown(get(guest, "cart", str(product.id)))[2:],
    )
    with store_scope(None):
        praised = [str(row.id) for row in recommending.list_favorites(shelf, 99) if row.is_bookable_online]
    assert services == praised[:2]
    beside = [row for row in shelf.products if row.category == product.category and row != product]
    available = [str(row.id) for row in beside if row.is_available]
    assert products[: len(available)] == available[:2]


def test_one_usable_answer_is_none(guest: Client, shelf: Catalog, model: Model) -> None:
    model.name("product", next(row.id for row in shelf.products if row.is_available))
    assert len(shown(get(guest))) == 4
    assert {(row.source, row.outcome) for row in rows()} == {("fallback", "empty")}


def test_nothing_to_say_is_an_empty_answer(
    guest: Client, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recommending, "_list_popular", lambda *_args: [])
    assert get(guest).status_code == 204
    assert [(row.item_id, row.outcome) for row in rows()] == [("", "empty")]
    assert guest.get(JSON, {"context": "homepage"}).json() == {"data": [], "source": "fallback"}


def test_no_catalogue_is_nothing_to_say(guest: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise CatalogUnavailable("business")

    monkeypatch.setattr("assistant.services.recommending.get_catalog", fail)
    assert get(guest).status_code == 204
    assert guest.get(JSON, {"context": "homepage"}).json() == {"data": []}
    assert guest.post(CLICKS, {"id": str(uuid4()), "context": "cart", "source": "ai"}).status_code == 204
