"""Tills of two salons; Stripe is the sandbox's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from store.tenancy import StoreInfo
from tests.bells import hear_rings
from tests.payments.shopping import Shopper
from tests.payments.till import Till
from tests.sandbox_process import SandboxProcess


@pytest.fixture(autouse=True)
def rung() -> Iterator[set[str]]:
    """The tasks a worker was rung for."""
    with hear_rings() as tasks:
        yield tasks


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
