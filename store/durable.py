"""Rows that stand for work: what must happen is a row, and whoever works on it holds its lease.

`due_at` says when somebody should look, null that nothing is left to do. Taking rows is one conditional
UPDATE, so two workers never have the same row, on any database; the rows of a worker that died are due again
when its lease is over.

    for event in claim(InboxEvent, limit=100, lease=timedelta(seconds=60)):
        with event.still_mine() as row: ...
"""

import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Self, TypeVar

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from store.tenancy import StoreOwned


class Durable(StoreOwned):
    due_at = models.DateTimeField(null=True, blank=True, default=timezone.now)
    lease = models.UUIDField(null=True, blank=True, editable=False)  # of the claim that holds it
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)  # a reason, never personal data

    class Meta(StoreOwned.Meta):
        abstract = True

    @contextmanager
    def still_mine(self) -> Iterator[Self | None]:
        """The row under lock in a transaction, saved at the end; None where the lease was lost.

        What happens inside and the row's new state are one: a worker that dies leaves neither.
        """
        model: Any = type(self)
        with transaction.atomic():
            row = model.across_stores.select_for_update().filter(pk=self.pk, lease=self.lease).first()
            yield row
            if row is not None:
                row.save()

    def rest(self) -> None:
        """Nothing is left to do; the caller saves."""
        self.due_at = self.lease = None
        self.last_error = ""

    def postpone(self, pause_seconds: float, error: str) -> None:
        """Due again later; the caller saves."""
        self.due_at = timezone.now() + timedelta(seconds=pause_seconds)
        self.lease = None
        self.last_error = error[:300]


Row = TypeVar("Row", bound=Durable)


def claim(model: type[Row], *, limit: int, lease: timedelta, before: datetime | None = None) -> list[Row]:
    """Take up to `limit` due rows of every store, the longest due first, and count one more attempt each.

    Fewer than `limit`, even none, may mean that others were quicker: see `is_anything_due`.
    """
    now = timezone.now()
    mine = uuid.uuid4()
    due = model.across_stores.filter(due_at__lte=before or now)
    keys = list(due.order_by("due_at").values_list("pk", flat=True)[:limit])
    if not keys:
        return []
    due.filter(pk__in=keys).update(due_at=now + lease, lease=mine, attempts=F("attempts") + 1)
    return list(model.across_stores.filter(lease=mine).order_by("due_at"))


def is_anything_due(model: type[Durable]) -> bool:
    return model.across_stores.filter(due_at__lte=timezone.now()).exists()


def back_off(attempts: int, *, first: float, longest: float, factor: float = 2.0) -> float:
    """Seconds to wait after `attempts` tries: growing, a fifth more or less so that rows spread out."""
    pause = min(longest, first * factor ** min(max(attempts - 1, 0), 30))
    return pause * random.uniform(0.8, 1.2)  # noqa: S311 (spreading, not secrecy)
