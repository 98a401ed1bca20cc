"""From an empty store to a published one, against a real Mango Biz in the sandbox."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
import requests
from django.contrib.auth.models import User
from django.test import Client

from booking.models import Booking, BookingState
from catalog.queries import get_catalog
from store.design import Design
from store.models import AuditEntry, Membership, Role, Store
from store.oklch import Colour
from store.services import create_store, read_draft
from store.tenancy import StoreInfo, store_scope
from tests.conftest import Salon
from tests.sandbox_process import SandboxProcess

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[User], Client]
START = "/admin/stores/luna-hair/start/"


@pytest.fixture
def empty(sandbox: SandboxProcess, salons: dict[str, Salon], settings: Any, tmp_path: Any) -> StoreInfo:
    """Luna Hair as an operator creates it: not published, with a key that Mango Biz does not know."""
    settings.MANGO_BIZ_URL = f"{sandbox.url}/biz-api/v1"
    settings.IMAGE_CACHE_DIR = tmp_path
    return create_store(
        slug="luna-hair",
        name="New store",
        tenant_id=salons["luna-hair"].tenant_id,
        api_key=f"unknown-{uuid.uuid4()}",
        webhook_secrets=[salons["luna-hair"].webhook_secret],
        is_published=False,
    ).as_info()


@pytest.fixture
def merchant(empty: StoreInfo, sign_in: SignIn) -> Client:
    user = User.objects.create_user("owner@luna-hair.example", password="a long password 4 tests")
    Membership.objects.create(store_id=empty.id, user=user, role=Role.OWNER)
    return sign_in(user)


def connect(merchant: Client, key: str) -> Any:
    return merchant.post(f"{START}connection/", {"api_key": key, "webhook_secret": ""})


def done(merchant: Client) -> list[str]:
    return [step.key for step in merchant.get(START).context["steps"] if step.is_done]


def test_an_empty_store_begins_with_the_key(merchant: Client) -> None:
    page = merchant.get(START)
    assert [step.key for step in page.context["steps"] if step.is_next] == ["connection"]
    assert done(merchant) == []


def test_a_wrong_key_changes_nothing_and_says_so(merchant: Client, empty: StoreInfo) -> None:
    before = Store.objects.get(pk=empty.id).api_key
    answer = connect(merchant, "mbk_wrong")
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "does not know this key" in text
    assert "mbk_wrong" not in text
    assert Store.objects.get(pk=empty.id).api_key == before


def test_mango_biz_away_is_told_apart(merchant: Client, settings: Any, salons: dict[str, Salon]) -> None:
    settings.MANGO_BIZ_URL = "http://127.0.0.1:9/biz-api/v1"
    answer = connect(merchant, salons["luna-hair"].api_key)
    assert answer.status_code == 422
    assert "does not answer right now" in answer.content.decode()


def test_the_right_key_fills_in_what_mango_biz_knows(
    merchant: Client, empty: StoreInfo, salons: dict[str, Salon]
) -> None:
    answer = connect(merchant, salons["luna-hair"].api_key)
    assert answer.status_code == 303
    page = merchant.get(START).content.decode()
    assert "Connected to Luna Hair" in page
    store = Store.objects.get(pk=empty.id)
    assert store.name == "Luna Hair"
    assert store.api_key == salons["luna-hair"].api_key
    with store_scope(store.as_info()):
        design = read_draft().design
        assert design.logo
        assert Colour.from_hex(design.theme.brand).chroma > 0.03  # of the logo, not a grey
    assert done(merchant) == ["connection"]
    assert AuditEntry.objects.get(action="store.connected").details == [{"label": "API key"}]


def test_connecting_again_leaves_the_merchants_draft(
    merchant: Client, empty: StoreInfo, salons: dict[str, Salon]
) -> None:
    connect(merchant, salons["luna-hair"].api_key)
    merchant.post(f"{START}template/", {"template": "minimal"})
    connect(merchant, salons["luna-hair"].api_key)
    with store_scope(Store.objects.get(pk=empty.id).as_info()):
        assert read_draft().design.template == "minimal"


def test_the_steps_are_done_one_by_one(merchant: Client, empty: StoreInfo, salons: dict[str, Salon]) -> None:
    connect(merchant, salons["luna-hair"].api_key)
    assert merchant.post(f"{START}template/", {"template": "nothing"}).status_code == 422
    assert merchant.post(f"{START}template/", {"template": "showcase"}).status_code == 303
    assert merchant.post(f"{START}brand/", {"theme": "0"}).status_code == 303
    page = merchant.get(START).content.decode()
    assert "(323)" in page or "tel:" in page  # the salon's own facts are there to be checked
    merchant.post(f"{START}facts/")
    merchant.post(f"{START}address/")
    assert done(merchant) == ["connection", "template", "brand", "facts", "address"]
    with store_scope(Store.objects.get(pk=empty.id).as_info()):
        assert read_draft().design.template == "showcase"


@pytest.mark.parametrize("said", ["", "7", "-1", "one", "9" * 5000], ids=lambda said: said[:3])
def test_a_proposal_that_was_not_made_changes_nothing(
    merchant: Client, empty: StoreInfo, salons: dict[str, Salon], said: str
) -> None:
    connect(merchant, salons["luna-hair"].api_key)
    with store_scope(Store.objects.get(pk=empty.id).as_info()):
        before = read_draft().design
        assert merchant.post(f"{START}brand/", {"theme": said}).status_code == 303
        assert read_draft().design == before


def test_a_template_brings_its_type_and_leaves_the_logos_colors(
    merchant: Client, empty: StoreInfo, salons: dict[str, Salon]
) -> None:
    connect(merchant, salons["luna-hair"].api_key)
    with store_scope(Store.objects.get(pk=empty.id).as_info()):
        before = read_draft().design.theme
        merchant.post(f"{START}template/", {"template": "minimal"})
        after = read_draft().design.theme
    assert (after.brand, after.surface) == (before.brand, before.surface)
    assert (after.display, after.corners) == ("newsreader", "crisp")


def test_colors_that_came_with_a_template_go_with_it(merchant: Client, empty: StoreInfo) -> None:
    for template in ("retail-first", "showcase"):
        merchant.post(f"{START}template/", {"template": template})
        with store_scope(empty):
            assert read_draft().design.theme == Design.of_template(template).theme


def test_a_test_booking_goes_all_the_way_and_leaves_no_appointment(
    merchant: Client,
    empty: StoreInfo,
    salons: dict[str, Salon],
    reset_sandbox: SandboxProcess,
) -> None:
    connect(merchant, salons["luna-hair"].api_key)
    answer = merchant.post(f"{START}booking/")
    assert answer.status_code == 200, answer.content.decode()
    assert "The booking stands in Mango Biz." in answer.content.decode()
    with store_scope(empty):
        booking = Booking.objects.get()
        assert booking.state == BookingState.CANCELLED
        headers = {"Authorization": f"Bearer {salons['luna-hair'].api_key}"}
        upstream = requests.get(
            f"{reset_sandbox.url}/biz-api/v1/bookings/{booking.upstream_id}", headers=headers, timeout=10
        ).json()["data"]
    assert upstream["status"] == "cancelled"
    assert "booking" in done(merchant)


def test_without_a_connection_the_test_booking_says_why(merchant: Client) -> None:
    answer = merchant.post(f"{START}booking/")
    assert answer.status_code == 422
    assert "Connect Mango Biz first" in answer.content.decode()


def test_the_neighbours_store_is_untouched(
    merchant: Client, barber: StoreInfo, salons: dict[str, Salon]
) -> None:
    before = Store.objects.get(pk=barber.id)
    connect(merchant, salons["luna-hair"].api_key)
    merchant.post(f"{START}template/", {"template": "minimal"})
    after = Store.objects.get(pk=barber.id)
    assert (after.name, after.api_key, after.start_done) == (before.name, before.api_key, before.start_done)
    with store_scope(barber):
        assert read_draft().revision == 0
        assert get_catalog().business.name == "One Chair"
