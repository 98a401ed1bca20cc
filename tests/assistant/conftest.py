from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from django.core.cache import cache
from django.test import Client

from assistant.services import recommending
from catalog.queries import Catalog, get_catalog
from store.tenancy import StoreInfo, store_scope
from tests.assistant.asking import Model
from tests.sandbox_process import SandboxProcess


@pytest.fixture
def helped(ai: dict[str, str], open_store: Callable[[str], StoreInfo]) -> StoreInfo:
    """Luna Hair with an assistant."""
    return open_store("luna-hair")


@pytest.fixture
def guest(helped: StoreInfo, visit: Callable[[StoreInfo], Client]) -> Client:
    return visit(helped)


@pytest.fixture
def shelf(helped: StoreInfo) -> Iterator[Catalog]:
    """Luna's catalogue, with the store in scope."""
    with store_scope(helped):
        yield get_catalog()


@pytest.fixture
def ai_faults(reset_sandbox: SandboxProcess) -> Callable[..., None]:
    """ai_faults(down="503") sets the AI Service's switches, for all salons; all off afterwards."""

    def switch(**faults: Any) -> None:
        cache.clear()  # breakers begin closed
        body = {"upstream": "ai", "faults": faults}
        requests.put(f"{reset_sandbox.url}/sandbox/faults", json=body, timeout=10).raise_for_status()

    return switch


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Model:
    found = Model()
    monkeypatch.setattr(recommending, "ai_client", lambda: found)
    return found
