from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from catalog.queries import get_catalog
from store.tenancy import StoreInfo, store_scope
from tests.bells import hear_rings
from tests.booking.deposits import Desk
from tests.booking.helpers import Api, Control
from tests.sandbox_process import SandboxProcess


@pytest.fixture(autouse=True)
def _many_drafts(settings: Any) -> None:
    settings.DRAFTS_PER_VISITOR = 1000


@pytest.fixture(autouse=True)
def rung() -> Iterator[set[str]]:
    """The tasks a worker was rung for."""
    with hear_rings() as tasks:
        yield tasks


@pytest.fixture
def api(luna: StoreInfo, visit: Callable[[StoreInfo], Client], reset_sandbox: SandboxProcess) -> Api:
    """Whatever a test books is forgotten after it."""
    return Api(visit(luna))


@pytest.fixture
def control(luna: StoreInfo, reset_sandbox: SandboxProcess) -> Control:
    return Control(reset_sandbox, luna.slug)


@pytest.fixture
def cut(luna: StoreInfo) -> str:
    """The id of a service that several people do."""
    with store_scope(luna):
        return str(
            next(s.id for s in get_catalog().services if len(s.staff_ids) > 2 and s.is_bookable_online)
        )


@pytest.fixture
def slots(api: Api, cut: str) -> list[dict[str, Any]]:
    """Far enough ahead to be moved and canceled, and everybody who does it is free at each of them."""
    found = api.slots(cut, start=(timezone.now() + timedelta(days=5)).date())
    assert len({frozenset(slot["staffIds"]) for slot in found}) == 1
    return found


@pytest.fixture
def booked(api: Api, cut: str, slots: list[dict[str, Any]]) -> dict[str, Any]:
    return api.booked(cut, slots[0])


@pytest.fixture
def desk(api: Api, control: Control, luna: StoreInfo, stripe_keys: dict[str, str]) -> Desk:
    """Of a salon that is paid online."""
    with store_scope(luna):
        service = next(s for s in get_catalog().services if s.deposit_amount == 40 and s.price == 175)
    return Desk(api, control, luna, str(service.id))
