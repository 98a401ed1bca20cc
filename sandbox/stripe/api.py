"""The API under /stripe/v1: forms in, JSON out. Source: https://docs.stripe.com/api"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, Response, g, request

from sandbox.app import answer_json, current_sandbox
from sandbox.wire import ApiError, Row, dumps, loads

from . import intents, objects, params, refunds
from .accounts import PLATFORM, Caller, describe_account, identify
from .desk import Desk, Stripe
from .errors import StripeError
from .events import API_VERSION
from .params import Shape

blueprint = Blueprint("stripe", __name__, url_prefix="/stripe/v1")

Work = Callable[[Desk, Row], Row]

ONLY_EXPAND: Shape = {"expand": [params.text]}
WITH_SECRET: Shape = {"client_secret": params.text}
KEPT_SECONDS = 86400
LONGEST_KEY = 255
# What a publishable key is shown of an intent.
PUBLIC = frozenset(
    [
        "id",
        "object",
        "amount",
        "automatic_payment_methods",
        "canceled_at",
        "cancellation_reason",
        "capture_method",
        "client_secret",
        "confirmation_method",
        "created",
        "currency",
        "description",
        "last_payment_error",
        "livemode",
        "next_action",
        "payment_method",
        "payment_method_types",
        "processing",
        "receipt_email",
        "setup_future_usage",
        "shipping",
        "source",
        "status",
    ]
)
MISMATCH = (
    "The client_secret provided does not match any associated PaymentIntent on this account. Ensure the "
    "publishable key used belongs to the same account that created the PaymentIntent."
)


def this_stripe() -> Stripe:
    return current_sandbox().stripe


@blueprint.before_request
def name_request() -> None:
    g.stripe_request = f"req_{objects.new_token(14)}"
    g.stripe_key = request.headers.get("Idempotency-Key") if request.method == "POST" else None


@blueprint.after_request
def label_answer(answer: Response) -> Response:
    answer.headers["Request-Id"] = g.get("stripe_request", "")  # none where the app refused it before
    answer.headers["Stripe-Version"] = request.headers.get("Stripe-Version", API_VERSION)
    if g.get("stripe_key"):
        answer.headers["Idempotency-Key"] = g.stripe_key
    return answer


@blueprint.errorhandler(StripeError)
def refuse(error: StripeError) -> Response:
    answer = answer_json(_present(error.body(), bool(g.get("stripe_public"))), error.status)
    answer.headers.update(error.headers)
    return answer


@blueprint.post("/payment_intents")
def create_intent() -> Response:
    return _answer(params.CREATING, intents.create, required=("amount", "currency"))


@blueprint.get("/payment_intents")
def list_intents() -> Response:
    return _answer(params.PAGE, lambda desk, given: _list(desk, "payment_intent", given))


@blueprint.get("/payment_intents/<identifier>")
def retrieve_intent(identifier: str) -> Response:
    shape = {**ONLY_EXPAND, **WITH_SECRET}
    return _answer(shape, lambda desk, _: desk.get("payment_intent", identifier, "intent"), public=identifier)


@blueprint.post("/payment_intents/<identifier>")
def update_intent(identifier: str) -> Response:
    return _answer(params.DESCRIBING, lambda desk, given: intents.update(desk, identifier, given))


@blueprint.post("/payment_intents/<identifier>/confirm")
def confirm_intent(identifier: str) -> Response:
    shape = {**params.CONFIRMING, **WITH_SECRET, "capture_method": params.CAPTURE}
    return _answer(shape, lambda desk, given: intents.confirm(desk, identifier, given), public=identifier)


@blueprint.post("/payment_intents/<identifier>/capture")
def capture_intent(identifier: str) -> Response:
    return _answer(params.CAPTURING, lambda desk, given: intents.capture(desk, identifier, given))


@blueprint.post("/payment_intents/<identifier>/cancel")
def cancel_intent(identifier: str) -> Response:
    return _answer(params.CANCELLING, lambda desk, given: intents.cancel(desk, identifier, given))


@blueprint.post("/refunds")
def create_refund() -> Response:
    return _answer(params.REFUNDING, refunds.create)


@blueprint.get("/refunds")
def list_refunds() -> Response:
    shape = {**params.PAGE, "payment_intent": params.text}
    return _answer(shape, lambda desk, given: _list(desk, "refund", given))


@blueprint.get("/refunds/<identifier>")
def retrieve_refund(identifier: str) -> Response:
    return _answer(ONLY_EXPAND, lambda desk, _: desk.get("refund", identifier))


@blueprint.get("/charges/<identifier>")
def retrieve_charge(identifier: str) -> Response:
    return _answer(ONLY_EXPAND, lambda desk, _: desk.get("charge", identifier))


@blueprint.get("/account")
def retrieve_account() -> Response:
    return _answer(ONLY_EXPAND, lambda desk, _: describe_account(desk.state, desk.owner))


@blueprint.get("/accounts/<identifier>")
def retrieve_connected_account(identifier: str) -> Response:
    def look(desk: Desk, _given: Row) -> Row:
        caller = identify(_read_key(), identifier)
        return describe_account(desk.state, caller.owner)

    return _answer(ONLY_EXPAND, look)


@blueprint.route("/<path:rest>", methods=["GET", "POST", "DELETE"])
def refuse_unknown(rest: str) -> Response:
    message = f"Unrecognized request URL ({request.method}: /v1/{rest[:100]})."
    raise StripeError(404, message)


def _list(desk: Desk, kind: str, given: Row) -> Row:
    parent = given.get("payment_intent")
    if parent:
        desk.get("payment_intent", parent, "payment_intent")
    return objects.list_page(desk.state, desk.owner, kind, f"/v1/{kind}s", given, parent=parent)


@dataclass(frozen=True)
class Endpoint:
    """What it takes and does; `public` is an intent that publishable keys may touch, too."""

    shape: Shape
    work: Work
    required: Iterable[str] = ()
    public: str | None = None


def _answer(shape: Shape, work: Work, **more: Any) -> Response:
    """Do one endpoint's work for whoever asks."""
    endpoint = Endpoint(shape, work, **more)
    caller = identify(_read_key(), request.headers.get("Stripe-Account"))
    g.stripe_public = caller.is_publishable
    if caller.is_publishable and endpoint.public is None:
        message = "This API call cannot be made with a publishable API key. Please use a secret API key."
        raise StripeError(401, message, code="secret_key_required")
    key = _read_idempotency_key()
    if key and not this_stripe().take_up(caller.owner, key):
        message = (
            "There is currently another in-progress request using this Idempotency Key. Try again later."
        )
        raise StripeError(409, message, code="idempotency_key_in_use")
    try:
        return _disturb(caller) or _run(caller, key, endpoint)
    finally:
        if key:
            this_stripe().put_down(caller.owner, key)


def _read_key() -> str:
    login = request.authorization
    if login is None:
        return ""
    return (login.token if login.type == "bearer" else login.username) or ""


def _read_idempotency_key() -> str | None:
    key: str | None = g.stripe_key
    if key and len(key) > LONGEST_KEY:
        raise StripeError(
            400, f"Idempotency keys have up to {LONGEST_KEY} characters.", kind="idempotency_error"
        )
    return key


def _disturb(caller: Caller) -> Response | None:
    salon = None if caller.owner == PLATFORM else caller.owner
    try:
        return current_sandbox().faults.disturb("stripe", salon)
    except ApiError as error:
        if error.status == 429:
            message = "This object cannot be accessed right now because another request is accessing it."
            raise StripeError(429, message, code="lock_timeout", headers=error.headers) from error
        message = "Sorry! There was an error while talking to Stripe."
        raise StripeError(error.status, message, kind="api_error", headers=error.headers) from error


def _run(caller: Caller, key: str | None, endpoint: Endpoint) -> Response:
    """The effect and the answer kept for the key are one transaction, and so is a refusal once work began."""
    desk = this_stripe().desk(caller.owner)
    values = params.nest(_read_pairs())
    with desk.state.transaction():
        if key and (kept := _find_kept(desk, key, values)):
            return kept
        try:
            given = params.read(values, endpoint.shape, required=endpoint.required)
            _check_secret(desk, caller, endpoint.public, given.pop("client_secret", None))
            doc = objects.expand(desk.state, desk.owner, endpoint.work(desk, given), given.get("expand", []))
            status, body = 200, objects.show(doc)
        except StripeError as refusal:
            if not refusal.kept:
                raise
            status, body = refusal.status, objects.show(refusal.body())
        if key:
            _keep(desk, key, values, status, body)
    return answer_json(_present(body, caller.is_publishable), status)


def _read_pairs() -> list[tuple[str, str]]:
    if request.method == "GET":
        return list(request.args.items(multi=True))
    try:
        return parse_qsl(request.get_data().decode(), keep_blank_values=True, max_num_fields=1000)
    except ValueError as error:
        raise StripeError(400, "Invalid request: the body is not a form.") from error


def _check_secret(desk: Desk, caller: Caller, public: str | None, secret: str | None) -> None:
    if public is None or not (caller.is_publishable or secret):
        return
    intent = desk.get("payment_intent", public, "intent")
    if secret is None:
        message = "Missing required param: client_secret."
        raise StripeError(400, message, code="parameter_missing", param="client_secret")
    if secret != intent["client_secret"]:
        raise StripeError(400, MISMATCH, code="payment_intent_invalid_parameter", param="client_secret")


def _present(body: Row, is_public: bool) -> Row:
    """As the caller's key may see it."""
    shown: Row = objects.show(body)
    if not is_public:
        return shown
    if intent := shown.get("error", {}).get("payment_intent"):
        shown["error"]["payment_intent"] = _reduce(intent)
    return _reduce(shown) if shown.get("object") == "payment_intent" else shown


def _reduce(intent: Row) -> Row:
    return {name: value for name, value in intent.items() if name in PUBLIC}


def _fingerprint(values: Row) -> str:
    asked = dumps([request.method, request.path, values], canonical=True)
    return hashlib.sha256(asked.encode()).hexdigest()


def _find_kept(desk: Desk, key: str, values: Row) -> Response | None:
    """Raises StripeError 400 where the key came with something else."""
    row: Any = desk.state.row(
        "SELECT * FROM stripe_answer WHERE owner = ? AND key = ? AND created > ?",
        desk.owner,
        key,
        time.time() - KEPT_SECONDS,
    )
    if row is None:
        return None
    if row["fingerprint"] != _fingerprint(values):
        message = (
            "Keys for idempotent requests can only be used with the same parameters they were first used "
            f"with. Try using a key other than '{key}' if you meant to execute a different request."
        )
        raise StripeError(400, message, kind="idempotency_error")
    answer = answer_json(_present(loads(row["answer"]), bool(g.stripe_public)), row["status"])
    answer.headers["Idempotent-Replayed"] = "true"
    return answer


def _keep(desk: Desk, key: str, values: Row, status: int, body: Row) -> None:
    desk.state.run(
        "INSERT OR REPLACE INTO stripe_answer VALUES (?, ?, ?, ?, ?, ?)",
        desk.owner,
        key,
        _fingerprint(values),
        status,
        dumps(body),
        time.time(),
    )
