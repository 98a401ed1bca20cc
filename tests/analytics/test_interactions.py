"""Rows of what visitors did: whose, how long, and that they never cost a page."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.db import OperationalError, connection, models, transaction
from django.test import Client
from django.utils import timezone

from analytics.models import Interaction
from analytics.services import interactions as service
from analytics.services import purge_interactions, record_conversion, record_interaction
from analytics.tasks import purge_interactions as purge_task
from store.tenancy import NoStoreScope, StoreInfo, store_scope
from tests.browsers import signed_in

pytestmark = pytest.mark.django_db

Kind = Interaction.Kind
ZOE, LEO = "a" * 64, "b" * 64
SERVICE, PRODUCT = ("service", "s-1"), ("product", "p-1")


@pytest.fixture
def salon(luna: StoreInfo) -> Iterator[StoreInfo]:
    """In scope, as in a request."""
    with store_scope(luna):
        yield luna


def age(days: float) -> None:
    """Every row is that much older."""
    moment = timezone.now() - timedelta(days=days)
    Interaction.across_stores.update(created_at=moment, day=moment.date())


def test_a_row_for_each_item_of_the_store_in_scope(salon: StoreInfo, barber: StoreInfo) -> None:
    record_interaction(
        kind=Kind.RECOMMENDATION_SHOWN,
        outcome="ok",
        source="ai",
        milliseconds=312,
        context="homepage",
        items=[SERVICE, PRODUCT],
    )
    first, second = Interaction.objects.order_by("-item_kind")
    assert (first.item_kind, first.item_id) == SERVICE
    assert (second.item_kind, second.item_id) == PRODUCT
    assert (first.source, first.milliseconds, first.context) == ("ai", 312, "homepage")
    assert first.visitor == ""
    assert first.text is None
    with store_scope(barber):
        assert not Interaction.objects.exists()


def test_one_row_where_there_are_no_items_and_twenty_at_most(salon: StoreInfo) -> None:
    record_interaction(kind=Kind.CHAT, outcome="timeout")
    assert Interaction.objects.get().outcome == "timeout"
    record_interaction(kind=Kind.SEARCH, items=(("product", str(number)) for number in range(50)))
    assert Interaction.objects.filter(kind=Kind.SEARCH).count() == 20


def test_without_a_store_there_is_nothing_to_record() -> None:
    with pytest.raises(NoStoreScope):
        record_interaction(kind=Kind.CHAT)


def test_text_is_masked_and_then_sealed(salon: StoreInfo) -> None:
    record_interaction(kind=Kind.CHAT, visitor=ZOE, text="I am zoe@example.com, is Friday free?")
    row = Interaction.objects.get()
    assert row.text == "I am [email], is Friday free?"
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM analytics_interaction")
        assert b"Friday" not in bytes(cursor.fetchone()[0])


@pytest.mark.parametrize(
    ("moment", "day"),
    [("2026-11-25T07:59:00Z", date(2026, 11, 24)), ("2026-11-25T08:01:00Z", date(2026, 11, 25))],
)
def test_the_day_is_the_salons(salon: StoreInfo, moment: str, day: date) -> None:
    with time_machine.travel(moment, tick=False):
        record_interaction(kind=Kind.CHAT)
    assert Interaction.objects.get().day == day


def test_words_that_are_too_long_are_cut(salon: StoreInfo) -> None:
    record_interaction(kind=Kind.CHAT, outcome="x" * 99, context="y" * 99, items=[("z" * 99, "i" * 99)])
    row = Interaction.objects.get()
    row.full_clean(exclude=["store", "text"])


@pytest.mark.parametrize("trouble", [OperationalError("database is locked"), OperationalError("gone away")])
def test_a_database_in_trouble_costs_the_row_and_not_the_page(
    salon: StoreInfo, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise trouble

    with monkeypatch.context() as patch:
        patch.setattr(models.QuerySet, "bulk_create", fail)
        record_interaction(kind=Kind.CHAT)
        patch.setattr(models.QuerySet, "_fetch_all", fail)
        record_conversion(visitor=ZOE, items=[SERVICE])
    assert not Interaction.objects.exists()


def test_a_failed_insert_leaves_the_transaction_around_it_whole(
    salon: StoreInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "today_at_salon", lambda: None)  # NOT NULL
    with transaction.atomic():
        record_interaction(kind=Kind.CHAT)
        assert not Interaction.objects.exists()


# --- conversions ------------------------------------------------------------------------------------------


def click(item: tuple[str, str] = SERVICE, visitor: str = ZOE) -> None:
    record_interaction(
        kind=Kind.RECOMMENDATION_CLICKED, source="ai", context="cart", items=[item], visitor=visitor
    )


def conversions() -> list[tuple[str, str]]:
    rows = Interaction.objects.filter(kind=Kind.RECOMMENDATION_CONVERTED)
    return list(rows.values_list("item_kind", "item_id"))


def test_what_was_clicked_and_then_booked_is_one_conversion(salon: StoreInfo) -> None:
    click()
    for _ in range(3):
        record_conversion(visitor=ZOE, items=[SERVICE, PRODUCT])
    assert conversions() == [SERVICE]
    row = Interaction.objects.get(kind=Kind.RECOMMENDATION_CONVERTED)
    assert (row.source, row.context, row.visitor) == ("ai", "cart", ZOE)


def test_clicked_again_it_may_be_bought_again(salon: StoreInfo) -> None:
    for day in ("2026-11-01", "2026-11-03"):
        with time_machine.travel(f"{day}T12:00:00Z") as now:
            click()
            now.shift(60)
            record_conversion(visitor=ZOE, items=[SERVICE])
    assert conversions() == [SERVICE, SERVICE]


def test_nobody_elses_click_counts_nor_one_at_the_neighbours(salon: StoreInfo, barber: StoreInfo) -> None:
    click(visitor=LEO)
    click(visitor="")
    with store_scope(barber):
        click()
    record_conversion(visitor=ZOE, items=[SERVICE])
    record_conversion(visitor="", items=[SERVICE])
    assert not conversions()


@pytest.mark.parametrize(("days", "counts"), [(6.9, True), (7.1, False)])
def test_a_click_counts_for_seven_days(salon: StoreInfo, days: float, counts: bool) -> None:
    click()
    age(days)
    record_conversion(visitor=ZOE, items=[SERVICE])
    assert bool(conversions()) is counts


# --- how long it is kept ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "left"),
    [(89, ("text", ZOE)), (91, (None, ZOE)), (179, (None, ZOE)), (181, (None, "")), (397, None)],
)
def test_texts_then_visitors_then_rows_go(
    salon: StoreInfo, days: int, left: tuple[str | None, str] | None
) -> None:
    record_interaction(kind=Kind.CHAT, visitor=ZOE, text="text")
    age(days)
    purge_task.delay()
    row = Interaction.objects.first()
    assert (row and (row.text, row.visitor)) == left


def test_it_goes_in_small_batches_in_every_store(
    salon: StoreInfo,
    barber: StoreInfo,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: Callable[..., Any],
) -> None:
    for store in (salon, barber):
        with store_scope(store):
            record_interaction(kind=Kind.SEARCH, items=[("product", str(n)) for n in range(10)])
    age(400)
    monkeypatch.setattr(service, "BATCH", 8)
    with store_scope(None), django_assert_num_queries(4 + 3 + 2):  # looks, deletions, looks for the others
        assert purge_interactions() == 20
    assert not Interaction.across_stores.exists()
    with store_scope(None):
        assert purge_interactions() == 0


# --- operators --------------------------------------------------------------------------------------------


@pytest.fixture
def admin(db: None) -> Client:
    user = User.objects.create_user("op", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_interaction"))
    return signed_in(user)


ROWS = "/admin/analytics/interaction/"


def test_operators_see_counts_and_one_masked_text(salon: StoreInfo, barber: StoreInfo, admin: Client) -> None:
    record_interaction(kind=Kind.CHAT, milliseconds=100, visitor=ZOE, text="Call 213-373-4253 about braids")
    record_interaction(kind=Kind.CHAT, milliseconds=301)
    with store_scope(barber):
        record_interaction(kind=Kind.SEARCH, outcome="empty", source="local")
    with store_scope(None):
        page = admin.get(ROWS)
        assert page.status_code == 200
        assert page.context["summary"][0] == {
            "kind": "Chat",
            "source": "",
            "outcome": "ok",
            "count": 2,
            "milliseconds": 200,
        }
        assert "braids" not in page.content.decode()
        row = Interaction.across_stores.exclude(visitor="").get()
        one = admin.get(f"{ROWS}{row.pk}/change/").content.decode()
    assert "Call [phone] about braids" in one
    assert ZOE not in one


@pytest.mark.parametrize("query", ["kind__exact=search", "source__exact=local", "outcome=empty"])
def test_operators_choose_by_kind_source_outcome_and_store(
    salon: StoreInfo, barber: StoreInfo, admin: Client, query: str
) -> None:
    record_interaction(kind=Kind.CHAT)
    with store_scope(barber):
        record_interaction(kind=Kind.SEARCH, outcome="empty", source="local")
    day = Interaction.across_stores.latest("created_at").day
    with store_scope(None):
        page = admin.get(
            f"{ROWS}?{query}&store__id__exact={barber.id}&day__gte={day}&day__lt={day + timedelta(1)}"
        )
    assert [row.kind for row in page.context["cl"].result_list] == [Kind.SEARCH]
    assert len(page.context["summary"]) == 1


def test_the_list_costs_the_same_however_long(
    salon: StoreInfo, admin: Client, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    record_interaction(kind=Kind.SEARCH, items=[("product", str(n)) for n in range(20)])
    with store_scope(None), django_assert_max_num_queries(12):
        assert admin.get(ROWS).status_code == 200


def test_nobody_writes_them_by_hand(salon: StoreInfo, admin: Client) -> None:
    record_interaction(kind=Kind.CHAT)
    row = Interaction.objects.get()
    with store_scope(None):
        assert admin.post(f"{ROWS}add/", {}).status_code == 403
        assert admin.post(f"{ROWS}{row.pk}/change/", {"outcome": "x"}).status_code == 403
        assert admin.post(f"{ROWS}{row.pk}/delete/", {"post": "yes"}).status_code == 403
