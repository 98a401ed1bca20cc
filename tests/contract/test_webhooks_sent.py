"""Webhooks as a store gets them: signed, retried, doubled, dropped, and never redirected."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from standardwebhooks import Webhook

from .conftest import Salon, in_days, new_key
from .openapi import load_contract
from .receiver import Receiver, wait_until

SCHEMAS = {
    "services": "Service",
    "products": "Product",
    "staff": "Staff",
    "bookings": "Booking",
    "orders": "Order",
}


@pytest.fixture
def told(luna: Salon, receiver: Receiver) -> Receiver:
    luna.office("PUT", "/webhook-target", {"url": receiver.url})
    return receiver


def touch(luna: Salon, price: float = 50) -> dict[str, Any]:
    return luna.office("PATCH", f"/services/{luna.rows('services')[0]['id']}", {"price": price})


def test_every_change_is_told_with_the_whole_entity(luna: Salon, told: Receiver) -> None:
    luna.open_daily(("09:00", "17:00"))
    for kind in ("services", "products", "staff", "gallery", "reviews"):
        luna.office("PATCH", f"/{kind}/{luna.rows(kind)[0]['id']}", {})
    for kind in ("services", "products", "staff"):
        luna.office("DELETE", f"/{kind}/{luna.rows(kind)[-1]['id']}")
    service = luna.a_service()
    slots = luna.slots(service["id"], in_days(5))
    booking = luna.book(luna.a_booking(slots[0], service)).json()["data"]
    luna.call("PUT", f"/bookings/{booking['id']}", key=new_key(), json={"startTime": slots[5]["startTime"]})
    luna.call("DELETE", f"/bookings/{booking['id']}")
    expected = ["business.updated", "bookings.created", "bookings.updated", "bookings.cancelled"]
    expected += [f"{kind}.updated" for kind in ("services", "products", "staff", "gallery", "reviews")]
    expected += [f"{kind}.deleted" for kind in ("services", "products", "staff")]
    told.wait_for(len(expected))
    assert sorted(told.types()) == sorted(expected)
    for path, headers, raw in told.got:
        _check_message(luna, path, headers, raw)


def _check_message(luna: Salon, path: str, headers: dict[str, str], raw: bytes) -> None:
    Webhook(luna.secret).verify(raw, headers)
    body = json.loads(raw)
    assert path == f"/webhooks/{body['type'].replace('.', '/')}"
    assert headers["mango-tenant"] == body["tenantId"] == luna.tenant_id
    assert headers["host"].startswith("luna-hair.localhost:")
    kind, action = body["type"].split(".")
    if action == "deleted":
        assert set(body["data"]) == {"id", "version"}
    elif kind in SCHEMAS:
        contract = load_contract("mango-biz.openapi.yaml")
        contract.validate({"$ref": f"#/components/schemas/{SCHEMAS[kind]}"}, body["data"])
        if kind != "bookings":
            assert body["data"] == luna.get(f"/sync/{kind}/{body['data']['id']}").json()["data"]


def test_orders_and_their_progress(luna: Salon, told: Receiver) -> None:
    product = next(p for p in luna.rows("products") if p["stockStatus"] == "in_stock")
    client = {"firstName": "Ada", "lastName": "Moss", "email": "ada.moss@example.com"}
    line = {"productId": product["id"], "quantity": 1, "unitPrice": product["price"]}
    body = {"items": [line], "client": client, "total": product["price"], "paymentReference": "pi_test"}
    order = luna.call("POST", "/orders", key=new_key(), json=body).json()["data"]
    luna.office("PATCH", f"/orders/{order['id']}", {"status": "shipped"})
    told.wait_for(2)
    assert sorted(told.types()) == ["orders.updated", "products.updated"]


def test_a_failed_delivery_is_retried_signed_afresh(luna: Salon, told: Receiver) -> None:
    """Anything but 2xx is a failure; the webhook-id stays, timestamp and signature do not."""
    told.answers = [500, 404, 302, 202]
    touch(luna)
    wait_until(lambda: len(told.got) >= 4, 20)
    ids = {headers["webhook-id"] for _, headers, _ in told.got}
    stamps = [headers["webhook-timestamp"] for _, headers, _ in told.got]
    signatures = {headers["webhook-signature"] for _, headers, _ in told.got}
    assert len(ids) == 1
    assert len(set(stamps)) == len(signatures) > 1
    assert {path for path, _, _ in told.got} == {"/webhooks/services/updated"}
    for _, headers, raw in told.got:
        Webhook(luna.secret).verify(raw, headers)
    wait_until(lambda: luna.office("GET", "/deliveries")["data"][0]["state"] == "delivered")
    attempts = luna.office("GET", "/deliveries")["data"][0]["attempts"]
    assert [attempt["status"] for attempt in attempts] == [500, 404, 302, 202]


def test_two_secrets_sign_during_a_rotation(luna: Salon, told: Receiver) -> None:
    fresh = luna.office("POST", "/webhook-secret/rotation")["webhookSecret"]
    touch(luna)
    _, headers, raw = told.wait_for(1)[0]
    assert len(headers["webhook-signature"].split()) == 2
    for secret in (fresh, luna.secret):
        Webhook(secret).verify(raw, headers)


def test_doubled_and_dropped(luna: Salon, told: Receiver, faults: Any) -> None:
    faults("webhooks", doubleRate=1)
    touch(luna, 51)
    told.wait_for(2)
    assert told.got[0][1]["webhook-id"] == told.got[1][1]["webhook-id"]
    faults("webhooks", "luna-hair", dropRate=1)
    touch(luna, 52)
    dropped = luna.office("GET", "/deliveries")["data"][0]
    assert (dropped["state"], dropped["attempts"]) == ("dropped", [])
    faults("webhooks", "luna-hair")
    faults("webhooks")
    touch(luna, 53)
    told.wait_for(3)
    assert [json.loads(raw)["data"]["price"] for _, _, raw in told.got] == [51, 51, 53]
    requests.post(
        f"{luna.base}/sandbox/luna-hair/deliveries/{dropped['id']}/resend", timeout=20
    ).raise_for_status()
    assert json.loads(told.wait_for(4)[3][2])["data"]["price"] == 52


def test_reordered(luna: Salon, told: Receiver, faults: Any) -> None:
    faults("webhooks", seed="nine", reorder=True)
    prices = list(range(60, 72))
    for price in prices:
        touch(luna, price)
    told.wait_for(len(prices))
    arrived = [json.loads(raw)["data"]["price"] for _, _, raw in told.got]
    assert sorted(arrived) == prices
    assert arrived != prices


def test_without_an_address_nothing_is_sent(luna: Salon, receiver: Receiver) -> None:
    touch(luna)
    delivery = luna.office("GET", "/deliveries")["data"][0]
    assert (delivery["state"], delivery["attempts"], receiver.got) == ("not sent", [], [])
