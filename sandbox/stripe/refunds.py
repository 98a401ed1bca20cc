"""Refunds, of the whole or of parts. Source: https://docs.stripe.com/refunds and .../testing#refunds"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.wire import Row

from . import cards
from .errors import StripeError, bad_param, unexpected_state
from .money import format_amount
from .objects import new_id, seconds
from .params import merge_metadata

if TYPE_CHECKING:
    from .desk import Desk


def create(desk: Desk, given: Row) -> Row:
    """Raises StripeError."""
    charge = _find_charge(desk, given)
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = given.get("amount", left)
    if left <= 0:
        message = f"Charge {charge['id']} has already been refunded."
        raise StripeError(400, message, code="charge_already_refunded", kept=True)
    if amount < 1:
        message = "This value must be greater than or equal to 1."
        raise bad_param("amount", message, "parameter_invalid_integer")
    if amount > left:
        asked, unrefunded = (format_amount(value, charge["currency"]) for value in (amount, left))
        message = f"Refund amount ({asked}) is greater than unrefunded amount on charge ({unrefunded})"
        raise StripeError(400, message, param="amount", kept=True)
    course = _course(desk, charge)
    refund: Row = {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": seconds(),
        "currency": charge["currency"],
        "metadata": merge_metadata({}, given.get("metadata") or {}),
        "payment_intent": charge["payment_intent"],
        "reason": given.get("reason"),
        "receipt_number": None,
        "status": "pending" if course == "pending" else "succeeded",
    }
    desk.save(refund, parent=charge["payment_intent"])
    _change_refunded(desk, charge, amount)
    desk.tell("refund.created", refund)
    desk.tell("charge.refunded", charge)
    if course != "succeeded":
        desk.settle_later(refund["id"])
    return refund


def _find_charge(desk: Desk, given: Row) -> Row:
    if given.get("payment_intent"):
        intent = desk.get("payment_intent", given["payment_intent"], "payment_intent")
        if intent["status"] != "succeeded":
            message = f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
            raise unexpected_state(message, param="payment_intent")
        return desk.get("charge", intent["latest_charge"])
    if not given.get("charge"):
        message = "One of the following params should be provided for this request: payment_intent or charge."
        raise bad_param("payment_intent", message, "parameter_missing")
    charge = desk.get("charge", given["charge"], "charge")
    if not charge["captured"]:
        message = f"Charge {charge['id']} is not captured: cancel its PaymentIntent instead."
        raise StripeError(400, message, param="charge", kept=True)
    return charge


def _course(desk: Desk, charge: Row) -> str:
    """ "succeeded", "pending" (until a moment later) or "failed" (a moment later)."""
    method = desk.get("payment_method", charge["payment_method"])
    if method["type"] == "sepa_debit":
        return "pending"
    return cards.BY_LAST4[method["card"]["last4"]].refund


def _change_refunded(desk: Desk, charge: Row, by: int) -> None:
    charge["amount_refunded"] += by
    charge["refunded"] = charge["amount_refunded"] >= charge["amount_captured"]
    desk.save(charge)


def settle(desk: Desk, identifier: str) -> None:
    """The bank's answer: a pending refund has arrived, or one that seemed done comes back."""
    refund = desk.get("refund", identifier)
    charge = desk.get("charge", refund["charge"])
    if refund["status"] == "pending":
        refund["status"] = "succeeded"
        desk.save(refund)
        desk.tell("refund.updated", refund)
        return
    refund |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
    desk.save(refund)
    _change_refunded(desk, charge, -refund["amount"])
    desk.tell("refund.updated", refund)
    desk.tell("refund.failed", refund)
