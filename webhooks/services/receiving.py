"""Taking a believed webhook in: one row, once."""

import hashlib
from contextlib import nullcontext
from functools import partial
from uuid import UUID

import structlog
from django.db import IntegrityError, connection, transaction

from analytics.models import Alert
from analytics.services import raise_alert
from config.bell import ring
from store.models import Store
from webhooks.messages import Message, NotBelieved
from webhooks.models import InboxEvent

log = structlog.get_logger(__name__)

PROCESS = "webhooks.tasks.process_inbox"


def receive(*, store_id: UUID, message: Message) -> bool:
    """Store it and ring a worker. False where it was here already.

    Raises NotBelieved where the store is gone meanwhile, and DatabaseError: then nothing is stored.
    """
    event = InboxEvent(
        store_id=store_id,
        source=message.source,
        event_id=message.event_id,
        event_hash=_hash(f"{message.source} {message.event_id}".encode()),
        kind=message.kind,
        entity_id=message.entity_id,
        version=message.version,
        occurred_at=message.occurred_at,
        body_hash=_hash(message.raw),
        payload=message.raw.decode(),
    )
    try:
        # One statement is a transaction by itself: without BEGIN and COMMIT there is one answer to wait for.
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            event.save(force_insert=True)
            transaction.on_commit(partial(ring, PROCESS))
    except IntegrityError:
        _compare_with_first(event)
        return False
    return True


def _compare_with_first(event: InboxEvent) -> None:
    """The first stands. Another body under the same id is somebody's mistake, which a person has to see."""
    known = InboxEvent.across_stores.filter(store_id=event.store_id, event_hash=event.event_hash)
    first = known.values("body_hash").first()
    if first is None:
        if not Store.objects.filter(pk=event.store_id).exists():
            raise NotBelieved("unknown tenant")
        raise IntegrityError("The row of this event went away just now.")  # the sender comes again
    if first["body_hash"] != event.body_hash:
        raise_alert(
            Alert.Kind.WEBHOOK_CONFLICT,
            store_id=event.store_id,
            subject=event.event_id,
            detail=f"{event.kind}, version {event.version}: the first body stands.",
        )


def _hash(value: bytes) -> str:
    return hashlib.sha256(value).hexdigest()
