"""What is on record, how it reads, who may read it, and what must not be in it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from analytics.models import Alert
from analytics.services import raise_alert
from payments.models import PaymentSettings
from store.audit import ACTIONS, KINDS, purge_audit, record
from store.models import AuditEntry, Store
from store.tenancy import StoreInfo, store_scope
from tests.studio.conftest import STUDIO

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
HISTORY = f"{STUDIO}/history/"


def last() -> AuditEntry:
    found = AuditEntry.objects.first()
    assert found
    return found


def store_form(row: Store, **changed: Any) -> dict[str, Any]:
    form = {"name": row.name, "slug": row.slug, "locale": row.locale, "chat_per_minute": row.chat_per_minute}
    inline = {f"domains-{part}": "0" for part in ("TOTAL_FORMS", "INITIAL_FORMS")}
    flags = {"is_published": "on", "reminds_day_before": "on", "reminds_hours_before": "on", "has_ai": "on"}
    return {**form, **inline, **flags, **changed}


def test_every_action_is_of_a_kind() -> None:
    assert {action.partition(".")[0] for action in ACTIONS} <= set(KINDS)


def test_an_action_nobody_knows_is_an_error(db: None) -> None:
    with pytest.raises(KeyError):
        record("made.up", by="somebody")


def test_a_change_in_the_admin_says_what_was_and_what_is(
    luna: StoreInfo, staff: User, sign_in: SignIn
) -> None:
    row = Store.objects.get(pk=luna.id)
    body = store_form(row, chat_per_minute="31", new_api_key="key-of-mango-biz", name="Luna")
    assert sign_in(staff).post(f"/admin/store/store/{row.pk}/change/", body).status_code == 302
    entry = last()
    assert (entry.action, entry.store_id, entry.actor) == ("records.changed", row.pk, staff.username)
    assert entry.details == [
        {"label": "Name", "before": "Luna Hair", "after": "Luna"},
        {"label": "Chat messages a minute", "before": "20", "after": "31"},
        {"label": "New API key", "after": "changed"},
    ]
    assert "key-of-mango-biz" not in str(AuditEntry.objects.values())


def test_keys_of_payments_are_not_in_it(luna: StoreInfo, staff: User, sign_in: SignIn) -> None:
    keys = {
        "publishable_key": "pk_test_luna",
        "new_secret_key": "sk_test_01",
        "new_webhook_secret": "whsec_9",
    }
    body = {**keys, "prepayment": "full", "of_store": luna.id}
    assert sign_in(staff).post("/admin/payments/paymentsettings/add/", body).status_code == 302
    assert PaymentSettings.across_stores.exists()
    assert last().action == "records.added"
    assert not re.search("_luna|test_01|whsec_9", str(last().details))


def test_people_are_by_name_and_their_data_by_label(staff: User, sign_in: SignIn) -> None:
    client = sign_in(staff)
    new = {"username": "new@platform.example", "usable_password": "true"}
    secret = {"password1": "long enough 4 this", "password2": "long enough 4 this"}
    assert client.post("/admin/auth/user/add/", {**new, **secret}).status_code == 302
    assert (last().action, last().subject) == ("records.added", "user: new@platform.example")
    person = User.objects.get(username="new@platform.example")
    dates = {f"{field}_{part}": "" for field in ("last_login", "date_joined") for part in (0, 1)}
    dates |= {"date_joined_0": "2026-01-01", "date_joined_1": "00:00"}
    form = {"username": person.username, "first_name": "Rosa", "is_active": "on", "is_staff": "on", **dates}
    assert client.post(f"/admin/auth/user/{person.pk}/change/", form).status_code == 302
    assert {"label": "First name", "after": "changed"} in last().details
    assert {"label": "Staff status", "before": "no", "after": "yes"} in last().details
    assert not re.search("Rosa|long enough", str(AuditEntry.objects.values()))
    client.post(f"/admin/auth/user/{person.pk}/delete/", {"post": "yes"})
    assert (last().action, last().subject) == ("records.deleted", "user: new@platform.example")


def test_deleting_several_and_actions_are_on_record(luna: StoreInfo, staff: User, sign_in: SignIn) -> None:
    client = sign_in(staff)
    people = [User.objects.create_user(f"p{number}") for number in range(2)]
    chosen = {"_selected_action": [person.pk for person in people], "post": "yes"}
    client.post("/admin/auth/user/", {"action": "delete_selected", **chosen})
    assert AuditEntry.objects.filter(action="records.deleted").count() == 2
    raise_alert(Alert.Kind.SYNC_LAG, store_id=luna.id)
    pk = Alert.objects.get().pk
    client.post("/admin/analytics/alert/", {"action": "mark_dealt_with", "_selected_action": [pk]})
    assert (last().action, last().subject) == ("records.acted", "alerts: Mark as dealt with")
    assert last().details == [{"label": "Rows", "after": "1"}]


def test_the_history_reads_as_sentences_in_the_salons_time(
    luna: StoreInfo, owner: User, editor: User, sign_in: SignIn
) -> None:
    with store_scope(luna):
        changed = [{"label": "Role", "before": "viewer", "after": "owner"}, {"label": "Logo changed"}]
        record("people.role_changed", by="mia@luna-hair.example", subject="rosa", details=changed)
    AuditEntry.objects.filter(action="people.role_changed").update(at=datetime(2026, 7, 2, 3, 30, tzinfo=UTC))
    page = sign_in(editor).get(HISTORY).content.decode()
    assert "Changed somebody’s role: rosa" in page
    assert "Role: Viewer is now Owner" in page
    assert "Logo changed" in page
    assert "July 1, 2026, 8:30 p.m." in page, "Los Angeles"
    assert "America/Los_Angeles" in page


def test_the_history_is_filtered_and_paged(luna: StoreInfo, owner: User, sign_in: SignIn) -> None:
    with store_scope(luna):
        for number in range(60):
            record("people.left", by=f"p{number % 2}", subject=f"number {number}")
        record("design.published", by="p1", subject="other")
    client = sign_in(owner)

    def shown(query: str) -> int:
        return client.get(f"{HISTORY}{query}").content.decode().count('class="event"')

    assert shown("") == 50
    assert shown("?who=p0") == 30
    assert shown("?kind=people&page=2") == 10
    assert shown("?who=p1&kind=people") == 30
    assert (
        shown("?who=nobody&kind=nothing&page=99") == AuditEntry.objects.filter(store_id=luna.id).count() - 50
    )


def test_a_neighbour_reads_nothing_of_it(
    luna: StoreInfo, barber: StoreInfo, neighbour: User, sign_in: SignIn
) -> None:
    with store_scope(luna):
        record("people.left", by="mia@luna-hair.example")
    page = sign_in(neighbour).get("/admin/stores/one-chair/history/").content.decode()
    assert "mia@" not in page
    assert "mia@" not in sign_in(neighbour).get(
        "/admin/stores/one-chair/history/?who=mia@luna-hair.example"
    ).content.decode().replace("who=mia@luna-hair.example", "")


def test_the_history_asks_the_database_as_often_whatever_its_length(
    luna: StoreInfo, owner: User, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    with store_scope(luna):
        for number in range(50):
            record("people.left", by=f"p{number}")
    client = sign_in(owner)
    client.get(HISTORY)
    with django_assert_max_num_queries(12):
        client.get(HISTORY)


def test_staff_read_all_of_it_and_change_nothing(
    luna: StoreInfo, barber: StoreInfo, staff: User, sign_in: SignIn
) -> None:
    for store in (luna, barber):
        with store_scope(store):
            record("people.left", by=f"mia@{store.slug}.example")
    client = sign_in(staff)
    page = client.get("/admin/store/auditentry/?kind=people").content.decode()
    assert "mia@luna-hair.example" in page
    assert "mia@one-chair.example" in page
    assert "mia@one-chair" not in client.get(f"/admin/store/auditentry/?store={luna.id}").content.decode()
    path = f"/admin/store/auditentry/{last().pk}/"
    assert client.get(f"{path}change/").status_code == 200
    assert client.post(f"{path}change/", {"actor": "x"}).status_code == 403
    assert client.post(f"{path}delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/store/auditentry/add/").status_code == 403


def test_entries_are_kept_for_400_days(luna: StoreInfo) -> None:
    AuditEntry.objects.all().delete()
    for days in (399, 401):
        record("people.left", by=str(days))
        AuditEntry.objects.filter(actor=str(days)).update(at=timezone.now() - timedelta(days=days))
    assert purge_audit() == 1
    assert last().actor == "399"
