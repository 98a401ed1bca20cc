"""Mango Biz as a source of webhooks: what it may tell, whether a request is from it, what it says.

Signatures are Standard Webhooks (https://www.standardwebhooks.com), over the raw bytes, with a secret for
each tenant. Another source is another module like this one (docs/webhooks.md).
"""

import base64
import binascii
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
import structlog
from standardwebhooks import Webhook, WebhookVerificationError

from config.structs import make_ready
from store.queries import find_webhook_keys
from webhooks.messages import Message, NotBelieved, NotUnderstood

log = structlog.get_logger(__name__)

SOURCE = "mango-biz"
ACTIONS: dict[str, tuple[str, ...]] = {
    "services": ("updated", "deleted"),
    "products": ("updated", "deleted"),
    "staff": ("updated", "deleted"),
    "bookings": ("created", "updated", "cancelled"),
    "business": ("updated",),
    "gallery": ("updated",),
    "reviews": ("updated",),
    "orders": ("updated",),
}
KINDS = frozenset(f"{resource}.{action}" for resource, actions in ACTIONS.items() for action in actions)

HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature", "Mango-Tenant")
LONGEST_ID = 200
DIGEST_BYTES = 32
# The library also takes "+1.7e9": the same message would be believed in many spellings.
SECONDS = re.compile(r"[1-9][0-9]{0,11}")
# Checked where there is no secret of the tenant's, so that a refusal takes as long whether there is one.
DECOY = (f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}",)


class _Subject(msgspec.Struct, frozen=True):
    id: UUID
    version: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class _Body(msgspec.Struct, frozen=True, rename="camel"):
    type: str
    tenant_id: str
    timestamp: Annotated[datetime, msgspec.Meta(tz=True)]
    data: _Subject


_decoder = msgspec.json.Decoder(_Body)


def check_form(headers: Mapping[str, str], raw: bytes) -> None:
    """What can be said before anything is believed. Raises NotUnderstood."""
    for name in HEADERS:
        if not headers.get(name):
            raise NotUnderstood(f"The header {name} is missing.")
    event_id = headers["webhook-id"]
    if len(event_id) > LONGEST_ID or not event_id.isascii() or not event_id.isprintable():
        raise NotUnderstood("The webhook-id is not one.")
    try:
        raw.decode()
    except UnicodeDecodeError:
        raise NotUnderstood("The body is not UTF-8.") from None


def authenticate(headers: Mapping[str, str], raw: bytes) -> UUID:
    """The store this was signed for. Raises NotBelieved, for whatever reason, and DatabaseError.

    An unknown tenant goes the same way as a forged signature, look-ups and all.
    """
    try:
        tenant_id = UUID(headers["Mango-Tenant"])
    except ValueError:
        raise NotBelieved("unknown tenant") from None
    keys = find_webhook_keys(tenant_id)
    if is_signed(headers, raw, keys.secrets) and keys.store_id:
        return keys.store_id
    fresh = find_webhook_keys(tenant_id, is_fresh=True)  # they may have been rotated a moment ago
    if fresh != keys and is_signed(headers, raw, fresh.secrets) and fresh.store_id:
        return fresh.store_id
    raise NotBelieved("bad signature" if fresh.store_id else "unknown tenant")


def is_signed(headers: Mapping[str, str], raw: bytes, active: Sequence[str]) -> bool:
    """Whether one of the active secrets signed this within 5 minutes. Every doubt is a no."""
    signed = {
        "webhook-id": headers["webhook-id"],
        "webhook-timestamp": headers["webhook-timestamp"],
        "webhook-signature": " ".join(_well_formed(headers["webhook-signature"])),
    }
    matches = [_matches(secret, raw, signed) for secret in active or DECOY]
    return bool(active) and any(matches) and SECONDS.fullmatch(signed["webhook-timestamp"]) is not None


def _matches(secret: str, raw: bytes, signed: dict[str, str]) -> bool:
    try:
        Webhook(secret).verify(raw, signed, json_parse=False)
    except WebhookVerificationError:
        return False
    except Exception as error:  # noqa: BLE001 (a secret that is none: whatever the library raises, it is a no)
        log.error("webhook_secret_unusable", error=type(error).__name__)
        return False
    return True


def _well_formed(header: str) -> Iterator[str]:
    """The v1 signatures of a list, as far as they are: the library trips over anything else."""
    for entry in header.split(" "):
        version, _comma, text = entry.partition(",")
        try:
            digest = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            continue
        # Base64 has several spellings of the same bytes; a sender knows only one.
        if version == "v1" and len(digest) == DIGEST_BYTES and base64.b64encode(digest).decode() == text:
            yield entry


def read_message(kind: str, headers: Mapping[str, str], raw: bytes) -> Message:
    """What a believed request says. Raises NotUnderstood."""
    try:
        body = _decoder.decode(raw)
        occurred_at = body.timestamp.astimezone(UTC)
    except (msgspec.DecodeError, RecursionError, OverflowError) as error:
        raise NotUnderstood("The body is not what the contract says.") from error
    if body.type != kind:
        raise NotUnderstood("The body's type is not the address's.")
    if body.tenant_id != headers["Mango-Tenant"]:
        raise NotUnderstood("The body's tenantId is not the header's.")
    return Message(
        source=SOURCE,
        event_id=headers["webhook-id"],
        kind=kind,
        entity_id=str(body.data.id),
        version=body.data.version,
        occurred_at=occurred_at,
        raw=raw,
    )


make_ready(globals())
