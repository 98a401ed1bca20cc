"""Whatever the AI Service does, pages do not wait for it."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
from django.test import Client

from assistant import client
from store.tenancy import StoreInfo
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db
AiFaults = Callable[..., None]
PAGES = (
    "/",
    "/services/",
    "/team/",
    "/shop/",
    "/gallery/",
    "/reviews/",
    "/about/",
    "/policies/",
    "/book/",
    "/cart/",
)


def count_asked(sandbox: SandboxProcess) -> int:
    """Calls of the AI Service so far, those still under way among them."""
    rows = requests.get(f"{sandbox.url}/sandbox/requests.json", timeout=10).json()
    return sum(row["asked"] for call, row in rows.items() if "/api/v1/ai/" in call)


def test_no_page_but_search_and_chat_asks_it(guest: Client, sandbox: SandboxProcess) -> None:
    before = count_asked(sandbox)
    assert {guest.get(path).status_code for path in PAGES} == {200}
    assert count_asked(sandbox) == before
    guest.get("/search/?q=cut")
    assert count_asked(sandbox) == before + 1


def test_who_searches_waits_for_a_slow_one_three_times_at_most(
    guest: Client, sandbox: SandboxProcess, ai_faults: AiFaults, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(client.BUDGETS, "search", 0.2)
    ai_faults(slow=2)
    before = count_asked(sandbox)
    pages = [guest.get("/search/?q=balayage") for _ in range(12)]
    assert all(page.status_code == 200 and "Balayage" in page.content.decode() for page in pages)
    assert count_asked(sandbox) - before == client.BREAKER_THRESHOLD


@pytest.mark.parametrize(
    "faults",
    [
        {"down": "503"},
        {"down": "close"},
        {"errorRate": 1},
        {"garbage": True},
        {"rateLimited": 9},
        {"quota": 9},
        {"hostile": True},
    ],
    ids=str,
)
def test_search_stays_useful(guest: Client, ai_faults: AiFaults, faults: dict[str, Any]) -> None:
    ai_faults(**faults)
    page = guest.get("/search/?q=balayage")
    assert page.status_code == 200
    assert "Hand-Painted Balayage" in page.content.decode()
    answer = guest.get("/api/v1/assistant/search?q=balayage").json()
    assert "Hand-Painted Balayage" in [row["title"] for row in answer["data"]]
    assert answer["source"] == ("ai" if "hostile" in faults else "local")


@pytest.mark.usefixtures("one_window")
def test_a_search_too_often_is_local_alone(
    helped: StoreInfo, guest: Client, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant import visits

    monkeypatch.setattr(visits, "SEARCHES_A_MINUTE", 2)
    before = count_asked(sandbox)
    answers = [guest.get("/api/v1/assistant/search?q=balayage").json()["source"] for _ in range(4)]
    assert answers == ["ai", "ai", "local", "local"]
    assert count_asked(sandbox) == before + 2
