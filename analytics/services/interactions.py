"""What visitors did with the assistant, row by row; nothing of it may ever cost them their page."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import wraps
from typing import ParamSpec

import structlog
from django.db import Error as DatabaseTrouble
from django.db import models, transaction
from django.utils import timezone

from analytics.days import today_at_salon
from analytics.masking import mask_contacts
from analytics.models import Interaction
from store.tenancy import current_store

log = structlog.get_logger(__name__)

P = ParamSpec("P")
Kind = Interaction.Kind

MOST_ITEMS = 20
MOST_TEXT = 2000
# How long after a click an order or a booking is put down to it.
CONVERTS_WITHIN = timedelta(days=7)

KEEP_TEXT = timedelta(days=90)
KEEP_VISITOR = timedelta(days=180)  # as long as the cookie that says who it was
KEEP_ROWS = timedelta(days=396)  # 13 months: this month beside the same one a year ago
BATCH = 500


def never_fails(record: Callable[P, None]) -> Callable[P, None]:
    """A database that is down or locked costs the row, not the page."""

    @wraps(record)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            record(*args, **kwargs)
        except DatabaseTrouble as error:
            log.warning("interaction_not_recorded", error=type(error).__name__)

    return wrapped


@never_fails
def record_interaction(
    *,
    kind: Interaction.Kind,
    outcome: str = "ok",
    source: str = "",
    milliseconds: int | None = None,
    context: str = "",
    items: Iterable[tuple[str, str]] = (),
    visitor: str = "",
    text: str = "",
) -> None:
    """One row, or one for each of `items` (kind and id; the first twenty), of the store in scope.

    `visitor` is Consent.visitor. `text` is kept only where it is given, without contact details: give
    what was written in a chat only with consent.
    """
    pairs = list(items)[:MOST_ITEMS] or [("", "")]
    day, now, store_id = today_at_salon(), timezone.now(), current_store().id
    masked = mask_contacts(text)[:MOST_TEXT] if text else None
    rows = [
        Interaction(
            store_id=store_id,
            kind=kind,
            source=source[:10],
            outcome=outcome[:20],
            milliseconds=milliseconds,
            context=context[:20],
            item_kind=item_kind[:10],
            item_id=item_id[:64],
            visitor=visitor[:64],
            text=masked,
            day=day,
            created_at=now,
        )
        for item_kind, item_id in pairs
    ]
    with transaction.atomic():  # a failed INSERT breaks nobody else's transaction
        Interaction.objects.bulk_create(rows)


@never_fails
def record_conversion(*, visitor: str, items: Iterable[tuple[str, str]], at: datetime | None = None) -> None:
    """Those of `items` (kind and id: what was just ordered or booked) that this visitor clicked within a week
    when they were recommended: one row each, however often this is called. Nothing without consent.

    `at`: when it was ordered, where that is not now; what was clicked later had no part in it."""
    bought = dict.fromkeys(items)
    if not visitor or not bought:
        return
    recent = Interaction.objects.filter(
        visitor=visitor, created_at__gte=(at or timezone.now()) - CONVERTS_WITHIN
    )
    before = recent.filter(created_at__lte=at) if at else recent
    clicks = _find_last(before, Kind.RECOMMENDATION_CLICKED)
    done = _find_last(recent, Kind.RECOMMENDATION_CONVERTED) if clicks else {}
    for item in bought:
        click, conversion = clicks.get(item), done.get(item)
        if click is None or (conversion and conversion.created_at >= click.created_at):
            continue
        record_interaction(
            kind=Kind.RECOMMENDATION_CONVERTED,
            source=click.source,
            context=click.context,
            items=[item],
            visitor=visitor,
        )


def _find_last(
    rows: models.QuerySet[Interaction], kind: Interaction.Kind
) -> dict[tuple[str, str], Interaction]:
    """The last of that kind by item."""
    found = rows.filter(kind=kind).order_by("created_at")
    return {
        (row.item_kind, row.item_id): row
        for row in found.only("item_kind", "item_id", "source", "context", "created_at", "store_id")
    }


# --- what is not kept -------------------------------------------------------------------------------------


def forget_visitors(visitors: Sequence[str]) -> None:
    """Delete what is kept of these in the store in scope (store.consent.on_withdrawal)."""
    Interaction.objects.filter(visitor__in=visitors).delete()


def forget_texts(visitors: Sequence[str]) -> None:
    """Of what these wrote in the chat of the store in scope, only that they did stays."""
    Interaction.objects.filter(visitor__in=visitors, kind=Kind.CHAT).update(text=None)


def purge_interactions() -> int:
    """Clear texts after 90 days and visitors after 180, delete rows after 13 months, in every store.

    Returns how many rows changed. A few hundred at a time: no statement holds the table for long.
    """
    now, rows = timezone.now(), Interaction.across_stores
    texts = rows.filter(created_at__lt=now - KEEP_TEXT, text__isnull=False)
    visitors = rows.filter(created_at__lt=now - KEEP_VISITOR).exclude(visitor="")
    old = rows.filter(created_at__lt=now - KEEP_ROWS)
    return (
        _in_batches(old, lambda batch: batch.delete()[0])
        + _in_batches(texts, lambda batch: batch.update(text=None))
        + _in_batches(visitors, lambda batch: batch.update(visitor=""))
    )


def _in_batches(
    rows: models.QuerySet[Interaction], change: Callable[[models.QuerySet[Interaction]], int]
) -> int:
    """`change` takes each of them out of `rows`."""
    changed = 0
    while keys := list(rows.order_by("created_at").values_list("pk", flat=True)[:BATCH]):
        changed += change(Interaction.across_stores.filter(pk__in=keys))
    return changed
