"""E-mails through SMTP, which cannot be asked what it has: the same Message-ID at every try."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes
from typing import Any

import pytest
from django.utils import timezone

from store.models import Email
from store.services import send_due_emails
from store.tenancy import StoreInfo, store_scope

pytestmark = pytest.mark.django_db

Queue = Callable[..., Email | None]


class MailHost(socketserver.ThreadingTCPServer):
    """Takes mail; `hangs_up` times it closes the connection instead of saying that it did."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.taken: list[Any] = []
        self.connections = self.hangs_up = 0


class Session(socketserver.StreamRequestHandler):
    server: MailHost

    def handle(self) -> None:
        self.server.connections += 1
        self.say("220 here")
        for line in self.rfile:
            command = line.upper()
            if command.startswith(b"DATA"):
                self.say("354 go on")
                self.server.taken.append(message_from_bytes(b"".join(iter(self.rfile.readline, b".\r\n"))))
                if self.server.hangs_up:
                    self.server.hangs_up -= 1
                    return
            refuses = command.startswith(b"RCPT") and b"BLOCKED" in command
            self.say("550 5.1.1 nobody" if refuses else "250 fine")
            if command.startswith(b"QUIT"):
                return

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def host(settings: Any) -> Iterator[MailHost]:
    server = MailHost()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
    settings.EMAIL_TIMEOUT = 10
    yield server
    server.shutdown()
    server.server_close()


def test_a_batch_goes_over_one_connection(luna: StoreInfo, queue: Queue, host: MailHost) -> None:
    with store_scope(luna):
        for number in range(5):
            queue(f"booking/{number}/confirmed")
    assert send_due_emails() == 5
    assert host.connections == 1
    assert [message["Subject"] for message in host.taken] == [f"booking/{n}/confirmed" for n in range(5)]


def test_an_unknown_outcome_is_tried_again_under_the_same_message_id(
    luna: StoreInfo, queue: Queue, host: MailHost
) -> None:
    with store_scope(luna):
        email = queue()
        queue("booking/2/confirmed")
    assert email
    host.hangs_up = 1
    assert send_due_emails() == 1  # the other one, over a connection of its own
    email.refresh_from_db()
    assert (email.state, email.may_be_sent, email.last_error) == ("queued", True, "SMTPServerDisconnected")
    Email.across_stores.filter(pk=email.pk).update(due_at=timezone.now())
    assert send_due_emails() == 1
    tries = [message["Message-ID"] for message in host.taken if message["Subject"] == email.subject]
    assert tries == [f"<{email.pk}@localhost>"] * 2


def test_a_refused_address_fails_at_once(luna: StoreInfo, queue: Queue, host: MailHost) -> None:
    with store_scope(luna):
        queue(recipient="blocked@example.com")
        queue("booking/2/confirmed")
    assert send_due_emails() == 1
    failed = Email.across_stores.get(state="failed")
    assert (failed.last_error, failed.may_be_sent) == ("SMTPRecipientsRefused", False)
