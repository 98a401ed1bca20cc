"""Tills of two salons; Stripe is the sandbox's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from config import bell
from store.tenancy import StoreInfo
from tests.payments.shopping import Shopper
from tests.payments.till import Till
from tests.sandbox_process import SandboxProcess


@pytest.fixture(autouse=True)
def rung() -> Iterator[set[str]]:
    """The tasks a worker was rung for; the bell's own thread, which speaks with the broker, stays away."""
    bell._wanted.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bell, "_start_thread", lambda: None)
        yield bell._wanted
    bell._wanted.clear()


@pytest.fixture
def till(luna: StoreInfo, stripe_keys: dict[str, str], reset_sandbox: SandboxProcess) -> Till:
    return Till(reset_sandbox, luna)


@pytest.fixture
def neighbours_till(barber: StoreInfo, stripe_keys: dict[str, str], reset_sandbox: SandboxProcess) -> Till:
    return Till(reset_sandbox, barber)


@pytest.fixture
def shopper(
    luna: StoreInfo,
    visit: Callable[[StoreInfo], Client],
    stripe_keys: dict[str, str],
    reset_sandbox: SandboxProcess,
    settings: Any,
) -> Shopper:
    """In Luna Hair's shop, who may send off as many orders as a test likes."""
    settings.CHECKOUTS_PER_VISITOR = 10_000
    return Shopper(visit(luna), luna, reset_sandbox)
