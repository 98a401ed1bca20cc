"""JSON for scripts and tests: where events go, and what clients and banks do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, request

from sandbox.app import answer_json, current_sandbox, read_json
from sandbox.control import SALON, describe_deliveries, read_address
from sandbox.wire import Row, invalid_request, not_found

from . import intents, objects
from .accounts import OWNERS, PLATFORM
from .desk import Desk, Stripe
from .errors import StripeError
from .events import PREFIX

blueprint = Blueprint("stripe_control", __name__, url_prefix="/sandbox")

LONGEST_SETTLING = 3600


def this_stripe() -> Stripe:
    return current_sandbox().stripe


@blueprint.errorhandler(StripeError)
def refuse(error: StripeError) -> Response:
    return answer_json(objects.show(error.body()), error.status)


@blueprint.put("/stripe/webhook")
def set_platform_endpoint() -> Response:
    """The platform's endpoint, for its own account and all connected ones."""
    url = read_address()
    this_stripe().endpoints.set_url(PLATFORM, url)
    return answer_json({"url": url})


@blueprint.put(f"/{SALON}/stripe-webhook")
def set_salon_endpoint(slug: str) -> Response:
    """The endpoint of a salon that uses its own keys."""
    url = read_address()
    this_stripe().endpoints.set_url(slug, url)
    return answer_json({"url": url})


@blueprint.put("/stripe/settling")
def set_settling() -> Response:
    """{"seconds": how long a direct debit is processed and a refund is pending}."""
    seconds = read_json().get("seconds")
    if not isinstance(seconds, int | float) or not 0 <= seconds <= LONGEST_SETTLING:
        raise invalid_request(f"seconds must be 0 to {LONGEST_SETTLING}.")
    this_stripe().settle_seconds = float(seconds)
    return answer_json({"seconds": seconds})


@blueprint.post("/stripe/<identifier>/settlement")
def settle(identifier: str) -> Response:
    """What is on its way (a direct debit, a refund) is decided now."""
    if not this_stripe().settle(identifier):
        raise not_found("intent or refund on its way")
    return answer_json({"ok": True})


@blueprint.post("/stripe/<identifier>/expiry")
def expire(identifier: str) -> Response:
    """Seven days later: the bank lets a hold go."""
    return _act(identifier, lambda desk: intents.expire(desk, identifier))


@blueprint.post("/stripe/<identifier>/payment")
def pay(identifier: str) -> Response:
    """The client pays: {"number": a test card} or {"iban": ...}; 402 where it is declined."""
    body = read_json()
    year = datetime.now(UTC).year + 3
    if "iban" in body:
        data: Row = {"type": "sepa_debit", "sepa_debit": {"iban": str(body["iban"])}}
    else:
        card = {"number": str(body.get("number", "")), "exp_month": 12, "exp_year": year, "cvc": "123"}
        data = {"type": "card", "card": card}
    given = {"payment_method_data": data, "use_stripe_sdk": True}
    return _act(identifier, lambda desk: intents.confirm(desk, identifier, given))


@blueprint.post("/stripe/<identifier>/authentication")
def authenticate(identifier: str) -> Response:
    """What the client does in the bank's window: {"succeeds": true or false}."""
    succeeds = read_json().get("succeeds") is True
    return _act(identifier, lambda desk: intents.authenticate(desk, identifier, succeeds=succeeds))


@blueprint.delete("/stripe/idempotency-keys")
def forget_keys() -> Response:
    """As a day later."""
    return answer_json({"deleted": current_sandbox().state.run("DELETE FROM stripe_answer")})


@blueprint.get("/stripe/payments.json")
def list_payments() -> Response:
    """Of all accounts, newest first: {intent, salon, charges, refunds}; `?salon=`, `?limit=` up to 1,000."""
    return answer_json({"data": describe_payments(request.args.get("salon"), read_limit())})


@blueprint.get("/stripe/deliveries.json")
def list_deliveries() -> Response:
    """Events, newest first, with every attempt; `?to=` platform or a slug, `?limit=` up to 1,000."""
    owner = request.args.get("to", PLATFORM)
    if owner not in OWNERS:
        raise invalid_request(f"to must be one of {', '.join(OWNERS)}.")
    return answer_json({"data": describe_deliveries(f"{PREFIX}{owner}", read_limit())})


@blueprint.post("/stripe/deliveries/<delivery_id>/resend")
def resend(delivery_id: str) -> Response:
    if not any(current_sandbox().webhooks.resend(f"{PREFIX}{owner}", delivery_id) for owner in OWNERS):
        raise not_found("delivery")
    return answer_json({"ok": True}, 202)


def read_limit() -> int:
    limit = request.args.get("limit", "200")
    if not (limit.isascii() and limit.isdigit()) or not 1 <= int(limit) <= 1000:
        raise invalid_request("limit must be 1 to 1000.")
    return int(limit)


def describe_payments(salon: str | None, limit: int) -> list[Row]:
    state = current_sandbox().state
    rows = state.rows(
        "SELECT id, owner FROM stripe_object WHERE kind = 'payment_intent' AND (? IS NULL OR owner = ?) "
        "ORDER BY rowid DESC LIMIT ?",
        salon,
        salon,
        limit,
    )
    return [_describe_payment(row["owner"], row["id"]) for row in rows]


def _describe_payment(owner: str, identifier: str) -> Row:
    state = current_sandbox().state
    found: Row = {
        "salon": owner,
        "intent": objects.get(state, owner, "payment_intent", identifier),
        "charges": objects.children(state, "charge", identifier),
        "refunds": objects.children(state, "refund", identifier),
    }
    shown: Row = objects.show(found)
    return shown


def _act(identifier: str, work: Callable[[Desk], Row]) -> Response:
    stripe = this_stripe()
    with stripe.state.transaction():
        owner = objects.find_owner(stripe.state, identifier)
        if owner is None:
            raise not_found("intent")
        try:
            return answer_json(objects.show(work(stripe.desk(owner))))
        except StripeError as error:
            if not error.kept:
                raise
            refusal: Any = error
    return refuse(refusal)
