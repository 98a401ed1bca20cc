"""E-mails are rows: told once, sent by the worker, withdrawn in time, forgotten in the end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from store.fields import Sealed
from store.models import Email
from store.services import purge_emails, requeue_emails, send_due_emails, withdraw_emails
from store.tenancy import StoreInfo, store_scope

pytestmark = pytest.mark.django_db

Queue = Callable[..., Email | None]


def test_a_fact_is_told_once(luna: StoreInfo, queue: Queue) -> None:
    with store_scope(luna):
        assert queue()
        assert queue() is None
    assert send_due_emails() == 1
    assert send_due_emails() == 0
    assert len(mail.outbox) == 1
    email = Email.across_stores.get()
    assert (email.state, email.due_at, email.lease, email.kind) == ("sent", None, None, "booking/confirmed")


def test_what_is_sent(luna: StoreInfo, queue: Queue) -> None:
    with store_scope(luna):
        email = queue(calendar="BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", reply_to="hello@luna.example.com")
    assert email
    send_due_emails()
    sent = mail.outbox[0]
    assert sent.to == ["zoe@example.com"]
    assert sent.from_email.startswith("Luna Hair <")
    assert sent.reply_to == ["hello@luna.example.com"]
    assert sent.alternatives[0].content == "<p>Hello</p>"
    assert sent.attachments[0].filename == "invite.ics"
    assert sent.message()["Message-ID"] == f"<{email.pk}@localhost>"


def test_a_sender_with_a_name_of_its_own(luna: StoreInfo, queue: Queue, settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "Salon post <post@stores.example.com>"
    with store_scope(luna):
        queue()
    assert send_due_emails() == 1
    assert mail.outbox[0].from_email == "Luna Hair <post@stores.example.com>"
    assert mail.outbox[0].message()["Message-ID"].endswith("@stores.example.com>")


def test_a_rolled_back_fact_is_not_told(luna: StoreInfo, queue: Queue) -> None:
    with store_scope(luna), transaction.atomic():
        queue()
        transaction.set_rollback(True)
    assert send_due_emails() == 0


def test_the_bell_rings_when_it_is_committed(
    luna: StoreInfo, queue: Queue, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as callbacks, store_scope(luna):
        queue()
        queue()  # told already: nothing new to do
    assert [callback.args for callback in callbacks] == [("store.tasks.sweep_emails",)]


def test_a_claimed_row_is_left_alone_and_comes_back_after_its_lease(luna: StoreInfo, queue: Queue) -> None:
    with store_scope(luna):
        queue()
    later = timezone.now() + timedelta(seconds=30)
    Email.across_stores.update(due_at=later)
    assert send_due_emails() == 0
    Email.across_stores.update(due_at=timezone.now())
    assert send_due_emails() == 1


def test_line_breaks_in_a_name_make_no_header(luna: StoreInfo, queue: Queue) -> None:
    with store_scope(luna):
        queue(sender_name="Luna\r\nBcc: everybody@example.com")
    assert send_due_emails() == 1
    assert mail.outbox[0].message()["Bcc"] is None


def test_one_that_cannot_be_built_does_not_hold_up_the_others(luna: StoreInfo, queue: Queue) -> None:
    with store_scope(luna):
        queue("booking/1/confirmed", subject="two\nlines")
        queue("booking/2/confirmed")
        queue("booking/3/confirmed")
    nonsense = Sealed(b"of a key that is gone")
    Email.across_stores.filter(fact="booking/2/confirmed").update(recipient=nonsense)
    assert send_due_emails() == 1
    unreadable = Email.across_stores.get(fact="booking/2/confirmed")
    assert (unreadable.state, unreadable.attempts, unreadable.may_be_sent) == ("queued", 1, False)
    bad = Email.across_stores.get(fact="booking/1/confirmed")
    assert (bad.state, bad.attempts, bad.last_error) == ("queued", 1, "BadHeaderError")
    assert bad.due_at
    assert bad.due_at > timezone.now()


def test_what_nobody_wants_to_read_any_more_is_not_sent(luna: StoreInfo, queue: Queue) -> None:
    with store_scope(luna):
        queue("booking/1/reminder", useful_until=timezone.now() - timedelta(seconds=1))
        queue("booking/2/reminder", useful_until=timezone.now() + timedelta(hours=1))
    assert send_due_emails() == 1
    assert [message.subject for message in mail.outbox] == ["booking/2/reminder"]
    assert Email.across_stores.get(fact="booking/1/reminder").state == "withdrawn"


def test_withdrawing_takes_back_what_is_queued_of_this_store_alone(
    luna: StoreInfo, barber: StoreInfo, queue: Queue
) -> None:
    with store_scope(luna):
        queue("booking/1/confirmed")
        send_due_emails()
    with store_scope(barber):
        queue("booking/1/reminder")
    with store_scope(luna):
        for fact in ("booking/1/reminder", "booking/1/moved", "booking/11/reminder"):
            queue(fact)
        assert withdraw_emails("booking/1/") == 2
        assert sorted(Email.objects.values_list("fact", flat=True)) == [
            "booking/1/confirmed",
            "booking/11/reminder",
        ]
        assert queue("booking/1/reminder")  # its fact is free again
    assert Email.across_stores.filter(store_id=barber.id).count() == 1


def test_what_may_have_been_sent_is_not_withdrawn(luna: StoreInfo, queue: Queue) -> None:
    with store_scope(luna):
        queue("booking/1/reminder")
        Email.objects.update(may_be_sent=True)
        assert withdraw_emails("booking/1/") == 0
        assert queue("booking/1/reminder") is None


def test_sending_again_is_a_message_of_its_own(luna: StoreInfo, queue: Queue) -> None:
    with store_scope(luna):
        email, other = queue(), queue("booking/2/confirmed")
    assert email
    assert other
    send_due_emails()
    assert requeue_emails([email.pk]) == 0  # it was sent
    Email.across_stores.filter(pk=email.pk).update(state="failed", attempts=10, may_be_sent=True)
    assert requeue_emails([email.pk, other.pk]) == 1
    assert send_due_emails() == 1
    assert mail.outbox[-1].message()["Message-ID"] == f"<{email.pk}.1@localhost>"
    assert Email.across_stores.get(pk=email.pk).attempts == 1


def test_old_ones_are_deleted_unless_they_are_still_to_be_sent(luna: StoreInfo, queue: Queue) -> None:
    with store_scope(luna):
        queue("booking/1/confirmed")
        queue("booking/2/confirmed")
        send_due_emails()
        queue("booking/3/confirmed")
    old = timezone.now() - timedelta(days=91)
    Email.across_stores.exclude(fact="booking/2/confirmed").update(created_at=old)
    assert purge_emails() == 1
    assert not Email.across_stores.filter(fact="booking/1/confirmed").exists()
