"""Once more from the start: after a repair, or because an operator wants to see."""

from functools import partial

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from config.bell import ring
from webhooks.models import InboxEvent
from webhooks.services.receiving import PROCESS

State = InboxEvent.State


@transaction.atomic
def replay(events: QuerySet[InboxEvent]) -> int:
    """Make these rows due as if they had just come, with all their tries. Returns how many.

    One that a worker holds is taken from it: what it does about it is not written down.
    """
    count = events.order_by().update(
        state=State.RECEIVED,
        attempts=0,
        due_at=timezone.now(),
        lease=None,
        last_error="",
        outcome="",
        finished_at=None,
        replays=F("replays") + 1,
    )
    transaction.on_commit(partial(ring, PROCESS))
    return count
