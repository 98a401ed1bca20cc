"""A charge is one try to pay an intent."""

from __future__ import annotations

from sandbox.wire import Row

from .cards import Decline
from .objects import new_id, seconds


def make(
    intent: Row,
    method: Row,
    *,
    status: str,
    site: str,
    is_captured: bool = False,
    problem: Decline | None = None,
) -> Row:
    """`status` is "succeeded", "pending" or "failed"; a hold has succeeded and is not captured.

    `site` is where the sandbox's pages are, for the receipt.
    """
    return {
        "id": new_id("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if is_captured else 0,
        "amount_refunded": 0,
        "billing_details": method["billing_details"],
        "captured": is_captured,
        "created": seconds(),
        "currency": intent["currency"],
        "description": intent["description"],
        "disputed": False,
        "failure_code": problem.code if problem else None,
        "failure_message": problem.message if problem else None,
        "livemode": False,
        "metadata": intent["metadata"],
        "outcome": _outcome(problem),
        "paid": status == "succeeded",
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": _method_details(method),
        "receipt_email": intent["receipt_email"],
        "receipt_url": None if problem else f"{site}/stripe/#{intent['id']}",
        "refunded": False,
        "status": status,
    }


def _method_details(method: Row) -> Row:
    kind = method["type"]
    return {"type": kind, kind: dict(method[kind])}


def _outcome(problem: Decline | None) -> Row:
    if problem is None:
        return {"type": "authorized", "network_status": "approved_by_network", "reason": None}
    reason = problem.decline_code or problem.code
    return {"type": "issuer_declined", "network_status": "declined_by_network", "reason": reason}
