"""What is let in, what is turned away and with which word, and that nothing is ever redirected."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.models import Alert
from config.crypto import key_id_of
from store.models import Store
from store.tenancy import StoreInfo, store_scope
from tests.webhooks.conftest import Sender, entity
from webhooks.models import InboxEvent

pytestmark = pytest.mark.django_db(transaction=True)

# The contract's table: Sent to {store}/webhooks/{resource}/{action}.
KINDS = [
    "services.updated", "services.deleted", "products.updated", "products.deleted", "staff.updated",
    "staff.deleted", "bookings.created", "bookings.updated", "bookings.cancelled", "business.updated",
    "gallery.updated", "reviews.updated", "orders.updated",
]  # fmt: skip
OTHERS = [
    "services/created", "bookings/deleted", "business/deleted", "clients/updated", "services", "services/",
    "", "/", "/services/updated", "services/updated/x", "Services/updated", "services/updated%0A",
 "..%2Fservices/updated", "services.updated",
]  # fmt: skip
OnlyEvent = Callable[[], InboxEvent]


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_the_contract_is_stored(
    mango: Sender, luna: StoreInfo, only_event: OnlyEvent, kind: str, slash: str
) -> None:
    about = entity(7, name="Haarschnitt für Zoë 💇")
    response = mango.send(kind, about, slash=slash, event_id="msg_1")
    assert (response.status_code, response.json()) == (202, {"status": "stored"})
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies
    row = only_event()
    assert (row.store_id, row.source, row.event_id, row.kind) == (luna.id, "mango-biz", "msg_1", kind)
    assert (row.entity_id, row.version, row.state) == (about["id"], 7, "received")
    assert row.occurred_at.isoformat() == "2026-05-04T10:00:00+00:00"
    assert json.loads(row.payload)["data"] == about


@pytest.mark.parametrize("path", OTHERS)
def test_other_addresses_are_not_there(mango: Sender, path: str) -> None:
    raw = mango.body("services.updated")
    response = mango.post(f"/webhooks/{path}", raw, mango.headers(raw))
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "NOT_FOUND"
    assert not InboxEvent.across_stores.exists()


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
def test_other_methods(mango: Sender, method: str) -> None:
    send = getattr(mango.client, method)
    response = send("/webhooks/services/updated", headers={"host": mango.host})
    assert (response.status_code, response["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "host", ["localhost", "testserver", "luna-hair.localhost:8000", "one-chair.localhost"]
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_on_whatever_host_and_scheme(mango: Sender, host: str, scheme: str) -> None:
    """The tenant is in what is signed; a host says nothing."""
    response = mango.send("services.updated", host=host, X_Forwarded_Proto=scheme)
    assert response.status_code == 202


@pytest.mark.parametrize("host", ["evil.example.com", "localhost.evil.com", "bad host"])
def test_not_on_hosts_of_others(mango: Sender, host: str) -> None:
    assert mango.send("services.updated", host=host).status_code == 404


def test_a_draft_store_receives(mango: Sender) -> None:
    Store.objects.update(is_published=False)
    assert mango.send("services.updated").status_code == 202


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature", "Mango-Tenant"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_header(mango: Sender, name: str, value: str | None) -> None:
    raw = mango.body("services.updated")
    response = mango.post("/webhooks/services/updated", raw, {**mango.headers(raw), name: value})
    assert response.status_code == 400
    assert name in response.json()["error"]["message"]


MALFORMED: dict[str, Callable[[Sender], bytes]] = {
    "empty": lambda _mango: b"",
    "no JSON": lambda _mango: b"services",
    "half": lambda mango: mango.body("services.updated")[:-2],
    "list": lambda _mango: b"[]",
    "null": lambda _mango: b"null",
    "too deep": lambda mango: (
        mango.body("services.updated")[:-1] + b', "x": ' + b"[" * 9000 + b"]" * 9000 + b"}"
    ),
    "other type": lambda mango: mango.body("services.deleted"),
    "no type": lambda mango: mango.body("services.updated", type=None),
    "tenant in capitals": lambda mango: mango.body("services.updated", tenantId=mango.tenant.upper()),
    "other tenant": lambda mango: mango.body("services.updated", tenantId=str(uuid.uuid4())),
    "no time": lambda mango: mango.body("services.updated", timestamp="yesterday"),
    "no zone": lambda mango: mango.body("services.updated", timestamp="2026-05-04T10:00:00"),
    "before time": lambda mango: mango.body("services.updated", timestamp="0001-01-01T00:00:00+14:00"),
    "no data": lambda mango: mango.body("services.updated").replace(b'"data"', b'"date"'),
    "no id": lambda mango: mango.body("services.updated", {"version": 1}),
    "id no UUID": lambda mango: mango.body("services.updated", {"id": "7", "version": 1}),
    "no version": lambda mango: mango.body("services.updated", {"id": str(uuid.uuid4())}),
    "version 0": lambda mango: mango.body("services.updated", entity(0)),
    "version as text": lambda mango: mango.body("services.updated", {**entity(), "version": "1"}),
    "version too large": lambda mango: mango.body("services.updated", entity(2**63)),
    "no UTF-8": lambda mango: mango.body("services.updated") + b"\xff",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_signed_but_malformed(mango: Sender, name: str) -> None:
    raw = MALFORMED[name](mango)
    response = mango.post("/webhooks/services/updated", raw, mango.headers(raw))
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "INVALID_REQUEST"
    assert not InboxEvent.across_stores.exists()


def test_256_kib_and_not_a_byte_more(mango: Sender, only_event: OnlyEvent) -> None:
    raw = mango.body("services.updated", entity(text=""))
    largest = raw.replace(b'"text": ""', b'"text": "' + b"x" * (256 * 1024 - len(raw)) + b'"')
    assert len(largest) == 256 * 1024
    too_large = largest.replace(b'x"', b'xx"')
    response = mango.post("/webhooks/services/updated", too_large, mango.headers(too_large))
    assert response.status_code == 413
    assert mango.post("/webhooks/services/updated", largest, mango.headers(largest)).status_code == 202
    assert only_event().payload == largest.decode()


def test_the_same_event_again_is_one_row(mango: Sender) -> None:
    about = entity()
    answers = [mango.send("services.updated", about, event_id="msg_1") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202] * 3
    assert [answer.json()["status"] for answer in answers] == ["stored", "already stored", "already stored"]
    assert InboxEvent.across_stores.count() == 1
    assert not Alert.objects.exists()


def test_ids_that_differ_by_case_are_two(mango: Sender) -> None:
    for event_id in ("msg_a", "msg_A"):
        mango.send("services.updated", event_id=event_id)
    assert InboxEvent.across_stores.count() == 2


def test_another_body_under_the_same_id_raises_an_alert(
    mango: Sender, luna: StoreInfo, only_event: OnlyEvent
) -> None:
    first = entity(3)
    mango.send("services.updated", first, event_id="msg_1")
    assert mango.send("services.updated", entity(4), event_id="msg_1").status_code == 202
    assert only_event().entity_id == first["id"]
    alert = Alert.objects.get()
    assert (alert.kind, alert.store_id, alert.subject) == ("webhook_conflict", luna.id, "msg_1")


def test_each_store_has_its_own(mango: Sender, neighbour: Sender, luna: StoreInfo, barber: StoreInfo) -> None:
    """The neighbour's secret, tenant and host: one event each, whoever's host it came to."""
    assert mango.send("services.updated", event_id="msg_1").status_code == 202
    assert neighbour.send("services.updated", event_id="msg_1", host=mango.host).status_code == 202
    for store in (luna, barber):
        with store_scope(store):
            assert InboxEvent.objects.get().event_id == "msg_1"
    mango.secrets = neighbour.secrets
    assert mango.send("services.updated").status_code == 401
    assert not Alert.objects.exists()


def test_payloads_are_sealed_and_never_logged(
    mango: Sender, only_event: OnlyEvent, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    about = entity(client={"firstName": "Zoe", "email": "zoe@example.com"})
    caplog.set_level("DEBUG")
    mango.send("bookings.created", about)
    mango.send("bookings.created", {**about, "version": 0})
    mango.send("bookings.created", about, webhook_signature="v1,x")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM webhooks_inboxevent")
        columns = dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))
    assert key_id_of(bytes(columns["payload"])) == "new"
    written = "".join([repr(columns), caplog.text, *capfd.readouterr()])
    for personal in ("Zoe", "zoe@"):
        assert personal not in written
        assert personal in only_event().payload


def test_a_worker_is_rung_for_what_is_new(mango: Sender, rung: list[str]) -> None:
    for event_id in ("msg_1", "msg_1", "msg_2"):
        mango.send("services.updated", event_id=event_id)
    mango.send("services.updated", webhook_signature="v1,x")
    assert rung == ["webhooks.tasks.process_inbox"] * 2


def test_at_most_two_queries(mango: Sender) -> None:
    """One to know the tenant, once in five seconds, and the row."""
    mango.send("services.updated")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        mango.send("services.updated")
    inserts = [
        query["sql"] for query in asked if "BEGIN" not in query["sql"] and "COMMIT" not in query["sql"]
    ]
    assert len(inserts) == 1
    assert "INSERT" in inserts[0]
