"""JSON for scripts and tests: what the pages of the back office do, and the switches."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, request

from . import bookings, catalog, orders, tenants
from .app import answer_json, current_sandbox, read_json
from .availability import load_business
from .faults import EVERYONE, SWITCHES
from .mangobiz import describe_blackout
from .state import get_entity
from .stripe import accounts
from .tenants import LANGUAGES
from .wire import Row, invalid_request, is_uuid, loads, not_found, parse_instant, to_rfc3339

blueprint = Blueprint("control", __name__, url_prefix="/sandbox")

SALON = f"<any({', '.join(repr(slug) for slug in LANGUAGES)}):slug>"
KIND = f"<any({', '.join(catalog.SYNCED)}):kind>"
CHANGED = f"<any({', '.join((*catalog.SYNCED, 'bookings', 'orders'))}):kind>"


@blueprint.get("/salons.json")
def list_salons() -> Response:
    salons = tenants.describe_tenants(current_sandbox().state)
    return answer_json(
        [{**salon, "stripe": accounts.describe_credentials(salon["slug"])} for salon in salons]
    )


@blueprint.get("/settings.json")
def read_settings() -> Response:
    """Environment for a store that is to use this sandbox."""
    url = request.host_url.rstrip("/")
    return answer_json(
        {
            "mangoBizUrl": f"{url}/biz-api/v1",
            "aiServiceUrl": f"{url}/api/v1/ai",
            "aiServiceKey": tenants.ai_service_key(),
            "postmarkApiUrl": f"{url}/postmark/",
            "dnsServer": current_sandbox().dns.server,
            "stripeApiBase": f"{url}/stripe",
            "stripeJsUrl": f"{url}/stripe/js/v3/",
            "stripeSecretKey": accounts.secret_key(accounts.PLATFORM),
            "stripePublishableKey": accounts.publishable_key(accounts.PLATFORM),
            "stripeWebhookSecret": accounts.webhook_secret(accounts.PLATFORM),
        }
    )


@blueprint.get("/requests.json")
def list_requests() -> Response:
    """Calls of the Mango Biz API since the start: {"GET /biz-api/v1/business": {asked, open}}."""
    return answer_json(current_sandbox().tally.describe())


@blueprint.post("/reset")
def reset() -> Response:
    current_sandbox().reset()
    return answer_json({"ok": True})


@blueprint.get("/faults")
def read_faults() -> Response:
    return answer_json(current_sandbox().faults.describe())


@blueprint.put("/faults")
def set_faults() -> Response:
    """{upstream, salon?, faults: {...}} sets one scope; {seed} restarts the lots; {clear: true} ends all."""
    body, faults = read_json(), current_sandbox().faults
    if body.get("clear"):
        faults.clear()
    if "seed" in body:
        faults.reseed(None if body["seed"] is None else str(body["seed"]))
    if "upstream" in body:
        salon = body.get("salon") or EVERYONE
        if body["upstream"] not in list(SWITCHES) or salon not in (EVERYONE, *LANGUAGES):
            raise invalid_request(
                f"upstream must be one of {', '.join(SWITCHES)}; salon a slug, or left out."
            )
        if not isinstance(body.get("faults"), dict):
            raise invalid_request("faults must be an object of switches.")
        faults.replace(body["upstream"], salon, body["faults"])
    return answer_json(faults.describe())


@blueprint.put(f"/{SALON}/webhook-target")
def set_webhook_target(slug: str) -> Response:
    url = read_address()
    current_sandbox().state.run("UPDATE tenant SET webhook_target = ? WHERE slug = ?", url, slug)
    return answer_json({"url": url})


def read_address() -> str | None:
    """The body's {"url"}. Raises ApiError 400."""
    url = read_json().get("url")
    if url is not None and not (isinstance(url, str) and url.startswith(("http://", "https://"))):
        raise invalid_request("url must be an http address, or null to send nothing.")
    return url


@blueprint.put("/mail-webhook")
def set_mail_webhook() -> Response:
    """Where bounces and deliveries of mail are told; the address may hold user:password."""
    url = read_address()
    current_sandbox().mail_events.url = url
    return answer_json({"url": url})


@blueprint.post(f"/{SALON}/webhook-secret/rotation")
def rotate_webhook_secret(slug: str) -> Response:
    """For 24 hours both secrets sign."""
    state = current_sandbox().state
    fresh = tenants.rotate_webhook_secret(state, slug)
    return answer_json({"webhookSecret": fresh, "signing": tenants.signing_secrets(state, slug)}, 201)


@blueprint.post(f"/{SALON}/{KIND}")
def create_row(slug: str, kind: str) -> Response:
    return answer_json(catalog.create(current_sandbox(), slug, kind, read_json()), 201)


@blueprint.get(f"/{SALON}/{CHANGED}/<uuid:identifier>")
def read_row(slug: str, kind: str, identifier: Any) -> Response:
    doc = get_entity(current_sandbox().state, slug, kind, str(identifier))
    if doc is None:
        raise not_found(kind)
    return answer_json(doc)


@blueprint.patch(f"/{SALON}/{CHANGED}/<uuid:identifier>")
def change_row(slug: str, kind: str, identifier: Any) -> Response:
    """Any fields; `?unchecked=1` takes what the contract would not, to see what a store makes of it."""
    unchecked = request.args.get("unchecked") == "1"
    fields = read_json()
    if kind == "bookings" and {"startTime", "endTime"} & fields.keys():
        raise invalid_request("An appointment is moved through the API.")
    changed = catalog.change(current_sandbox(), slug, kind, str(identifier), fields, unchecked=unchecked)
    return answer_json(changed)


@blueprint.delete(f"/{SALON}/{KIND}/<uuid:identifier>")
def delete_row(slug: str, kind: str, identifier: Any) -> Response:
    return answer_json(catalog.delete(current_sandbox(), slug, kind, str(identifier)))


@blueprint.patch(f"/{SALON}/business")
def change_business(slug: str) -> Response:
    box = current_sandbox()
    business_id = load_business(box.state, slug)["id"]
    unchecked = request.args.get("unchecked") == "1"
    return answer_json(catalog.change(box, slug, "business", business_id, read_json(), unchecked=unchecked))


@blueprint.get(f"/{SALON}/bookings")
def list_bookings(slug: str) -> Response:
    """All, the latest appointment first; `?origin=store` leaves out those the salon started with."""
    found = bookings.find_bookings(current_sandbox(), slug, key=None, email=None, limit=100_000)
    if request.args.get("origin") == "store":
        found = [booking for booking in found if "idempotencyKey" in booking]
    return answer_json({"data": found})


@blueprint.post(f"/{SALON}/bookings/<uuid:identifier>/cancel")
def cancel_booking(slug: str, identifier: Any) -> Response:
    return answer_json(bookings.cancel_booking(current_sandbox(), slug, str(identifier)))


@blueprint.get(f"/{SALON}/orders")
def list_orders(slug: str) -> Response:
    return answer_json(
        {"data": orders.find_orders(current_sandbox(), slug, key=None, email=None, limit=100_000)}
    )


@blueprint.post(f"/{SALON}/blackouts")
def add_blackout(slug: str) -> Response:
    """{startTime, endTime, staffId?, reason?}; without staff it is everybody's."""
    body = read_json()
    try:
        starts, ends = (int(parse_instant(body.get(name)).timestamp()) for name in ("startTime", "endTime"))
    except ValueError as error:
        raise invalid_request(f"startTime, endTime: {error}.") from error
    staff_id, reason = body.get("staffId"), str(body.get("reason", ""))[:200]
    if ends <= starts or not (staff_id is None or is_uuid(staff_id)):
        raise invalid_request("endTime must be after startTime, and staffId a UUID or null.")
    row = {"id": str(uuid4()), "starts": starts, "ends": ends, "staff_id": staff_id, "reason": reason}
    current_sandbox().state.run(
        "INSERT INTO blackout VALUES (?, ?, ?, ?, ?, ?)", row["id"], slug, starts, ends, staff_id, reason
    )
    return answer_json({"id": row["id"], **describe_blackout(row)}, 201)


@blueprint.delete(f"/{SALON}/blackouts/<uuid:identifier>")
def remove_blackout(slug: str, identifier: Any) -> Response:
    if not current_sandbox().state.run(
        "DELETE FROM blackout WHERE id = ? AND slug = ?", str(identifier), slug
    ):
        raise not_found("blackout")
    return answer_json({"ok": True})


@blueprint.get(f"/{SALON}/deliveries")
def list_deliveries(slug: str) -> Response:
    """Webhooks, newest first, with every attempt; `?limit=` up to 10,000."""
    limit = request.args.get("limit", "200")
    if not limit.isdigit() or not 1 <= int(limit) <= 10_000:
        raise invalid_request("limit must be 1 to 10000.")
    return answer_json({"data": describe_deliveries(slug, int(limit))})


@blueprint.post(f"/{SALON}/deliveries/<delivery_id>/resend")
def resend_delivery(slug: str, delivery_id: str) -> Response:
    if not current_sandbox().webhooks.resend(slug, delivery_id):
        raise not_found("delivery")
    return answer_json({"ok": True}, 202)


def describe_deliveries(slug: str, limit: int) -> list[Row]:
    state = current_sandbox().state
    rows = state.rows(
        "SELECT * FROM delivery WHERE slug = ? ORDER BY created DESC, rowid DESC LIMIT ?", slug, limit
    )
    return [_describe_delivery(row) for row in rows]


def _describe_delivery(row: Any) -> Row:
    attempts = current_sandbox().state.rows(
        "SELECT * FROM attempt WHERE delivery_id = ? ORDER BY id", row["id"]
    )
    return {
        "id": row["id"],
        "type": row["type"],
        "state": row["state"],
        "note": row["note"],
        "createdAt": _moment(row["created"]),
        "nextAttemptAt": _moment(row["due"]) if row["state"] == "waiting" else None,
        "overdue": row["state"] == "waiting" and row["due"] < time.time(),
        "body": loads(row["body"]),
        "attempts": [
            {
                "at": _moment(a["at"]),
                "status": a["status"],
                "answer": a["answer"],
                "seconds": round(a["seconds"], 3),
            }
            for a in attempts
        ],
    }


def _moment(seconds: float) -> str:
    return to_rfc3339(datetime.fromtimestamp(seconds, UTC))
