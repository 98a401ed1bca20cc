"""Mail the stores send, taken in as Postmark's API does and kept to be looked at.

Source: https://postmarkapp.com/developer/api/email-api and .../messages-api. Anymail calls `email`,
`email/batch` and `email/bulk` under its POSTMARK_API_URL. By how an address begins: "bounce..." is taken and
comes back, "inactive..." is refused as one that came back before.
"""

from __future__ import annotations

import base64
import binascii
import re
import time
from datetime import UTC, datetime
from email.utils import getaddresses
from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for

from .app import answer_json, current_sandbox
from .wire import ApiError, Row, dumps, invalid_request, loads, now, to_rfc3339

blueprint = Blueprint("mailbox", __name__)

# Nothing in a mail may run, be sent or be fetched; pictures only those the sandbox serves or the mail brings.
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "img-src 'self' data: http://*.localhost:*; style-src 'unsafe-inline'"
)
ADDRESS_FIELDS = ("To", "Cc", "Bcc")
INACTIVE = (
    "You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: {}. "
    "Inactive recipients are ones that have generated a hard bounce or a spam complaint."
)
MISSING_LOGIN = "No Account or Server API tokens were supplied in the HTTP headers."
METADATA_NAME = re.compile(r"[A-Za-z0-9_-]{1,20}")
LARGEST_PAGE = 500


@blueprint.before_request
def disturb() -> Response | None:
    if not request.path.startswith("/postmark/"):
        return None
    try:
        return current_sandbox().faults.disturb("mail", None)
    except ApiError as error:
        return _refuse(100 if error.status == 503 else error.status, error.message, error.status)


@blueprint.post("/postmark/email")
def take_mail() -> Response:
    message = _read_body()
    if not isinstance(message, dict):
        return _refuse(402, "The body is not a JSON object.")
    return _take(message)


@blueprint.post("/postmark/email/batch")
def take_batch() -> Response:
    messages = _read_body()
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        return _refuse(402, "The body is not a list of messages.")
    return answer_json([loads(_take(message).get_data()) for message in messages])


@blueprint.get("/postmark/messages/outbound")
def search_mail() -> Response:
    """Newest first, by recipient and metadata; what it has it finds at once."""
    if not request.headers.get("X-Postmark-Server-Token"):
        return _refuse(10, MISSING_LOGIN, 401)
    count, offset = (request.args.get(name, "") for name in ("count", "offset"))
    if not (count.isascii() and count.isdigit() and 1 <= int(count) <= LARGEST_PAGE):
        return _refuse(600, f"Parameter 'count' is required, 1 to {LARGEST_PAGE}.")
    if not (offset.isascii() and offset.isdigit() and int(offset) <= 10_000):
        return _refuse(601, "Parameter 'offset' is required.")
    where, values = "1", []
    if recipient := request.args.get("recipient"):
        where, values = "instr(recipients, ?)", [f" {recipient.strip().lower()} "]
    for name, wanted in request.args.items():
        key = name.removeprefix("metadata_")
        if key != name and METADATA_NAME.fullmatch(key):
            where += f""" AND json_extract(message, '$.Metadata."{key}"') = ?"""
            values.append(wanted)
    state = current_sandbox().state
    total = state.rows(f"SELECT count(*) AS n FROM mail WHERE {where}", *values)[0]["n"]
    page = f"SELECT * FROM mail WHERE {where} ORDER BY at DESC, rowid DESC LIMIT ? OFFSET ?"
    rows = state.rows(page, *values, int(count), int(offset))
    return answer_json({"TotalCount": total, "Messages": [_describe_sent(row) for row in rows]})


@blueprint.get("/sandbox/mailbox.json")
def list_mail_json() -> Response:
    """Newest first; `?to=` keeps those to that address, `?limit=` up to 1,000."""
    return answer_json({"data": [_describe(row) for row in _find(request.args.get("to"))]})


@blueprint.delete("/sandbox/mailbox")
def empty_json() -> Response:
    return answer_json({"deleted": current_sandbox().state.run("DELETE FROM mail")})


@blueprint.get("/mailbox/")
def list_mail() -> str:
    to = request.args.get("to", "").strip()
    return render_template("mailbox.html", mails=[_describe(row) for row in _find(to or None)], to=to)


@blueprint.post("/mailbox/emptying")
def empty() -> Any:
    current_sandbox().state.run("DELETE FROM mail")
    return redirect(url_for(".list_mail"), 303)


@blueprint.get("/mailbox/<mail_id>/")
def show_mail(mail_id: str) -> str:
    return render_template("mail.html", mail=_describe(_load(mail_id)))


@blueprint.get("/mailbox/<mail_id>/html")
def show_html(mail_id: str) -> Response:
    html = _describe(_load(mail_id))["html"]
    # Links open beside the mailbox, not inside the mail.
    answer = Response(f'<base target="_blank">{html}', mimetype="text/html")
    answer.headers["Content-Security-Policy"] = MAIL_POLICY
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@blueprint.get("/mailbox/<mail_id>/attachments/<int:number>")
def download(mail_id: str, number: int) -> Response:
    attachments = _objects(loads(_load(mail_id)["message"]), "Attachments")
    if number >= len(attachments):
        abort(404)
    attachment = attachments[number]
    name = re.sub(r"[^\w. -]", "_", str(attachment.get("Name", "attachment")), flags=re.ASCII)
    # Never shown in place: an attachment may be HTML.
    answer = Response(_decode(attachment), mimetype="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _read_body() -> Any:
    try:
        return loads(request.get_data())
    except ValueError as error:
        raise invalid_request("The body is not JSON.") from error


def _take(message: Row) -> Response:
    """Store one message; the answer is Postmark's, errors too."""
    if not request.headers.get("X-Postmark-Server-Token"):
        return _refuse(10, MISSING_LOGIN, 401)
    recipients = _addresses(message, ADDRESS_FIELDS)
    if not recipients or any("@" not in address for address in recipients):
        return _refuse(300, f"Invalid 'To' address: '{message.get('To', '')}'.")
    if not _addresses(message, ("From",)):
        return _refuse(300, f"Invalid 'From' address: '{message.get('From', '')}'.")
    inactive = [address for address in recipients if address.lower().startswith("inactive")]
    if len(inactive) == len(recipients):
        return _refuse(406, INACTIVE.format(", ".join(inactive)))
    if not message.get("TextBody") and not message.get("HtmlBody"):
        return _refuse(300, "Provide either email TextBody or HtmlBody or both.")
    mail_id = str(uuid4())
    current_sandbox().state.run(
        "INSERT INTO mail VALUES (?, ?, ?, ?, ?)",
        mail_id,
        time.time(),
        f" {' '.join(recipients)} ".lower(),
        str(message.get("Subject", "")),
        dumps(message),
    )
    _tell_fate(mail_id, recipients, message)
    answer = {"SubmittedAt": to_rfc3339(now()), "MessageID": mail_id, "ErrorCode": 0, "Message": "OK"}
    return answer_json({"To": message["To"], **answer} if message.get("To") else answer)


def _tell_fate(mail_id: str, recipients: list[str], message: Row) -> None:
    events, metadata = current_sandbox().mail_events, message.get("Metadata") or {}
    for address in recipients:
        tell = events.tell_bounced if address.lower().startswith("bounce") else events.tell_delivered
        tell(mail_id, address, metadata)


def _refuse(code: int, message: str, status: int = 422) -> Response:
    return answer_json({"ErrorCode": code, "Message": message}, status)


def _addresses(message: Row, fields: tuple[str, ...]) -> list[str]:
    texts = [message[name] for name in fields if isinstance(message.get(name), str) and message[name]]
    return [address for _, address in getaddresses(texts) if address]


def _find(to: str | None) -> list[Any]:
    limit = request.args.get("limit", "200")
    if not limit.isascii() or not limit.isdigit() or not 1 <= int(limit) <= 1000:
        raise invalid_request("limit must be 1 to 1000.")
    wanted = f" {to.strip().lower()} " if to else ""
    return current_sandbox().state.rows(
        "SELECT * FROM mail WHERE instr(recipients, ?) OR ? = '' ORDER BY at DESC, rowid DESC LIMIT ?",
        wanted,
        wanted,
        int(limit),
    )


def _load(mail_id: str) -> Any:
    row = current_sandbox().state.row("SELECT * FROM mail WHERE id = ?", mail_id)
    if row is None:
        abort(404)
    return row


def _describe_sent(row: Any) -> Row:
    """As Postmark lists a message it has."""
    message = loads(row["message"])
    return {
        "MessageID": row["id"],
        "MessageStream": message.get("MessageStream") or "outbound",
        "Tag": message.get("Tag") or "",
        "From": message.get("From", ""),
        "Subject": row["subject"],
        "Recipients": row["recipients"].split(),
        "ReceivedAt": to_rfc3339(datetime.fromtimestamp(row["at"], UTC)),
        "Attachments": [str(a.get("Name", "")) for a in _objects(message, "Attachments")],
        "Status": "Sent",
        "Metadata": message.get("Metadata") or {},
    }


def _describe(row: Any) -> Row:
    message = loads(row["message"])
    attachments = _objects(message, "Attachments")
    return {
        "id": row["id"],
        "receivedAt": to_rfc3339(datetime.fromtimestamp(row["at"], UTC)),
        "from": message.get("From", ""),
        "to": message.get("To", ""),
        "cc": message.get("Cc", ""),
        "bcc": message.get("Bcc", ""),
        "replyTo": message.get("ReplyTo", ""),
        "subject": row["subject"],
        "text": str(message.get("TextBody") or ""),
        "html": str(message.get("HtmlBody") or ""),
        "tag": message.get("Tag", ""),
        "metadata": message.get("Metadata") or {},
        "headers": {str(h.get("Name", "")): h.get("Value", "") for h in _objects(message, "Headers")},
        "attachments": [
            {
                "name": str(a.get("Name", "")),
                "contentType": str(a.get("ContentType", "")),
                "size": len(_decode(a)),
                "url": f"/mailbox/{row['id']}/attachments/{number}",
                "text": _decode(a).decode(errors="replace") if _is_text(a) else None,
            }
            for number, a in enumerate(attachments)
        ],
    }


def _objects(message: Row, name: str) -> list[Row]:
    listed = message.get(name)
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []


def _is_text(attachment: Row) -> bool:
    return str(attachment.get("ContentType", "")).startswith("text/")


def _decode(attachment: Row) -> bytes:
    try:
        return base64.b64decode(attachment.get("Content", ""))
    except (binascii.Error, ValueError, TypeError):
        return b""
