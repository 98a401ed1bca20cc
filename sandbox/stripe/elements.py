"""What Stripe serves to browsers: its script, the frame with the card fields, and the window of the bank.

A page of a store loads the script; what a client types stays in frames of this origin, and from there goes to
the API with a publishable key. Source: https://docs.stripe.com/js and https://docs.stripe.com/payments/3d-secure
"""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request

from sandbox.app import current_sandbox
from sandbox.wire import Row

from . import intents, objects

blueprint = Blueprint("stripe_elements", __name__, url_prefix="/stripe")

FRAME_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action {form}; "
    "base-uri 'none'"
)
OUTCOMES = {"complete": True, "fail": False}


@blueprint.before_request
def go_down() -> Response | None:
    """Only the switch "down" reaches the frames; the others are for the API."""
    faults = current_sandbox().faults
    return faults.disturb("stripe", None) if faults.active("stripe", None)["down"] else None


@blueprint.get("/js/v3/")
def send_script() -> Response:
    """Plain script that any page may load."""
    answer = current_app.send_static_file("stripe/stripe.js")
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@blueprint.get("/elements/")
def show_element() -> Response:
    """The card fields; whoever embeds them says in messages which payment they are for."""
    return _frame(render_template("stripe_element.html"))


@blueprint.get("/three-d-secure/<identifier>")
def show_challenge(identifier: str) -> Response:
    _owner, intent = _find_intent(identifier)
    return _frame(_render_challenge(intent), form=_form_targets(intent))


@blueprint.post("/three-d-secure/<identifier>")
def answer_challenge(identifier: str) -> Any:
    """The client pressed a button; a second press changes nothing."""
    owner, intent = _find_intent(identifier)
    outcome = OUTCOMES.get(request.form.get("outcome", ""))
    if outcome is None:
        abort(400)
    if intent["status"] == "requires_action":
        box = current_sandbox()
        with box.state.transaction():
            intent = intents.authenticate(box.stripe.desk(owner), identifier, succeeds=outcome)
    back = intent.get("_return_url")
    if back and "parent" not in request.args:
        return redirect(_with_result(back, intent), 303)
    return _frame(_render_challenge(intent))


def _find_intent(identifier: str) -> tuple[str, Row]:
    """The payment whose client secret the address holds. Aborts with 404."""
    state = current_sandbox().state
    owner = objects.find_owner(state, identifier)
    intent = objects.find(state, owner, "payment_intent", identifier) if owner else None
    given = request.args.get("client_secret", "").encode()
    if owner is None or intent is None or not hmac.compare_digest(intent["client_secret"].encode(), given):
        abort(404)
    return owner, intent


def _render_challenge(intent: Row) -> str:
    language = "de" if request.args.get("locale", "").startswith("de") else "en"
    is_open = intent["status"] == "requires_action"
    return render_template(
        "stripe_challenge.html", here=request.full_path, language=language, is_open=is_open
    )


def _form_targets(intent: Row) -> str:
    """Browsers hold a form to its policy through redirects, so the way back to the store is named."""
    back = urlsplit(intent.get("_return_url") or "")
    return f"'self' {back.scheme}://{back.netloc}" if back.scheme in ("http", "https") else "'self'"


def _with_result(url: str, intent: Row) -> str:
    """Where the client goes back to, with what Stripe appends."""
    parts = urlsplit(url)
    status = "failed" if intent["status"] == "requires_payment_method" else "succeeded"
    added = {
        "payment_intent": intent["id"],
        "payment_intent_client_secret": intent["client_secret"],
        "redirect_status": status,
    }
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *added.items()])
    return urlunsplit(parts._replace(query=query))


def _frame(page: str, *, form: str = "'self'") -> Response:
    answer = Response(page, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = FRAME_POLICY.format(form=form)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
