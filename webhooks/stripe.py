"""Stripe as a source of webhooks: whether a request is from it, which store it is about, what it says.

Events only say that there is something to see: what they hold is kept, but never believed about money
(payments.services.settling). Signatures: https://docs.stripe.com/webhooks#verify-manually
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
import stripe
from django.conf import settings

from config.structs import make_ready
from payments.queries import find_store_of_account, find_store_of_intent, find_webhook_secret
from store.queries import find_store_by_host
from webhooks.messages import Message, NotBelieved, NotForUs, NotUnderstood

SOURCE = "stripe"
HEADER = "Stripe-Signature"
TOLERANCE_SECONDS = 5 * 60
KINDS = frozenset(
    [
        "charge.captured",
        "charge.dispute.created",
        "charge.expired",
        "charge.refund.updated",
        "charge.refunded",
        "payment_intent.amount_capturable_updated",
        "payment_intent.canceled",
        "payment_intent.payment_failed",
        "payment_intent.processing",
        "payment_intent.requires_action",
        "payment_intent.succeeded",
        "refund.created",
        "refund.failed",
        "refund.updated",
    ]
)


class _Object(msgspec.Struct, frozen=True):
    id: str
    object: str
    payment_intent: str | None = None


class _Data(msgspec.Struct, frozen=True):
    object: _Object


class _Event(msgspec.Struct, frozen=True):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    type: str
    created: Annotated[int, msgspec.Meta(ge=0, le=2**40)]
    data: _Data
    account: str | None = None


_decoder = msgspec.json.Decoder(_Event)


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose secret it was: a store's own, or with None the platform's, which signs for many stores."""

    store_id: UUID | None


def authenticate(host: str, headers: Mapping[str, str], raw: bytes) -> Signer:
    """Raises NotUnderstood, NotBelieved. The host only says whose secret is tried, too."""
    header = headers.get(HEADER, "")
    if not header:
        raise NotUnderstood(f"The header {HEADER} is missing.")
    try:
        body = raw.decode()
    except UnicodeDecodeError:
        raise NotUnderstood("The body is not UTF-8.") from None
    for signer, secret in _candidates(host):
        if _is_signed(body, header, secret):
            return signer
    raise NotBelieved("bad signature")


def _candidates(host: str) -> Iterator[tuple[Signer, str]]:
    """Several secrets side by side while one replaces another: blanks or commas between them."""
    store = find_store_by_host(host)
    if store is not None:
        for secret in _split(find_webhook_secret(store.id)):
            yield Signer(store.id), secret
    for secret in _split(settings.STRIPE_WEBHOOK_SECRET):
        yield Signer(None), secret


def _split(secrets: str) -> list[str]:
    return secrets.replace(",", " ").split()


def _is_signed(body: str, header: str, secret: str) -> bool:
    try:
        stripe.WebhookSignature.verify_header(body, header, secret, tolerance=TOLERANCE_SECONDS)
        stamps = [int(part[2:]) for part in header.split(",") if part.startswith("t=")]
    except (stripe.SignatureVerificationError, ValueError):
        return False
    # The library minds the past alone.
    return len(stamps) == 1 and stamps[0] <= time.time() + TOLERANCE_SECONDS


def read_message(signer: Signer, raw: bytes) -> tuple[UUID, Message]:
    """The store a believed event is about, and what it says. Raises NotUnderstood, NotForUs."""
    try:
        event = _decoder.decode(raw)
    except (msgspec.DecodeError, RecursionError) as error:
        raise NotUnderstood("The body is no event.") from error
    thing = event.data.object
    intent_id = thing.id if thing.object == "payment_intent" else thing.payment_intent
    if event.type not in KINDS or not intent_id or len(intent_id) > 80:
        raise NotForUs(event.type)
    store_id = signer.store_id
    if store_id is None and event.account:
        store_id = find_store_of_account(event.account)
    elif store_id is None:
        store_id = find_store_of_intent(intent_id)
    if store_id is None:
        raise NotForUs(event.type)
    return store_id, Message(
        source=SOURCE,
        event_id=event.id,
        kind=event.type,
        entity_id=intent_id,
        version=event.created,
        occurred_at=datetime.fromtimestamp(event.created, UTC),
        raw=raw,
    )


make_ready(globals())
