"""E-mails as rows: queueing, withdrawing, sending again, forgetting. Sending them is `sending`'s."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from config.bell import ring
from store.models import Email
from store.tenancy import current_store

SWEEP = "store.tasks.sweep_emails"
# As long as a fact could be told again by a late webhook or a booking months ahead; then its words go.
KEEP = timedelta(days=90)
PURGE_AT_ONCE = 500


def queue_email(
    *,
    fact: str,
    recipient: str,
    subject: str,
    text: str,
    html: str,
    calendar: str | None = None,
    reply_to: str | None = None,
    sender_name: str | None = None,
    useful_until: datetime | None = None,
) -> Email | None:
    """Queue an e-mail in the caller's transaction. None when this fact was told already.

    `fact` is "<what>/<id>/<event>" and, where an event may come again, "/<number>". After `useful_until` it
    is not sent any more.
    """
    try:
        with transaction.atomic():
            email = Email.objects.create(
                fact=fact,
                kind=_kind_of(fact),
                recipient=recipient,
                subject=subject,
                text=text,
                html=html,
                calendar=calendar,
                reply_to=reply_to,
                sender_name=sender_name or current_store().name,
                useful_until=useful_until,
            )
    except IntegrityError:
        return None
    transaction.on_commit(partial(ring, SWEEP))
    return email


def _kind_of(fact: str) -> str:
    """ "booking/<id>/confirmed/1" is of the kind "booking/confirmed"."""
    return "/".join(fact.split("/")[0:3:2])


def withdraw_emails(fact_prefix: str) -> int:
    """Delete the store's e-mails that are queued and whose fact starts so. Returns how many.

    One that a worker is about to send, or may have sent, stays: its fact counts as told.
    """
    queued = Email.objects.filter(state=Email.State.QUEUED, may_be_sent=False)
    return queued.filter(fact__startswith=fact_prefix).delete()[0]


def requeue_emails(ids: Iterable[UUID]) -> int:
    """Send again what failed or came back, in any store, because a person decided so. Returns how many."""
    done = Email.across_stores.filter(state__in=[Email.State.FAILED, Email.State.BOUNCED])
    count = 0
    for pk in ids:
        with transaction.atomic():
            email = done.select_for_update().filter(pk=pk).first()
            if email is not None:
                email.requeue()
                email.save()
                count += 1
    transaction.on_commit(partial(ring, SWEEP))
    return count


def purge_emails() -> int:
    """Delete what was settled long ago, in every store. Returns how many."""
    old = Email.across_stores.filter(due_at=None, created_at__lt=timezone.now() - KEEP)
    count = 0
    while keys := list(old.values_list("pk", flat=True)[:PURGE_AT_ONCE]):
        count += old.filter(pk__in=keys).delete()[0]
    return count
