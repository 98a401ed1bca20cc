"""Refunds: whole, in parts, too much, and those that take a while or come back."""

from __future__ import annotations

import pytest

from .stripe_desk import StripeDesk, refused, wish


def test_parts_until_nothing_is_left(stripe_desk: StripeDesk) -> None:
    api, intent = stripe_desk.api, stripe_desk.paid()
    first = api.refunds.create(
        {"payment_intent": intent.id, "amount": 2000, "reason": "duplicate", "metadata": {"refund": "1"}}
    )
    assert (first.id[:3], first.amount, first.status, first.reason) == ("re_", 2000, "succeeded", "duplicate")
    assert (first.payment_intent, first.charge) == (intent.id, intent.latest_charge.id)
    charge = api.charges.retrieve(first.charge)
    assert (charge.amount_refunded, charge.refunded) == (2000, False)
    error = refused(api.refunds.create, {"payment_intent": intent.id, "amount": 3001})
    assert (error.http_status, error.param) == (400, "amount")
    second = api.refunds.create({"charge": first.charge})
    assert second.amount == 3000
    charge = api.charges.retrieve(first.charge)
    assert (charge.amount_refunded, charge.refunded) == (5000, True)
    for amount in ({}, {"amount": 1}):
        error = refused(api.refunds.create, {"payment_intent": intent.id, **amount})
        assert (error.http_status, error.code) == (400, "charge_already_refunded")
    assert [row.id for row in api.refunds.list({"payment_intent": intent.id}).data] == [second.id, first.id]
    assert api.refunds.retrieve(first.id).to_dict() == first.to_dict()
    assert api.payment_intents.retrieve(intent.id).status == "succeeded"


def test_no_more_than_was_taken_goes_back(stripe_desk: StripeDesk) -> None:
    intent = stripe_desk.held()
    stripe_desk.api.payment_intents.capture(intent.id, {"amount_to_capture": 1200})
    error = refused(stripe_desk.api.refunds.create, {"payment_intent": intent.id, "amount": 1201})
    assert (error.http_status, error.param) == (400, "amount")
    assert stripe_desk.api.refunds.create({"payment_intent": intent.id}).amount == 1200


def test_what_was_not_taken_does_not_go_back(stripe_desk: StripeDesk) -> None:
    api, held = stripe_desk.api, stripe_desk.held()
    for identifier in (held.id, api.payment_intents.create(wish()).id):
        error = refused(api.refunds.create, {"payment_intent": identifier})
        assert (error.http_status, error.code) == (400, "payment_intent_unexpected_state")
    assert refused(api.refunds.create, {"charge": held.latest_charge.id}).http_status == 400
    assert refused(api.refunds.create, {"amount": 100}).code == "parameter_missing"


def test_one_key_is_one_refund(stripe_desk: StripeDesk) -> None:
    intent = stripe_desk.paid()
    params, options = (
        {"payment_intent": intent.id, "amount": 1000},
        {"idempotency_key": f"{intent.id}:refund"},
    )
    first, second = (stripe_desk.api.refunds.create(params, options) for _ in range(2))
    assert first.id == second.id
    assert len(stripe_desk.api.refunds.list({"payment_intent": intent.id}).data) == 1


@pytest.mark.parametrize(
    ("method", "statuses", "refunded"),
    [
        ("pm_card_pendingRefund", ("pending", "succeeded"), 5000),
        ("pm_card_refundFail", ("succeeded", "failed"), 0),
    ],
    ids=["pending", "failing"],
)
def test_refunds_that_take_a_while(
    stripe_desk: StripeDesk, method: str, statuses: tuple[str, str], refunded: int
) -> None:
    stripe_desk.office("PUT", "/stripe/settling", {"seconds": 3600})
    intent = stripe_desk.paid(method)
    refund = stripe_desk.api.refunds.create({"payment_intent": intent.id})
    assert refund.status == statuses[0]
    assert stripe_desk.api.charges.retrieve(refund.charge).amount_refunded == 5000
    stripe_desk.office("POST", f"/stripe/{refund.id}/settlement")
    ended = stripe_desk.api.refunds.retrieve(refund.id)
    assert ended.status == statuses[1]
    assert ended.to_dict().get("failure_reason") == (None if refunded else "expired_or_canceled_card")
    assert stripe_desk.api.charges.retrieve(refund.charge).amount_refunded == refunded
