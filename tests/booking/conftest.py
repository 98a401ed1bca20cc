from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from catalog.queries import get_catalog
from store.tenancy import StoreInfo, store_scope
from tests.booking.helpers import Api, Control
from tests.sandbox_process import SandboxProcess


@pytest.fixture(autouse=True)
def _many_drafts(settings: Any) -> None:
    settings.DRAFTS_PER_VISITOR = 1000


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
