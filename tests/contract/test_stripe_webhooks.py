"""Stripe's events as an endpoint gets them: signed, for the right account, doubled, dropped, out of order."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import stripe

from .receiver import Receiver, wait_until
from .stripe_desk import OTHER_SALON, SALON, StripeDesk, refused, wish

PATH = "/webhooks/stripe"
CARD = {"payment_method": "pm_card_visa"}


@pytest.fixture
def told(stripe_desk: StripeDesk, receiver: Receiver) -> Receiver:
    """The platform's endpoint."""
    stripe_desk.office("PUT", "/stripe/webhook", {"url": receiver.url + PATH})
    return receiver


def read(desk: StripeDesk, receiver: Receiver, secret: str | None = None) -> list[Any]:
    """What arrived, each verified with Stripe's own library."""
    found = []
    for path, headers, body in receiver.got:
        assert path == PATH
        found.append(
            stripe.Webhook.construct_event(
                body, headers["stripe-signature"], secret or desk.settings["stripeWebhookSecret"]
            )
        )
    return found


def wait_for(desk: StripeDesk, receiver: Receiver, *kinds: str) -> dict[str, Any]:
    """By type, once exactly these have come."""
    receiver.wait_for(len(kinds))
    events = read(desk, receiver)
    assert sorted(event.type for event in events) == sorted(kinds)
    return {event.type: event for event in events}


def test_a_payment_is_told(stripe_desk: StripeDesk, told: Receiver) -> None:
    intent = stripe_desk.api.payment_intents.create(wish(metadata={"order": "7"}))
    paid = stripe_desk.api.payment_intents.confirm(intent.id, CARD, {"idempotency_key": "once"})
    events = wait_for(stripe_desk, told, "payment_intent.created", "payment_intent.succeeded")
    event = events["payment_intent.succeeded"]
    assert (event.object, event.livemode, event.id[:4]) == ("event", False, "evt_")
    assert event.account == stripe_desk.salons[SALON]["account"]
    assert event.request.to_dict() == {"id": paid.last_response.request_id, "idempotency_key": "once"}
    assert event.data.object.to_dict() == paid.to_dict()
    assert events["payment_intent.created"].data.object.status == "requires_payment_method"
    assert abs(event.created - time.time()) < 60


def test_the_platforms_own_events_name_no_account(stripe_desk: StripeDesk, told: Receiver) -> None:
    stripe_desk.client().payment_intents.create(wish())
    event = wait_for(stripe_desk, told, "payment_intent.created")["payment_intent.created"]
    assert "account" not in event.to_dict()


def test_a_hold_is_told(stripe_desk: StripeDesk, told: Receiver) -> None:
    taken, let_go, lapsed = (stripe_desk.held() for _ in range(3))
    stripe_desk.api.payment_intents.capture(taken.id)
    stripe_desk.api.payment_intents.cancel(let_go.id)
    stripe_desk.office("POST", f"/stripe/{lapsed.id}/expiry")
    expected = ["payment_intent.created", "payment_intent.amount_capturable_updated"] * 3
    expected += ["charge.captured", "payment_intent.succeeded"]
    expected += ["charge.refunded", "payment_intent.canceled"]
    expected += ["charge.expired", "payment_intent.canceled"]
    wait_for(stripe_desk, told, *expected)


def test_what_goes_wrong_is_told(stripe_desk: StripeDesk, told: Receiver) -> None:
    intent = stripe_desk.api.payment_intents.create(wish())
    refused(stripe_desk.api.payment_intents.confirm, intent.id, {"payment_method": "pm_card_chargeDeclined"})
    method = {"payment_method": "pm_card_authenticationRequired"}
    stripe_desk.api.payment_intents.confirm(intent.id, method)
    events = wait_for(
        stripe_desk,
        told,
        "payment_intent.created",
        "payment_intent.payment_failed",
        "payment_intent.requires_action",
    )
    assert events["payment_intent.payment_failed"].data.object.last_payment_error.code == "card_declined"


def test_direct_debit_is_told(stripe_desk: StripeDesk, told: Receiver) -> None:
    data = {"type": "sepa_debit", "sepa_debit": {"iban": "DE89370400440532013000"}}
    stripe_desk.paid(None, payment_method_data=data)
    kinds = [f"payment_intent.{name}" for name in ("created", "processing", "succeeded")]
    events = wait_for(stripe_desk, told, *kinds)
    assert events["payment_intent.succeeded"].request.to_dict() == {"id": None, "idempotency_key": None}


@pytest.mark.parametrize(
    ("method", "more"),
    [
        ("pm_card_visa", []),
        ("pm_card_pendingRefund", ["refund.updated"]),
        ("pm_card_refundFail", ["refund.updated", "refund.failed"]),
    ],
)
def test_refunds_are_told(stripe_desk: StripeDesk, receiver: Receiver, method: str, more: list[str]) -> None:
    intent = stripe_desk.paid(method)
    stripe_desk.office("PUT", "/stripe/webhook", {"url": receiver.url + PATH})
    refund = stripe_desk.api.refunds.create({"payment_intent": intent.id, "amount": 900})
    events = wait_for(stripe_desk, receiver, "refund.created", "charge.refunded", *more)
    assert events["charge.refunded"].data.object.amount_refunded == 900
    assert {events[kind].data.object.id for kind in ["refund.created", *more]} == {refund.id}


def test_a_salon_with_its_own_keys_hears_of_its_own(stripe_desk: StripeDesk, receiver: Receiver) -> None:
    stripe_desk.office("PUT", f"/{SALON}/stripe-webhook", {"url": receiver.url + PATH})
    stripe_desk.own(OTHER_SALON).payment_intents.create(wish())
    stripe_desk.client().payment_intents.create(wish())
    intent = stripe_desk.own(SALON).payment_intents.create(wish())
    receiver.wait_for(1)
    (event,) = read(stripe_desk, receiver, stripe_desk.salons[SALON]["webhookSecret"])
    assert (event.data.object.id, "account" in event.to_dict()) == (intent.id, False)


def test_both_endpoints_hear_of_a_connected_account(stripe_desk: StripeDesk, told: Receiver) -> None:
    stripe_desk.office("PUT", f"/{SALON}/stripe-webhook", {"url": told.url + PATH})
    stripe_desk.own(SALON).payment_intents.create(wish())
    told.wait_for(2)
    bodies = [json.loads(body) for _, _, body in told.got]
    assert len({body["id"] for body in bodies}) == 1
    assert sorted("account" in body for body in bodies) == [False, True]


def test_a_wrong_secret_does_not_verify(stripe_desk: StripeDesk, told: Receiver) -> None:
    stripe_desk.api.payment_intents.create(wish())
    told.wait_for(1)
    with pytest.raises(stripe.SignatureVerificationError):
        read(stripe_desk, told, stripe_desk.salons[SALON]["webhookSecret"])


def test_a_failed_delivery_is_tried_again(stripe_desk: StripeDesk, told: Receiver) -> None:
    told.answers = [500, 302]
    stripe_desk.api.payment_intents.create(wish())
    told.wait_for(3)
    assert len({event.id for event in read(stripe_desk, told)}) == 1
    wait_until(lambda: _delivery(stripe_desk)["state"] == "delivered")
    delivery = _delivery(stripe_desk)
    assert [attempt["status"] for attempt in delivery["attempts"]] == [500, 302, 202]
    stripe_desk.office("POST", f"/stripe/deliveries/{delivery['id']}/resend")
    told.wait_for(4)


def _delivery(desk: StripeDesk) -> dict[str, Any]:
    (row,) = desk.office("GET", "/stripe/deliveries.json")["data"]
    return dict(row)


def test_doubled_and_dropped(stripe_desk: StripeDesk, told: Receiver, faults: Any) -> None:
    faults("stripe-webhooks", SALON, doubleRate=1)
    stripe_desk.api.payment_intents.create(wish())
    told.wait_for(2)
    assert len({event.id for event in read(stripe_desk, told)}) == 1
    faults("stripe-webhooks", SALON, dropRate=1)
    stripe_desk.api.payment_intents.create(wish())
    faults("stripe-webhooks", SALON)
    stripe_desk.api.payment_intents.create(wish())
    told.wait_for(3)
    states = [row["state"] for row in stripe_desk.office("GET", "/stripe/deliveries.json")["data"]]
    assert states[1] == "dropped"
    assert len(told.got) == 3


def test_out_of_order(stripe_desk: StripeDesk, told: Receiver, faults: Any) -> None:
    faults("stripe-webhooks", reorder=True)
    made = [stripe_desk.api.payment_intents.create(wish()).id for _ in range(8)]
    told.wait_for(8)
    arrived = [event.data.object.id for event in read(stripe_desk, told)]
    assert sorted(arrived) == sorted(made)
    assert arrived != made


def test_without_an_endpoint_nothing_is_sent(stripe_desk: StripeDesk, told: Receiver) -> None:
    stripe_desk.office("PUT", "/stripe/webhook", {"url": None})
    stripe_desk.api.payment_intents.create(wish())
    (row,) = stripe_desk.office("GET", f"/stripe/deliveries.json?to={SALON}")["data"]
    assert (row["state"], row["attempts"], told.got) == ("not sent", [], [])
