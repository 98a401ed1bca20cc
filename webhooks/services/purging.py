"""Forgetting what nobody will ask about any more; payloads hold personal data."""

from datetime import timedelta

from django.utils import timezone

from webhooks.models import InboxEvent

State = InboxEvent.State

KEEP_DONE = timedelta(days=30)
# What may yet be replayed.
KEEP_OTHERS = timedelta(days=90)
AT_ONCE = 500


def purge_inbox() -> int:
    """In every store. Returns how many rows."""
    now = timezone.now()
    purged = _purge([State.DONE], now - KEEP_DONE)
    return purged + _purge([State.DEAD, State.IGNORED], now - KEEP_OTHERS)


def _purge(states: list[State], before: object) -> int:
    """Little by little: no lock is held for long."""
    old = InboxEvent.across_stores.filter(state__in=states, received_at__lt=before).order_by("received_at")
    purged = 0
    while keys := list(old.values_list("pk", flat=True)[:AT_ONCE]):
        purged += InboxEvent.across_stores.filter(pk__in=keys).delete()[0]
    return purged
