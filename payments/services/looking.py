"""Asking for a look at a payment: cheap, safe to repeat, and never lost to whoever is looking already."""

from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from config.bell import ring
from payments.models import Payment

SWEEP = "payments.tasks.sweep"


def look_again(*, intent_id: str) -> bool:
    """Somebody says that this PaymentIntent changed. False where it is none of the store's in scope."""
    return look_soon(Payment.objects.filter(intent_id=intent_id))


def nudge(*, purpose: str, subject_id: UUID) -> None:
    """The subject changed its mind: in its transaction, so that none is forgotten."""
    look_soon(Payment.objects.filter(purpose=purpose, subject_id=subject_id))


def look_soon(payments: QuerySet[Payment]) -> bool:
    now = timezone.now()
    found = payments.filter(lease=None).update(due_at=now, asked_at=now, attempts=0)
    # Under a lease the look has begun already: whoever holds it sees `asked_at` and looks once more.
    found += payments.exclude(lease=None).update(asked_at=now)
    if found:
        transaction.on_commit(partial(ring, SWEEP))
    return bool(found)
