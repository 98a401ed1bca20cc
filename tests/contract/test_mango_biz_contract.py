"""Every operation of the Mango Biz contract, its refusals and its conditional and incremental reads."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from .conftest import Salon, in_days, new_key
from .openapi import Contract, load_contract

KINDS = ("services", "products", "staff", "gallery", "reviews")
NOBODY = "6f1c2f0e-0000-4000-8000-000000000000"


@pytest.fixture
def contract() -> Contract:
    return load_contract("mango-biz.openapi.yaml")


def an_order(product: dict[str, Any], quantity: int = 1, **fields: Any) -> dict[str, Any]:
    total = round(product["price"] * quantity, 2)
    line = {"productId": product["id"], "quantity": quantity, "unitPrice": product["price"]}
    client = {"firstName": "Ada", "lastName": "Moss", "email": "ada.moss@example.com"}
    return {"items": [line], "client": client, "total": total, "paymentReference": "pi_test", **fields}


def test_every_operation_answers_as_the_contract_says(salons: dict[str, Salon], contract: Contract) -> None:
    contract.checked.clear()
    for salon in salons.values():
        contract.check("get", "/business", salon.get("/business"), 200)
        for kind in KINDS:
            page = contract.check("get", f"/sync/{kind}", salon.get(f"/sync/{kind}"), 200)
            if kind in ("services", "products", "staff"):
                one = salon.get(f"/sync/{kind}/{page['data'][0]['id']}")
                contract.check("get", f"/sync/{kind}/{{id}}", one, 200)
        _book_move_and_cancel(salon, contract)
        _order(salon, contract)
    dates = {"from": in_days(0), "to": in_days(40)}
    blackouts = salons["luna-hair"].get("/availability/blackouts", **dates)
    contract.check("get", "/availability/blackouts", blackouts, 200)
    contract.check("post", "/keys/rotate", salons["one-chair"].call("POST", "/keys/rotate"), 201)
    assert contract.checked == contract.operations()


def _book_move_and_cancel(salon: Salon, contract: Contract) -> None:
    service = salon.a_service()
    dates = {"from": in_days(1), "to": in_days(14)}
    answer = salon.get("/availability/slots", serviceId=service["id"], **dates)
    slots = contract.check("get", "/availability/slots", answer, 200)["data"]
    request = salon.a_booking(slots[0], service, expectedTotal=service["price"], notes="By the window")
    made = contract.check("post", "/bookings", salon.book(request), 201)["data"]
    assert (made["startTime"], made["totalPrice"]) == (slots[0]["startTime"], service["price"])
    one = f"/bookings/{made['id']}"
    contract.check("get", "/bookings/{id}", salon.get(one), 200)
    found = salon.get("/bookings", clientEmail="ADA.moss@example.com")
    assert [row["id"] for row in contract.check("get", "/bookings", found, 200)["data"]] == [made["id"]]
    moved = salon.call("PUT", one, key=new_key(), json={"startTime": slots[-1]["startTime"], "staffId": None})
    assert contract.check("put", "/bookings/{id}", moved, 200)["data"]["version"] == 2
    for _ in range(2):
        cancelled = contract.check("delete", "/bookings/{id}", salon.call("DELETE", one), 200)["data"]
        assert (cancelled["status"], cancelled["version"]) == ("cancelled", 3)


def _order(salon: Salon, contract: Contract) -> None:
    product = next(p for p in salon.rows("products") if p["stockStatus"] == "in_stock")
    made = salon.call("POST", "/orders", key=new_key(), json=an_order(product))
    order = contract.check("post", "/orders", made, 201)["data"]
    contract.check("get", "/orders/{id}", salon.get(f"/orders/{order['id']}"), 200)
    found = salon.get("/orders", idempotencyKey=order["idempotencyKey"])
    assert [row["id"] for row in contract.check("get", "/orders", found, 200)["data"]] == [order["id"]]


def test_orders_take_stock_and_refuse_what_is_not_there(luna: Salon, contract: Contract) -> None:
    product = next(p for p in luna.rows("products") if p["stockStatus"] == "low_stock")
    left = product["stockQuantity"]
    short = luna.call("POST", "/orders", key=new_key(), json=an_order(product, left + 1))
    error = contract.check("post", "/orders", short, 409)["error"]
    expected = {"items": [{"productId": product["id"], "available": left}]}
    assert (error["code"], error["details"]) == ("OUT_OF_STOCK", expected)
    key = new_key()
    for _ in range(2):  # repeated under the same key, stock is taken once
        contract.check(
            "post", "/orders", luna.call("POST", "/orders", key=key, json=an_order(product, left)), 201
        )
    now = luna.get(f"/sync/products/{product['id']}").json()["data"]
    assert (now["stockQuantity"], now["stockStatus"], now["version"]) == (0, "out_of_stock", 2)
    luna.office("PATCH", f"/products/{product['id']}", {"stockQuantity": 50, "price": 19.99})
    stale = luna.call("POST", "/orders", key=new_key(), json=an_order(product))
    error = contract.check("post", "/orders", stale, 422)["error"]
    assert (error["code"], error["details"]["totalPrice"]) == ("PRICE_CHANGED", 19.99)


def test_pages_are_whole_and_without_overlap(luna: Salon, contract: Contract) -> None:
    whole = [row["id"] for row in luna.rows("services")]
    seen: list[str] = []
    page, more = 1, True
    while more:
        body = contract.check("get", "/sync/services", luna.get("/sync/services", page=page, limit=5), 200)
        seen += [row["id"] for row in body["data"]]
        page, more = page + 1, body["pagination"]["hasMore"]
    assert seen == whole
    assert body["pagination"]["total"] == len(whole) == 32
    beyond = contract.check("get", "/sync/services", luna.get("/sync/services", page=99), 200)
    assert (beyond["data"], beyond["pagination"]["hasMore"]) == ([], False)


@pytest.mark.parametrize("path", ["/business", *(f"/sync/{kind}" for kind in KINDS)])
def test_etag_spares_what_has_not_changed(luna: Salon, contract: Contract, path: str) -> None:
    tag = luna.get(path).headers["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        answer = luna.call("GET", path, headers={"If-None-Match": known})
        contract.check("get", path, answer, 304)
        assert answer.headers["ETag"] == tag
    if path == "/business":
        luna.office("PATCH", "/business", {"description": "New"})
    else:
        kind = path.rsplit("/", 1)[1]
        luna.office("PATCH", f"/{kind}/{luna.rows(kind)[0]['id']}", {"note": "a field nobody knows"})
    assert luna.call("GET", path, headers={"If-None-Match": tag}).status_code == 200


def test_updated_since_tells_changes_and_deletions(luna: Salon, contract: Contract) -> None:
    first, second, *_ = luna.rows("services")
    before = luna.office("PATCH", f"/services/{first['id']}", {"price": 101.5})["updatedAt"]
    time.sleep(0.01)
    deleted = luna.office("DELETE", f"/services/{second['id']}")
    body = luna.get("/sync/services", updatedSince=before).json()
    rows = {row["id"]: row for row in body["data"]}
    assert (
        rows[second["id"]] == deleted == {"id": second["id"], "version": 2, "deletedAt": deleted["deletedAt"]}
    )
    assert (rows[first["id"]]["price"], rows[first["id"]]["version"], len(rows)) == (101.5, 2, 2)
    contract.validate({"$ref": "#/components/schemas/Service"}, rows[first["id"]])
    later = luna.get("/sync/services", updatedSince=deleted["deletedAt"]).json()["data"]
    assert [row["id"] for row in later] == [second["id"]]
    contract.check("get", "/sync/services/{id}", luna.get(f"/sync/services/{second['id']}"), 404)
    assert second["id"] not in {row["id"] for row in luna.rows("services")}


def test_a_key_sees_its_own_tenant_only(salons: dict[str, Salon], contract: Contract) -> None:
    luna, sen = salons["luna-hair"], salons["sen-nails"]
    service = luna.a_service()
    slot = luna.slots(service["id"], in_days(1), in_days(14))[0]
    made = luna.book(luna.a_booking(slot, service)).json()["data"]
    path = f"/bookings/{made['id']}"
    for verb in ("get", "delete"):
        contract.check(verb, "/bookings/{id}", sen.call(verb, path), 404)
    move = sen.call("PUT", path, key=new_key(), json={"startTime": slot["startTime"]})
    contract.check("put", "/bookings/{id}", move, 404)
    assert sen.get("/bookings", clientEmail="ada.moss@example.com").json()["data"] == []
    assert sen.get("/bookings", idempotencyKey=made["idempotencyKey"]).json()["data"] == []
    contract.check("get", "/sync/services/{id}", sen.get(f"/sync/services/{service['id']}"), 404)
    for header in ("", "Bearer", "Bearer nonsense", f"Basic {luna.key}"):
        answer = luna.call("GET", "/business", headers={"Authorization": header})
        assert contract.check("get", "/business", answer, 401)["error"]["code"] == "UNAUTHENTICATED"


def test_both_keys_work_after_a_rotation(luna: Salon) -> None:
    fresh = luna.call("POST", "/keys/rotate").json()["data"]["apiKey"]
    assert fresh != luna.key
    assert luna.get("/business").status_code == 200
    assert luna.call("GET", "/business", headers={"Authorization": f"Bearer {fresh}"}).status_code == 200


BAD_GETS = [
    ("/sync/services", {"page": "0"}),
    ("/sync/services", {"page": "9" * 400}),
    ("/sync/services", {"limit": "101"}),
    ("/sync/services", {"limit": "²"}),
    ("/sync/services", {"limit": ""}),
    ("/sync/products", {"updatedSince": "yesterday"}),
    ("/sync/products", {"updatedSince": "0001-01-01T00:00:00+14:00"}),
    ("/sync/staff/{id}", "not-a-uuid"),
    ("/sync/staff/{id}", "%00"),
    ("/sync/staff/{id}", "{" + NOBODY + "}"),
    ("/availability/slots", {"serviceId": "x", "from": "2026-01-01", "to": "2026-01-02"}),
    ("/availability/slots", {"from": "2026-01-01", "to": "2026-01-02"}),
    ("/availability/slots", {"serviceId": "SERVICE", "from": "2026-13-01", "to": "2026-13-02"}),
    ("/availability/slots", {"serviceId": "SERVICE", "from": "2026-03-02", "to": "2026-03-01"}),
    ("/availability/slots", {"serviceId": "SERVICE", "from": "2026-01-01", "to": "2026-06-01"}),
    (
        "/availability/slots",
        {"serviceId": "SERVICE", "from": "2026-01-01", "to": "2026-01-02", "addOnIds": NOBODY},
    ),
    (
        "/availability/slots",
        {"serviceId": "SERVICE", "from": "2026-01-01", "to": "2026-01-02", "staffId": "x"},
    ),
    ("/availability/blackouts", {"from": "0001-01-01", "to": "9999-12-31"}),
    ("/bookings", {"clientEmail": "nobody"}),
]


@pytest.mark.parametrize(("path", "params"), BAD_GETS)
def test_nonsense_in_addresses_is_refused(luna: Salon, contract: Contract, path: str, params: Any) -> None:
    if isinstance(params, str):
        answer = luna.get(path.replace("{id}", params))
    else:
        known = {
            key: luna.a_service()["id"] if value == "SERVICE" else value for key, value in params.items()
        }
        answer = luna.get(path, **known)
    assert contract.check("get", path, answer, 400)["error"]["code"] == "INVALID_REQUEST"


@pytest.mark.parametrize(
    "dates", [("9999-12-30", "9999-12-31"), ("0001-01-01", "0001-01-02"), ("2030-01-01", "2030-01-09")]
)
def test_far_away_dates_have_no_slots(luna: Salon, dates: tuple[str, str]) -> None:
    params = {"serviceId": luna.a_service()["id"], "from": dates[0], "to": dates[1]}
    answer = luna.get("/availability/slots", **params)
    assert (answer.status_code, answer.json()["data"]) == (200, [])


BAD_BODIES = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'"text"',
    b"\xff\xfe",
    b'{"a": NaN}',
    b'{"a": 1e999999999}',
    b'{"a": "\\ud800"}',
    b"[" * 100_000,
    b'{"a": ' + b"9" * 5000 + b"}",
]


@pytest.mark.parametrize("raw", BAD_BODIES, ids=range(len(BAD_BODIES)))
@pytest.mark.parametrize("path", ["/bookings", "/orders"])
def test_junk_for_json_is_refused(luna: Salon, contract: Contract, path: str, raw: bytes) -> None:
    answer = luna.call("POST", path, key=new_key(), data=raw)
    assert contract.check("post", path, answer, 400)["error"]["code"] == "INVALID_REQUEST"


BAD_FIELDS: list[dict[str, Any]] = [
    {"items": []},
    {"items": "x"},
    {"items": [{}]},
    {"items": [{"serviceId": NOBODY}]},
    {"client": {}},
    {"items": [{"serviceId": "SERVICE", "addOnIds": [NOBODY]}]},
    {"startTime": "tomorrow"},
    {"startTime": "2026-02-30T10:00:00Z"},
    {"startTime": 7},
    {"staffId": "x"},
    {"staffId": NOBODY},
    {"notes": "x" * 1001},
    {"source": "elsewhere"},
    {"expectedTotal": "98"},
    {"client": {"firstName": "A", "lastName": "B", "email": "no address"}},
]


@pytest.mark.parametrize("fields", BAD_FIELDS, ids=range(len(BAD_FIELDS)))
def test_bookings_that_do_not_fit_are_refused(
    luna: Salon, contract: Contract, fields: dict[str, Any]
) -> None:
    service = luna.a_service()
    slot = luna.slots(service["id"], in_days(1), in_days(14))[0]
    body = luna.a_booking(slot, service, **fields)
    if (
        fields.get("items")
        and isinstance(fields["items"][0], dict)
        and fields["items"][0].get("serviceId") == "SERVICE"
    ):
        body["items"] = [{**fields["items"][0], "serviceId": service["id"]}]
    error = contract.check("post", "/bookings", luna.book(body), 422)["error"]
    assert error["code"] == "VALIDATION_ERROR"


def test_too_much_is_refused(luna: Salon, contract: Contract) -> None:
    body = b'{"notes": "' + b"x" * 1_100_000 + b'"}'
    contract.check("post", "/bookings", luna.call("POST", "/bookings", key=new_key(), data=body), 413)
    for key in ("short", "x" * 129):
        contract.check("post", "/bookings", luna.call("POST", "/bookings", key=key, json={}), 400)
    contract.check("post", "/bookings", luna.call("POST", "/bookings", json={}), 400)


def test_unknown_addresses_and_verbs_answer_in_the_same_shape(luna: Salon, contract: Contract) -> None:
    for verb, path, status in (
        ("GET", "/nowhere", 404),
        ("PATCH", "/business", 405),
        ("GET", "/sync/clients", 404),
    ):
        answer = luna.call(verb, path)
        assert answer.status_code == status
        contract.validate({"$ref": "#/components/schemas/Error"}, answer.json())


def test_money_is_exact(luna: Salon) -> None:
    service, product = luna.a_service(), luna.rows("products")[0]
    for price in ("0.1", "0.29", "1.15", "8.7", "1234567.89", "70"):
        raw = f'{{"price": {price}}}'
        for kind, row in (("services", service), ("products", product)):
            url = f"{luna.base}/sandbox/{luna.slug}/{kind}/{row['id']}"
            requests.patch(url, data=raw, timeout=20).raise_for_status()
            assert f'"price": {price},' in luna.get(f"/sync/{kind}/{row['id']}").text


def test_pictures_are_served_where_the_api_says(luna: Salon) -> None:
    logo = luna.get("/business").json()["data"]["logo"]
    answer = requests.get(logo["url"], timeout=20)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/webp")
    assert answer.content[8:12] == b"WEBP"
    known = {"If-None-Match": answer.headers["ETag"]}
    assert requests.get(logo["url"], headers=known, timeout=20).status_code == 304
    for name in ("nothing.webp", "..%2F..%2Fapp.webp", "logo.svg"):
        assert requests.get(f"{luna.base}/media/luna-hair/{name}", timeout=20).status_code == 404
