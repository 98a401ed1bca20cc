"""An e-mail that could not be sent is an alert, once, until it was sent."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from analytics.models import Alert
from analytics.services import check_emails
from analytics.services.alerts import MOST_ALERTS
from analytics.tasks import check_emails as check_emails_task
from store.models import Email
from store.services import queue_email, requeue_emails, send_due_emails
from store.tenancy import StoreInfo, store_scope

pytestmark = pytest.mark.django_db


def fail_some(store: StoreInfo, count: int = 1) -> Any:
    with store_scope(store):
        for number in range(count):
            words = {"subject": "s", "text": "t", "html": "h"}
            queue_email(fact=f"booking/{number}/confirmed", recipient="zoe@example.com", **words)
        Email.objects.update(state="failed", due_at=None, failed_at=timezone.now(), last_error="Timeout 504")
        return list(Email.objects.all())


def test_raised_once_and_cleared_when_sent(luna: StoreInfo, barber: StoreInfo) -> None:
    [email] = fail_some(luna)
    for _ in range(3):
        check_emails_task.delay()
    alert = Alert.objects.get()
    assert (alert.kind, alert.subject, alert.detail, alert.count) == (
        "email_failed",
        str(email.pk),
        "Timeout 504",
        1,
    )
    assert alert.store_id == luna.id
    requeue_emails([email.pk])
    send_due_emails()
    assert check_emails() == 0
    assert not Alert.objects.get().is_open


def test_failing_again_is_an_alert_again(luna: StoreInfo) -> None:
    [email] = fail_some(luna)
    check_emails()
    requeue_emails([email.pk])
    check_emails()
    later = timezone.now() + timedelta(seconds=1)
    Email.across_stores.update(state="failed", due_at=None, failed_at=later)
    assert check_emails() == 1
    assert Alert.objects.get().is_open


def test_one_closed_by_hand_stays_closed(luna: StoreInfo) -> None:
    fail_some(luna)
    check_emails()
    Alert.objects.update(cleared_at=timezone.now())
    assert check_emails() == 0


def test_a_provider_that_refuses_everything_floods_nobody(luna: StoreInfo) -> None:
    fail_some(luna, MOST_ALERTS + 20)
    assert check_emails() == MOST_ALERTS
