"""E-mails are rows: told once, sent by the worker, tried again, never holding back the rest."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from store import services
from store.models import Email
from store.services import queue_email, send_due_emails
from store.tenancy import StoreInfo, store_scope

pytestmark = pytest.mark.django_db


def queue(fact: str = "booking/1/confirmed", **changes: str) -> Email | None:
    values = {"recipient": "zoe@example.com", "subject": "See you", "text": "Hello", "html": "<p>Hello</p>"}
    return queue_email(fact=fact, **(values | changes))


def test_a_fact_is_told_once(luna: StoreInfo) -> None:
    with store_scope(luna):
        assert queue()
        assert queue() is None
    assert send_due_emails() == 1
    assert send_due_emails() == 0
    assert len(mail.outbox) == 1


def test_what_is_sent(luna: StoreInfo) -> None:
    with store_scope(luna):
        queue(calendar="BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", reply_to="hello@luna.example.com")
    send_due_emails()
    sent = mail.outbox[0]
    assert sent.to == ["zoe@example.com"]
    assert sent.from_email.startswith("Luna Hair <")
    assert sent.reply_to == ["hello@luna.example.com"]
    assert sent.alternatives[0].content == "<p>Hello</p>"
    assert sent.attachments[0].filename == "invite.ics"


def test_a_rolled_back_fact_is_not_told(luna: StoreInfo) -> None:
    with store_scope(luna), transaction.atomic():
        queue()
        transaction.set_rollback(True)
    assert send_due_emails() == 0


def test_a_failing_mail_host_is_asked_again_later(luna: StoreInfo, monkeypatch: pytest.MonkeyPatch) -> None:
    with store_scope(luna):
        queue()
    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", _refuse)
    assert send_due_emails() == 0
    email = Email.across_stores.get()
    assert (email.state, email.attempts, email.last_error) == (
        Email.State.QUEUED,
        1,
        "ConnectionRefusedError",
    )
    assert email.due_at > timezone.now()
    for _ in range(services.EMAIL_TRIES - 1):
        Email.across_stores.update(due_at=timezone.now())
        send_due_emails()
    assert Email.across_stores.get().state == Email.State.FAILED


def test_an_abandoned_row_comes_back_after_its_lease(luna: StoreInfo) -> None:
    with store_scope(luna):
        queue()
    later = timezone.now() + timedelta(seconds=30)
    Email.across_stores.update(state=Email.State.SENDING, leased_until=later)
    assert send_due_emails() == 0
    Email.across_stores.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert send_due_emails() == 1


def test_a_row_somebody_else_has_claimed_is_left_alone(luna: StoreInfo) -> None:
    """The list of what is due may be a moment old when a row's turn comes."""
    with store_scope(luna):
        email = queue()
    assert email
    Email.across_stores.update(state=Email.State.SENDING, leased_until=timezone.now() + timedelta(seconds=30))
    assert not services._send_claimed(email.pk)
    assert not mail.outbox


def test_line_breaks_in_a_name_make_no_header(luna: StoreInfo) -> None:
    with store_scope(luna):
        queue(sender_name="Luna\r\nBcc: everybody@example.com")
    assert send_due_emails() == 1
    assert mail.outbox[0].message()["Bcc"] is None


def _refuse(*_args: object, **_kwargs: object) -> int:
    raise ConnectionRefusedError
