"""Stripe's payment intents: every status, and what may be done in it."""

from __future__ import annotations

import time
from typing import Any

import pytest

from .receiver import wait_until
from .stripe_desk import StripeDesk, refused, wish

WEEK = 7 * 86400
MANUAL = {"card": {"capture_method": "manual"}}


def test_a_new_intent_waits_for_a_payment_method(stripe_desk: StripeDesk) -> None:
    intent = stripe_desk.api.payment_intents.create(wish(metadata={"order": "7"}, description="Soap"))
    assert intent.id.startswith("pi_")
    assert intent.client_secret.startswith(f"{intent.id}_secret_")
    assert (intent.status, intent.amount, intent.amount_received) == ("requires_payment_method", 5000, 0)
    assert (intent.livemode, intent.latest_charge, intent.last_payment_error) == (False, None, None)
    assert intent.metadata.to_dict() == {"order": "7"}
    assert list(intent.payment_method_types) == ["card", "sepa_debit"]
    assert abs(intent.created - time.time()) < 60
    assert stripe_desk.api.payment_intents.retrieve(intent.id).to_dict() == intent.to_dict()


def test_direct_debit_is_offered_for_euros_alone(stripe_desk: StripeDesk) -> None:
    intent = stripe_desk.api.payment_intents.create(wish(currency="usd"))
    assert list(intent.payment_method_types) == ["card"]


def test_a_card_pays_at_once(stripe_desk: StripeDesk) -> None:
    intent = stripe_desk.paid()
    charge = intent.latest_charge
    assert (intent.status, intent.amount_received, intent.amount_capturable) == ("succeeded", 5000, 0)
    assert (charge.paid, charge.captured, charge.amount_captured, charge.refunded) == (
        True,
        True,
        5000,
        False,
    )
    card = charge.payment_method_details.card
    assert (charge.payment_method_details.type, card.brand, card.last4) == ("card", "visa", "4242")
    assert stripe_desk.api.charges.retrieve(charge.id).payment_intent == intent.id


def test_a_method_given_beforehand_waits_to_be_confirmed(stripe_desk: StripeDesk) -> None:
    intent = stripe_desk.api.payment_intents.create(wish(payment_method="pm_card_visa"))
    assert intent.status == "requires_confirmation"
    assert stripe_desk.api.payment_intents.confirm(intent.id).status == "succeeded"
    again = refused(stripe_desk.api.payment_intents.confirm, intent.id)
    assert (again.http_status, again.code) == (400, "payment_intent_unexpected_state")


def test_nothing_is_confirmed_without_a_method(stripe_desk: StripeDesk) -> None:
    intent = stripe_desk.api.payment_intents.create(wish())
    error = refused(stripe_desk.api.payment_intents.confirm, intent.id)
    assert (error.code, error.error.payment_intent.id) == ("payment_intent_unexpected_state", intent.id)


def test_a_hold_is_taken(stripe_desk: StripeDesk) -> None:
    intent = stripe_desk.held()
    assert (intent.status, intent.amount_capturable, intent.amount_received) == ("requires_capture", 5000, 0)
    charge = intent.latest_charge
    assert (charge.paid, charge.captured, charge.amount_captured) == (True, False, 0)
    assert charge.payment_method_details.card.capture_before == charge.created + WEEK
    taken = stripe_desk.api.payment_intents.capture(intent.id, {"expand": ["latest_charge"]})
    assert (taken.status, taken.amount_received, taken.amount_capturable) == ("succeeded", 5000, 0)
    assert (taken.latest_charge.captured, taken.latest_charge.amount_captured) == (True, 5000)


def test_a_part_of_a_hold_is_taken_and_the_rest_let_go(stripe_desk: StripeDesk) -> None:
    intent = stripe_desk.held()
    too_much = refused(stripe_desk.api.payment_intents.capture, intent.id, {"amount_to_capture": 5001})
    assert (too_much.code, too_much.param) == ("amount_too_large", "amount_to_capture")
    taken = stripe_desk.api.payment_intents.capture(intent.id, {"amount_to_capture": 1200})
    assert (taken.status, taken.amount_received, taken.amount_capturable) == ("succeeded", 1200, 0)
    error = refused(stripe_desk.api.payment_intents.capture, intent.id)
    assert (error.http_status, error.code) == (400, "payment_intent_unexpected_state")


def test_the_intents_own_capture_method_holds_too(stripe_desk: StripeDesk) -> None:
    assert stripe_desk.paid(capture_method="manual").status == "requires_capture"


@pytest.mark.parametrize("held", [True, False], ids=["held", "unpaid"])
def test_a_cancelled_intent_is_over(stripe_desk: StripeDesk, held: bool) -> None:
    api = stripe_desk.api.payment_intents
    intent = stripe_desk.held() if held else api.create(wish())
    ended = api.cancel(intent.id, {"cancellation_reason": "abandoned", "expand": ["latest_charge"]})
    assert (ended.status, ended.cancellation_reason, ended.amount_capturable) == ("canceled", "abandoned", 0)
    assert ended.canceled_at >= ended.created
    if held:
        assert (ended.latest_charge.refunded, ended.latest_charge.captured) == (True, False)
    for work in (api.cancel, api.capture, api.confirm):
        assert refused(work, intent.id).code == "payment_intent_unexpected_state"


def test_what_is_paid_is_not_cancelled(stripe_desk: StripeDesk) -> None:
    error = refused(stripe_desk.api.payment_intents.cancel, stripe_desk.paid().id)
    assert (error.http_status, error.code) == (400, "payment_intent_unexpected_state")


def test_a_hold_lapses(stripe_desk: StripeDesk) -> None:
    intent = stripe_desk.held()
    stripe_desk.office("POST", f"/stripe/{intent.id}/expiry")
    ended = stripe_desk.api.payment_intents.retrieve(intent.id)
    assert (ended.status, ended.cancellation_reason) == ("canceled", "automatic")
    assert refused(stripe_desk.api.payment_intents.capture, intent.id).http_status == 400


@pytest.mark.parametrize(
    ("iban", "status"),
    [("DE89370400440532013000", "succeeded"), ("DE62370400440532013001", "requires_payment_method")],
    ids=["paid", "returned"],
)
def test_direct_debit_takes_a_while(stripe_desk: StripeDesk, iban: str, status: str) -> None:
    stripe_desk.office("PUT", "/stripe/settling", {"seconds": 3600})
    data = {"type": "sepa_debit", "sepa_debit": {"iban": iban}}
    # A hold is wished for cards; what cannot be held is taken.
    intent = stripe_desk.paid(None, payment_method_data=data, payment_method_options=MANUAL)
    assert (intent.status, intent.latest_charge.paid) == ("processing", False)
    assert refused(stripe_desk.api.payment_intents.cancel, intent.id).http_status == 400
    stripe_desk.office("POST", f"/stripe/{intent.id}/settlement")
    ended = stripe_desk.api.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert (ended.status, ended.latest_charge.paid) == (status, status == "succeeded")
    assert ended.amount_received == (5000 if status == "succeeded" else 0)
    problem = ended.last_payment_error
    assert (problem and problem.code) == (
        None if status == "succeeded" else "payment_intent_payment_attempt_failed"
    )


def test_direct_debit_settles_by_itself(stripe_desk: StripeDesk) -> None:
    stripe_desk.office("PUT", "/stripe/settling", {"seconds": 0})
    data = {"type": "sepa_debit", "sepa_debit": {"iban": "DE89370400440532013000"}}
    intent = stripe_desk.paid(None, payment_method_data=data)
    wait_until(lambda: stripe_desk.api.payment_intents.retrieve(intent.id).status == "succeeded")


def test_what_may_change_depends_on_the_status(stripe_desk: StripeDesk) -> None:
    api = stripe_desk.api.payment_intents
    intent = api.create(wish(metadata={"a": "1", "b": "2"}))
    changed = api.update(
        intent.id, {"amount": 700, "metadata": {"a": "", "c": "3"}, "receipt_email": "a@b.co"}
    )
    assert (changed.amount, changed.metadata.to_dict()) == (700, {"b": "2", "c": "3"})
    api.confirm(intent.id, {"payment_method": "pm_card_visa"})
    error = refused(api.update, intent.id, {"amount": 800})
    assert (error.http_status, error.code) == (400, "payment_intent_unexpected_state")
    assert api.update(intent.id, {"description": "later"}).description == "later"
    assert api.retrieve(intent.id).amount == 700


def test_lists_are_newest_first_and_go_on(stripe_desk: StripeDesk) -> None:
    api = stripe_desk.api.payment_intents
    made: list[str] = [api.create(wish()).id for _ in range(5)]
    moment = api.retrieve(made[0]).created
    page = api.list({"limit": 2, "created": {"gte": moment}})
    assert ([row.id for row in page.data], page.has_more) == (made[:-3:-1], True)
    rest = api.list({"limit": 3, "starting_after": page.data[-1].id})
    assert ([row.id for row in rest.data], rest.has_more) == (made[2::-1], False)
    everything: list[Any] = list(api.list({"limit": 2}).auto_paging_iter())
    assert [row.id for row in everything] == made[::-1]
    assert api.list({"created": {"lt": moment}}).data == []
    assert [row.id for row in api.list({"ending_before": made[2], "limit": 1}).data] == [made[3]]
    assert refused(api.list, {"limit": 101}).param == "limit"


def test_charges_are_expanded_in_lists(stripe_desk: StripeDesk) -> None:
    intent = stripe_desk.paid()
    row = stripe_desk.api.payment_intents.list({"expand": ["data.latest_charge"]}).data[0]
    assert row.latest_charge.to_dict() == intent.latest_charge.to_dict()
    error = refused(stripe_desk.api.payment_intents.list, {"expand": ["data.lastest_charge"]})
    assert (error.http_status, error.param) == (400, "expand")
