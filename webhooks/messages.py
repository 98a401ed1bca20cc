"""What every source of webhooks has in common: a message, and the ways of not being one."""

from dataclasses import dataclass
from datetime import datetime


class NotUnderstood(Exception):
    """Malformed; its words are for the sender and name nothing of what was sent."""


class NotBelieved(Exception):
    """Nobody we know has signed this, or too long ago. The reason is for the log alone."""


class NotForUs(Exception):
    """Genuine, and about something we have no part in; its words are the event's type."""


@dataclass(frozen=True, slots=True)
class Message:
    """One believed event: `kind` is "services.updated"; `raw` is its body, UTF-8 JSON."""

    source: str
    event_id: str
    kind: str
    entity_id: str
    version: int
    occurred_at: datetime
    raw: bytes
