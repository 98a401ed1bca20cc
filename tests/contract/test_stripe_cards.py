"""Stripe's test cards, each with what it says; 3-D Secure as the client ends it."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from .stripe_desk import SALON, StripeDesk, refused, wish

DECLINES = {
    "4000000000000002": ("card_declined", "generic_decline"),
    "4000000000009995": ("card_declined", "insufficient_funds"),
    "4000000000009987": ("card_declined", "lost_card"),
    "4000000000009979": ("card_declined", "stolen_card"),
    "4000000000000069": ("expired_card", None),
    "4000000000000127": ("incorrect_cvc", None),
    "4000000000000119": ("processing_error", None),
}


def card(number: str, **fields: Any) -> dict[str, Any]:
    return {
        "type": "card",
        "card": {"number": number, "exp_month": 12, "exp_year": 2040, "cvc": "123", **fields},
    }


def pay(desk: StripeDesk, data: dict[str, Any], **fields: Any) -> Any:
    return desk.api.payment_intents.create(wish(payment_method_data=data, confirm=True, **fields))


@pytest.mark.parametrize("number", ["4242 4242 4242 4242", "5555555555554444", "378282246310005"])
def test_cards_that_pay(stripe_desk: StripeDesk, number: str) -> None:
    assert pay(stripe_desk, card(number)).status == "succeeded"


@pytest.mark.parametrize("number", DECLINES, ids=lambda number: number[-4:])
def test_cards_that_are_declined(stripe_desk: StripeDesk, number: str) -> None:
    api = stripe_desk.api.payment_intents
    intent = api.create(wish())
    error = refused(api.confirm, intent.id, {"payment_method_data": card(number)})
    code, decline_code = DECLINES[number]
    assert (error.http_status, error.code, error.error.type) == (402, code, "card_error")
    assert error.error.to_dict().get("decline_code") == decline_code
    assert error.error.payment_intent.id == intent.id
    left = api.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert (left.status, left.payment_method) == ("requires_payment_method", None)
    assert (left.last_payment_error.code, left.last_payment_error.message) == (code, error.user_message)
    assert (left.latest_charge.paid, left.latest_charge.failure_code) == (False, code)
    assert api.confirm(intent.id, {"payment_method": "pm_card_visa"}).last_payment_error is None


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (card("4242424242424241"), "incorrect_number"),
        (card("4012888888881881"), "card_declined"),
        (card("4242424242424242", exp_month=13), "invalid_expiry_month"),
        (card("4242424242424242", exp_year=2020), "invalid_expiry_year"),
        (card("4242424242424242", cvc="12"), "invalid_cvc"),
    ],
    ids=["luhn", "no-test-card", "month", "year", "cvc"],
)
def test_cards_that_are_none(stripe_desk: StripeDesk, data: dict[str, Any], code: str) -> None:
    error = refused(pay, stripe_desk, data)
    assert (error.http_status, error.code) == (402, code)
    assert stripe_desk.api.payment_intents.list().data == []  # nothing was kept, least of all the number


@pytest.mark.parametrize("number", ["4000002500003155", "4000002760003184"], ids=["3155", "3184"])
@pytest.mark.parametrize("succeeds", [True, False], ids=["completed", "failed"])
def test_authentication(stripe_desk: StripeDesk, number: str, succeeds: bool) -> None:
    intent = pay(stripe_desk, card(number), return_url="https://shop.example/back")
    assert intent.status == "requires_action"
    window = intent.next_action.redirect_to_url
    assert window.return_url == "https://shop.example/back"
    assert window.url.startswith(f"{stripe_desk.base}/stripe/three-d-secure/{intent.id}?")
    stripe_desk.office("POST", f"/stripe/{intent.id}/authentication", {"succeeds": succeeds})
    ended = stripe_desk.api.payment_intents.retrieve(intent.id)
    assert ended.next_action is None
    if succeeds:
        assert ended.status == "succeeded"
    else:
        assert ended.status == "requires_payment_method"
        assert ended.last_payment_error.code == "payment_intent_authentication_failure"


def test_authenticated_and_declined_all_the_same(stripe_desk: StripeDesk) -> None:
    intent = pay(stripe_desk, card("4000008400001629"))
    assert (intent.status, intent.next_action.type) == ("requires_action", "use_stripe_sdk")
    stripe_desk.office("POST", f"/stripe/{intent.id}/authentication", {"succeeds": True})
    ended = stripe_desk.api.payment_intents.retrieve(intent.id)
    assert (ended.status, ended.last_payment_error.decline_code) == (
        "requires_payment_method",
        "generic_decline",
    )


def test_authentication_may_be_asked_for(stripe_desk: StripeDesk) -> None:
    options = {"card": {"request_three_d_secure": "any"}}
    assert stripe_desk.paid(payment_method_options=options).status == "requires_action"


@pytest.mark.parametrize(("number", "status"), [("4242424242424242", 200), ("4000000000000002", 402)])
def test_the_office_pays_for_a_client(stripe_desk: StripeDesk, number: str, status: int) -> None:
    intent = stripe_desk.api.payment_intents.create(wish())
    address = f"{stripe_desk.base}/sandbox/stripe/{intent.id}/payment"
    assert requests.post(address, json={"number": number}, timeout=20).status_code == status
    left = stripe_desk.api.payment_intents.retrieve(intent.id)
    assert left.status == ("succeeded" if status == 200 else "requires_payment_method")


def test_a_publishable_key_pays_with_the_secret_of_the_intent(stripe_desk: StripeDesk) -> None:
    intent = stripe_desk.api.payment_intents.create(wish(metadata={"private": "1"}))
    key = stripe_desk.salons[SALON]["publishableKey"]
    path = f"/payment_intents/{intent.id}"
    wrong = {"client_secret": f"{intent.id}_secret_guess"}
    assert stripe_desk.raw("GET", path, key=key, params=wrong).status_code == 400
    assert stripe_desk.raw("GET", path, key=key).json()["error"]["code"] == "parameter_missing"
    assert stripe_desk.raw("POST", f"{path}/confirm", key=key, data=wrong).status_code == 400
    right = {"client_secret": intent.client_secret}
    declined = {"payment_method_data[type]": "card", "payment_method_data[card][number]": "4000000000000002"}
    declined |= {"payment_method_data[card][exp_month]": "12", "payment_method_data[card][exp_year]": "40"}
    refusal = stripe_desk.raw("POST", f"{path}/confirm", key=key, data={**right, **declined})
    paid = stripe_desk.raw(
        "POST", f"{path}/confirm", key=key, data={**right, "payment_method": "pm_card_visa"}
    )
    assert (refusal.status_code, paid.json()["status"]) == (402, "succeeded")
    for shown in (refusal.json()["error"]["payment_intent"], paid.json()):
        assert {"metadata", "latest_charge", "amount_received"}.isdisjoint(shown)


def test_a_publishable_key_does_nothing_else(stripe_desk: StripeDesk) -> None:
    key = stripe_desk.salons[SALON]["publishableKey"]
    for method, path in (("GET", "/payment_intents"), ("POST", "/refunds"), ("GET", "/account")):
        answer = stripe_desk.raw(method, path, key=key)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "secret_key_required")
