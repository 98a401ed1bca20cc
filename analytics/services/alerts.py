"""Raising and clearing alerts."""

import hashlib
from datetime import timedelta
from uuid import UUID

import structlog
from django.db.models import F
from django.utils import timezone

from analytics.models import Alert
from store.models import Email

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


def is_alerted(kind: Alert.Kind, *, store_id: UUID | None = None, subject: str = "") -> bool:
    """Whether operators know of this trouble and it is not over."""
    return Alert.objects.filter(key=_key(kind, store_id, subject), cleared_at=None).exists()


# What failed before the check was away for so long is in the list of e-mails all the same.
LOOK_BACK = timedelta(days=7)
MOST_ALERTS = 100


def check_emails() -> int:
    """Raise an alert for each e-mail that failed, clear those that are not any more. Returns how many stay.

    At most a hundred are raised at once: a provider that refuses everything is one trouble, not thousands.
    """
    failed = Email.across_stores.filter(state=Email.State.FAILED)
    recent = failed.filter(failed_at__gte=timezone.now() - LOOK_BACK).order_by("failed_at")
    known = Alert.objects.filter(kind=Alert.Kind.EMAIL_FAILED)
    told = {alert.subject: alert for alert in known.filter(last_at__gte=timezone.now() - LOOK_BACK)}
    raised = 0
    for email in recent.only("id", "store_id", "failed_at", "last_error"):
        alert = told.get(str(email.pk))
        if raised < MOST_ALERTS and (alert is None or alert.last_at < email.failed_at):
            subject, detail = str(email.pk), email.last_error
            raise_alert(Alert.Kind.EMAIL_FAILED, store_id=email.store_id, subject=subject, detail=detail)
            raised += 1
    still = {str(pk) for pk in failed.values_list("pk", flat=True)}
    for alert in known.filter(cleared_at=None):
        if alert.subject not in still:
            clear_alert(Alert.Kind.EMAIL_FAILED, store_id=alert.store_id, subject=alert.subject)
    return known.filter(cleared_at=None).count()


def _key(kind: Alert.Kind, store_id: UUID | None, subject: str) -> str:
    return hashlib.sha256(f"{kind}|{store_id or ''}|{subject}".encode()).hexdigest()
