"""The look of the store in scope: its draft with undo and redo, publishing now or later, rolling back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from store.audit import record
from store.design import DEFAULT_TEMPLATE, Design
from store.design.changes import describe_changes
from store.design.gate import Finding, failing_pairs, find_unreadable
from store.durable import claim
from store.models import DesignDraft, DesignVersion, DraftStep, Store, StoreImage
from store.queries import load_store_info
from store.tenancy import current_store, store_scope
from store.theme import Theme

log = structlog.get_logger(__name__)

STEPS_KEPT = 60
LEASE = timedelta(seconds=60)
SCHEDULE = "schedule"


class DraftMoved(Exception):
    """Somebody else, or another tab, has changed the draft since it was read."""


class NothingToUndo(Exception):
    """The draft is at its first state, or at its last."""


class Unreadable(Exception):
    """Colours that cannot be read; nothing was published. `findings` says which and what would do."""

    def __init__(self, findings: tuple[Finding, ...], pairs: list[str]) -> None:
        super().__init__(", ".join([*(finding.colour for finding in findings), *pairs]))
        self.findings = findings


@dataclass(frozen=True, slots=True)
class Draft:
    design: Design
    revision: int
    can_undo: bool
    can_redo: bool
    changed_at: datetime
    changed_by: str


def read_draft() -> Draft:
    """The draft; where nobody has begun one, it is what the store shows."""
    row = DesignDraft.objects.first()
    if row is None:
        return Draft(current_store().design, 0, False, False, timezone.now(), "")
    return _as_draft(row)


@transaction.atomic
def change_draft(*, design: Design, revision: int, by: str) -> Draft:
    """Put the draft into a new state. Raises DraftMoved."""
    row = _lock_draft(revision)
    before = _step(row).look
    if design != before:
        DraftStep.objects.filter(number__gt=row.position).delete()
        row.position += 1
        DraftStep.objects.create(number=row.position, design=design.to_dict())
        DraftStep.objects.filter(number__lte=row.position - STEPS_KEPT).delete()
        for kind in (StoreImage.Kind.LOGO, StoreImage.Kind.HERO):
            if getattr(design, kind) != getattr(before, kind):
                record("design.picture", by=by, subject=str(kind.label))
    return _touch(row, by)


@transaction.atomic
def undo_draft(*, revision: int, by: str) -> Draft:
    """Raises DraftMoved, NothingToUndo."""
    return _step_to(-1, revision, by)


@transaction.atomic
def redo_draft(*, revision: int, by: str) -> Draft:
    """Raises DraftMoved, NothingToUndo."""
    return _step_to(1, revision, by)


@transaction.atomic
def publish_design(
    *, design: Design, by: str, at: datetime | None = None, opens_store: bool = True
) -> DesignVersion:
    """Make a version of the look, live now or at `at`. Raises Unreadable.

    The first look of a store that goes live opens the store, unless `opens_store` is False.
    """
    _check_readable(design.theme)
    store = Store.objects.select_for_update().get(pk=current_store().id)  # one number each
    latest = DesignVersion.objects.aggregate(number=Max("number"))["number"] or 0
    version = DesignVersion.objects.create(
        number=latest + 1,
        design=design.to_dict(),
        created_by=by,
        state=DesignVersion.State.SCHEDULED,
        due_at=at,
    )
    if at is None:
        _go_live(store, version, by, opens_store=opens_store)
    else:
        details = [{"label": "at", "after": at.isoformat()}]
        record("design.scheduled", by=by, subject=str(version), details=details)
    return version


@transaction.atomic
def publish_draft(*, revision: int, by: str, at: datetime | None = None) -> DesignVersion:
    """Publish what the draft looks like at this revision. Raises DraftMoved, Unreadable."""
    row = _lock_draft(revision)
    return publish_design(design=_step(row).look, by=by, at=at)


@transaction.atomic
def roll_back(*, number: int, by: str) -> DesignVersion:
    """Show an earlier version again, exactly as it was. Raises DesignVersion.DoesNotExist."""
    store = Store.objects.select_for_update().get(pk=current_store().id)
    version = DesignVersion.objects.get(number=number, published_at__isnull=False)
    _go_live(store, version, by, action="design.rolled_back")
    return version


@transaction.atomic
def call_off(*, number: int, by: str) -> None:
    """A scheduled version will not be published; nothing happens where it already was."""
    version = (
        DesignVersion.objects.select_for_update()
        .filter(number=number, state=DesignVersion.State.SCHEDULED)
        .first()
    )
    if version is None:
        return
    version.state = DesignVersion.State.CALLED_OFF
    version.rest()
    version.save()
    record("design.called_off", by=by, subject=str(version))


def publish_due_versions(*, limit: int = 50) -> int:
    """Publish what was scheduled and is due, in every store. Returns how many went live."""
    return sum(_publish_claimed(claimed) for claimed in claim(DesignVersion, limit=limit, lease=LEASE))


def _publish_claimed(claimed: DesignVersion) -> bool:
    try:
        with store_scope(load_store_info(claimed.store_id)), transaction.atomic():
            store = Store.objects.select_for_update().get(pk=claimed.store_id)
            mine = DesignVersion.objects.select_for_update().filter(pk=claimed.pk, lease=claimed.lease)
            version = mine.filter(state=DesignVersion.State.SCHEDULED).first()
            if version is None:  # called off, or its lease was over and another worker was quicker
                return False
            _go_live(store, version, version.created_by or SCHEDULE)
            return True
    except Exception:  # one store's trouble must not hold up the others; its lease brings it back
        log.exception("design_not_published", version_id=str(claimed.pk))
        return False


def _check_readable(theme: Theme) -> None:
    findings, pairs = find_unreadable(theme), failing_pairs(theme)
    if findings or pairs:
        raise Unreadable(findings, pairs)


def _go_live(
    store: Store,
    version: DesignVersion,
    by: str,
    *,
    action: str = "design.published",
    opens_store: bool = True,
) -> None:
    is_first = store.live_version is None
    before = store.live_version.look if store.live_version else Design.of_template(DEFAULT_TEMPLATE)
    version.state, version.published_at = DesignVersion.State.PUBLISHED, timezone.now()
    version.rest()
    version.save()
    store.live_version = version
    opens = is_first and opens_store and not store.is_published
    store.is_published = store.is_published or opens
    store.save(update_fields=["live_version", "is_published"])
    changes = [] if is_first else describe_changes(before, version.look)
    record(action, by=by, subject=str(version), details=[{"label": change} for change in changes])
    if opens:
        record("store.opened", by=by)
    log.info("design_live", store=store.slug, version=version.number)


def _lock_draft(revision: int) -> DesignDraft:
    """The draft's row under lock; made where there is none."""
    Store.objects.select_for_update().get(pk=current_store().id)  # two first changes make one draft
    row = DesignDraft.objects.first()
    if row is None:
        row = DesignDraft.objects.create(position=1, revision=0)
        DraftStep.objects.create(number=1, design=current_store().design.to_dict())
    if row.revision != revision:
        raise DraftMoved(f"revision {revision} is not {row.revision}")
    return row


def _step(row: DesignDraft) -> DraftStep:
    return DraftStep.objects.get(number=row.position)


def _step_to(by_steps: int, revision: int, by: str) -> Draft:
    row = _lock_draft(revision)
    if not DraftStep.objects.filter(number=row.position + by_steps).exists():
        raise NothingToUndo
    row.position += by_steps
    return _touch(row, by)


def _touch(row: DesignDraft, by: str) -> Draft:
    row.revision += 1
    row.changed_at, row.changed_by = timezone.now(), by
    row.save()
    return _as_draft(row)


def _as_draft(row: DesignDraft) -> Draft:
    numbers = set(DraftStep.objects.values_list("number", flat=True))
    return Draft(
        design=_step(row).look,
        revision=row.revision,
        can_undo=row.position - 1 in numbers,
        can_redo=row.position + 1 in numbers,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )
