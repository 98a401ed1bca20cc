"""Raising and clearing alerts."""

import hashlib
from uuid import UUID

import structlog
from django.db.models import F
from django.utils import timezone

from analytics.models import Alert

log = structlog.get_logger(__name__)


def raise_alert(
    kind: Alert.Kind, *, store_id: UUID | None = None, subject: str = "", detail: str = ""
) -> None:
    """Tell the operators, in the caller's transaction. The same trouble again only counts.

    `subject` and `detail` are shown and logged: ids and reasons, never personal data.
    """
    log.error("alert_raised", kind=str(kind), store_id=str(store_id or ""), subject=subject, detail=detail)
    now, key = timezone.now(), _key(kind, store_id, subject)
    first = {"kind": kind, "store_id": store_id, "subject": subject[:200], "detail": detail[:500]}
    _alert, is_new = Alert.objects.get_or_create(key=key, defaults=first)
    if is_new:
        return
    known = Alert.objects.filter(key=key)
    again = {"last_at": now, "count": F("count") + 1, "detail": detail[:500]}
    if not known.filter(cleared_at=None).update(**again):
        known.update(**again, raised_at=now, cleared_at=None)


def clear_alert(kind: Alert.Kind, *, store_id: UUID | None = None, subject: str = "") -> None:
    """It is over. Costs one UPDATE where there was nothing to clear."""
    open_ones = Alert.objects.filter(key=_key(kind, store_id, subject), cleared_at=None)
    if open_ones.update(cleared_at=timezone.now()):
        log.info("alert_cleared", kind=str(kind), store_id=str(store_id or ""), subject=subject)


def _key(kind: Alert.Kind, store_id: UUID | None, subject: str) -> str:
    return hashlib.sha256(f"{kind}|{store_id or ''}|{subject}".encode()).hexdigest()
