"""The payments as a page: what was paid, by which account and card, what went back, what was told of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from sandbox.app import current_sandbox
from sandbox.wire import Row, invalid_request

from . import intents, objects
from .accounts import OWNERS
from .control import describe_payments
from .errors import StripeError
from .events import PREFIX
from .money import format_amount

blueprint = Blueprint("stripe_backoffice", __name__, url_prefix="/stripe")

SHOWN, EVENTS_LOOKED_AT = 60, 1000
STATES = {"succeeded": "delivered", "requires_capture": "waiting", "canceled": "dropped"}


@blueprint.errorhandler(StripeError)
def refuse(error: StripeError) -> tuple[str, int, Row]:
    return error.message, error.status, {"Content-Type": "text/plain; charset=utf-8"}


@blueprint.get("/")
def list_payments() -> str:
    salon = request.args.get("salon") or None
    if salon not in (None, *OWNERS):
        raise invalid_request("No such account.")
    events = _find_events()
    payments = [_describe(payment, events) for payment in describe_payments(salon, SHOWN)]
    return render_template("stripe_payments.html", payments=payments, owners=OWNERS, salon=salon)


@blueprint.post("/payments/<identifier>/expiry")
def expire(identifier: str) -> Any:
    stripe = current_sandbox().stripe
    with stripe.state.transaction():
        owner = objects.find_owner(stripe.state, identifier)
        intents.expire(stripe.desk(owner or ""), identifier)
    return redirect(url_for(".list_payments", _anchor=identifier), 303)


def _describe(payment: Row, events: dict[str, list[Row]]) -> Row:
    intent = payment["intent"]
    latest = payment["charges"][0] if payment["charges"] else None
    return {
        **payment,
        "look": STATES.get(intent["status"], "waiting"),
        "amount": format_amount(intent["amount"], intent["currency"]).upper(),
        "at": f"{datetime.fromtimestamp(intent['created'], UTC):%Y-%m-%d %H:%M:%S}",
        "method": _describe_method(latest["payment_method_details"]) if latest else "not tried yet",
        "refunds": [
            {**refund, "text": format_amount(refund["amount"], refund["currency"]).upper()}
            for refund in payment["refunds"]
        ],
        "events": events.get(intent["id"], []),
    }


def _describe_method(details: Row) -> str:
    kind = details["type"]
    return f"{details[kind].get('brand', kind)} {details[kind]['last4']}"


def _find_events() -> dict[str, list[Row]]:
    """By intent, oldest first: {type, state, to, note}; in one pass, as the state is locked meanwhile."""
    found: dict[str, list[Row]] = {}
    for row in current_sandbox().state.rows(
        "SELECT type, state, slug, note, coalesce(json_extract(body, '$.data.object.payment_intent'), "
        "json_extract(body, '$.data.object.id')) AS intent FROM delivery WHERE id IN "
        "(SELECT id FROM delivery WHERE slug LIKE ? ORDER BY created DESC LIMIT ?) ORDER BY created, rowid",
        f"{PREFIX}%",
        EVENTS_LOOKED_AT,
    ):
        found.setdefault(row["intent"], []).append({**dict(row), "to": row["slug"].removeprefix(PREFIX)})
    return found
