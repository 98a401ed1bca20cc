"""What the mail provider says became of an e-mail it took."""

from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from anymail.signals import EventType
from django.db import transaction
from django.utils import timezone

from store.models import Email

log = structlog.get_logger(__name__)

CAME_BACK = frozenset({EventType.BOUNCED, EventType.REJECTED, EventType.FAILED, EventType.COMPLAINED})


@transaction.atomic
def record_mail_event(
    *, kind: str, message_key: str = "", provider_id: str = "", reason: str = "", at: datetime | None = None
) -> bool:
    """Take in one event; True where it was about a message of ours. Safe in any order and any number.

    `kind` is one of Anymail's EventType, `message_key` what the message carried as metadata. `reason` is the
    kind of bounce, never personal data. What came back stays so, whatever is said later: a host may take a
    message and return it. Either event proves that the provider has the message.
    """
    email = _find(message_key, provider_id)
    if email is None:
        log.info("mail_event_of_nobody", kind=kind)
        return False
    if kind in CAME_BACK:
        email.state, email.last_error = Email.State.BOUNCED, reason[:300]
        email.failed_at = email.failed_at or at or timezone.now()
    elif kind == EventType.DELIVERED:
        email.delivered_at = email.delivered_at or at or timezone.now()
        if email.state != Email.State.BOUNCED:
            email.state, email.last_error, email.failed_at = Email.State.SENT, "", None
    else:
        return True
    email.due_at = email.lease = None  # a worker that is still at it finds its lease lost
    email.sent_at = email.sent_at or at or timezone.now()
    email.provider_id = email.provider_id or provider_id[:200]
    email.save(
        update_fields=[
            *("state", "last_error", "failed_at", "delivered_at", "due_at", "lease", "sent_at", "provider_id")
        ]
    )
    return True


def _find(message_key: str, provider_id: str) -> Email | None:
    """Under lock. By the key, since the event may be here before the answer to the send."""
    rows: Any = Email.across_stores.select_for_update()
    try:
        email = rows.filter(pk=UUID(message_key.partition(".")[0])).first()
    except ValueError:
        found = rows.filter(provider_id=provider_id[:200]) if provider_id else ()
        return next((email for email in found if email.provider_id == provider_id), None)
    return email if email is not None and email.message_key == message_key else None
