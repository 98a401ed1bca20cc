"""Working through the inbox: what is due, in every store, one read of Mango Biz for many events.

A worker holds the lease of what it claimed. One that dies leaves rows that are due again when the lease is
over; one that is too slow writes nothing, since the rows are another one's by then.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain
from uuid import UUID

import structlog
from django.db.models import F, Max
from django.utils import timezone

from analytics.models import Alert
from analytics.services import clear_alert, is_alerted, raise_alert
from catalog.errors import CredentialsRefused, UpstreamError, UpstreamUnavailable
from store.durable import back_off, claim, is_anything_due
from store.queries import load_store_info
from store.tenancy import store_scope
from webhooks.handlers import Alone, Handler, Together, find_handler
from webhooks.models import InboxEvent

log = structlog.get_logger(__name__)

State = InboxEvent.State

LEASE = timedelta(seconds=60)
BATCH = 200
RUN_SECONDS = 50.0  # a run ends well before its task's time limit; the next one goes on
# 10 s, 42 s, 3 min, 12 min, 52 min, 3.6 h, 15 h: eight tries in about a day.
TRIES = 8
FIRST_PAUSE_SECONDS = 10
LONGEST_PAUSE_SECONDS = 24 * 3600
PAUSE_FACTOR = 4.2
# An event whose worker died each time has no failure on record; it may be why they died.
DEATHS = 2 * TRIES


@dataclass
class _Run:
    """One call of process_due: when it ends, and which stores' Mango Biz does not answer them."""

    ends_at: float
    away: dict[UUID, str] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self.ends_at


def process_due(*, limit: int = BATCH) -> int:
    """Work on what is due until nothing is, or time is up. Returns how many events were claimed.

    Safe to run side by side. What fails is due again later; nothing holds up anything else.
    """
    run = _Run(ends_at=time.monotonic() + RUN_SECONDS)
    claimed = 0
    while not run.is_over:
        events = claim(InboxEvent, limit=limit, lease=LEASE)
        if not events and not is_anything_due(InboxEvent):
            break
        claimed += len(events)
        for handler, batch in _group(events):
            try:
                _work_on(handler, batch, run)
            except Exception:  # one batch's bug must not hold up the others; its lease brings it back
                log.exception("webhooks_not_processed", kind=batch[0].kind, events=len(batch))
    return claimed


def _group(events: list[InboxEvent]) -> Iterator[tuple[Handler | None, list[InboxEvent]]]:
    """Those that wait for nobody first; what can be taken together by store and handler."""
    alone: list[tuple[Handler | None, list[InboxEvent]]] = []
    together: dict[tuple[UUID, str], tuple[Handler | None, list[InboxEvent]]] = {}
    for event in events:
        handler = find_handler(event.kind)
        if handler and handler.together:
            together.setdefault((event.store_id, handler.name), (handler, []))[1].append(event)
        else:
            alone.append((handler, [event]))
    return chain(alone, together.values())


def _work_on(handler: Handler | None, batch: list[InboxEvent], run: _Run) -> None:
    if run.is_over:
        _give_back(batch)
        return
    with store_scope(load_store_info(batch[0].store_id)):
        if worn := [event for event in batch if event.attempts > DEATHS]:
            _fail(worn, "the worker died each time")
            batch = [event for event in batch if event not in worn]
        if not batch:
            return
        if handler is None:
            _finish(batch, State.IGNORED, "nobody here handles this kind")
        elif handler.together:
            _take_together(handler.together, batch, run)
        elif handler.alone:
            _take_alone(handler, handler.alone, batch[0])


def _take_together(apply: Together, batch: list[InboxEvent], run: _Run) -> None:
    store_id = batch[0].store_id
    if run.is_over:
        _give_back(batch)
        return
    if store_id in run.away:
        _fail(batch, run.away[store_id])
        return
    already = _find_known(batch)
    try:
        lacking = apply(batch)
    except UpstreamError as error:
        if isinstance(error, UpstreamUnavailable | CredentialsRefused):
            run.away[store_id] = str(error)
        _fail(batch, str(error), pause=getattr(error, "retry_after", 0))
    except Exception as error:  # a bug, or an event that nobody thought of
        log.exception("webhooks_failed", kind=batch[0].kind, events=len(batch))
        if len(batch) == 1:
            _fail(batch, type(error).__name__)
            return
        for event in batch:  # one of them need not hold up the others
            _take_together(apply, [event], run)
    else:
        behind = [event for event in batch if UUID(event.entity_id) in lacking]
        met = [event for event in batch if UUID(event.entity_id) not in lacking]
        _fail(behind, "Mango Biz answered with an older version")
        _finish([event for event in met if event.pk in already], State.DONE, "already known")
        _finish([event for event in met if event.pk not in already], State.DONE, "up to date")


def _find_known(batch: list[InboxEvent]) -> set[UUID]:
    """The events that told nothing new: their version, or a newer one, was done before."""
    entities = {event.entity_id for event in batch}
    done = InboxEvent.objects.filter(entity_id__in=entities, state=State.DONE, source=batch[0].source)
    newest = dict(done.order_by().values_list("entity_id").annotate(Max("version")))
    return {event.pk for event in batch if event.version <= newest.get(event.entity_id, 0)}


def _take_alone(handler: Handler, apply: Alone, event: InboxEvent) -> None:
    try:
        with handler.ready(), event.still_mine() as row:
            if row is not None:
                row.finish(State.DONE, apply(row))
                _clear_alert_of(row)
    except Exception as error:  # its effect is undone with its transaction
        log.exception("webhook_failed", kind=event.kind, event_row=str(event.pk))
        _fail([event], type(error).__name__)


def _finish(events: list[InboxEvent], state: State, outcome: str) -> None:
    """In one statement: what they told of has its own place, and is there already."""
    if not events:
        return
    mine = InboxEvent.objects.filter(pk__in=[event.pk for event in events], lease=events[0].lease)
    mine.update(
        state=state, outcome=outcome, finished_at=timezone.now(), due_at=None, lease=None, last_error=""
    )
    for event in events:
        _clear_alert_of(event)


def _clear_alert_of(event: InboxEvent) -> None:
    if event.replays:
        clear_alert(Alert.Kind.WEBHOOK_DEAD, store_id=event.store_id, subject=event.event_id)


def _fail(events: list[InboxEvent], reason: str, *, pause: float = 0) -> None:
    """Each again later, at least `pause` seconds, or never: then somebody has to hear of it."""
    for event in events:
        with event.still_mine() as row:
            if row is None:
                continue
            if row.attempts < TRIES:
                own = back_off(
                    row.attempts,
                    first=FIRST_PAUSE_SECONDS,
                    longest=LONGEST_PAUSE_SECONDS,
                    factor=PAUSE_FACTOR,
                )
                row.postpone(max(own, pause), reason)
                continue
            row.finish(State.DEAD, f"given up after {row.attempts} tries")
            row.last_error = reason[:300]
            # A refused key is told of once, not for each event: the sync makes good what they told.
            if not is_alerted(Alert.Kind.KEY_REFUSED, store_id=row.store_id):
                raise_alert(
                    Alert.Kind.WEBHOOK_DEAD,
                    store_id=row.store_id,
                    subject=row.event_id,
                    detail=f"{row.kind}: {reason}",
                )


def _give_back(events: list[InboxEvent]) -> None:
    """Not worked on: due at once, and the try does not count."""
    mine = InboxEvent.across_stores.filter(pk__in=[event.pk for event in events], lease=events[0].lease)
    mine.update(due_at=timezone.now(), lease=None, attempts=F("attempts") - 1)
