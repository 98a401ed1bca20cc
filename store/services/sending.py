"""Sending queued e-mails: claimed in batches, each recorded as soon as its fate is known.

Between the provider's yes and our commit a worker may die. So a batch is marked before its first message goes
(`may_be_sent`), and a row found marked is looked up at the provider before it is sent again.
"""

import contextlib
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db.models import F
from django.utils import timezone

from config.bell import ring
from store.durable import back_off, claim, is_anything_due
from store.models import Email
from store.services.emails import SWEEP
from store.services.mail_providers import (
    CannotLookUp,
    MailProvider,
    describe_error,
    find_provider,
    is_refused_for_good,
    is_unreachable,
    may_have_been_sent,
)

log = structlog.get_logger(__name__)

BATCH = 20
LEASE = timedelta(seconds=60)
# The last moment at which a message of a batch may begin: its own time-outs must end within the lease.
LAST_START_SECONDS = 30.0
# A sweep ends after this many messages in a row that nobody answered.
UNANSWERED = 3
# Given up only when it was tried so often and for so long: a provider may be away for hours.
TRIES = 10
PATIENCE = timedelta(hours=24)
FIRST_PAUSE_SECONDS = 10.0
LONGEST_PAUSE_SECONDS = 3600.0
# After a try whose outcome is unknown: until the provider's search surely knows the message.
UNKNOWN_PAUSE_SECONDS = 30.0


def send_due_emails(*, seconds: float = 15.0) -> int:
    """Send what is due, in every store. Returns how many were sent. Safe to run side by side.

    Starts no batch after `seconds`, so that other work gets its turn, and rings for another sweep instead.
    """
    deadline, count = time.monotonic() + seconds, 0
    while time.monotonic() < deadline:
        claimed_at = time.monotonic()
        batch = claim(Email, limit=BATCH, lease=LEASE)
        if batch:
            sweep = Batch(batch, claimed_at)
            count += sweep.send()
            if sweep.unanswered >= UNANSWERED:
                return count
        elif not is_anything_due(Email):
            return count
    ring(SWEEP)
    return count


class Batch:
    """Rows of one claim, sent over one connection."""

    def __init__(self, emails: Sequence[Email], claimed_at: float) -> None:
        self.emails = emails
        self.last_start = claimed_at + LAST_START_SECONDS
        self.connection: Any = get_connection()
        self.provider: MailProvider = find_provider(self.connection)
        self.unanswered = 0

    def send(self) -> int:
        """How many are sent now, also those of which it turned out that they had been."""
        count = 0
        mine = self._mark()
        try:
            for email in self.emails:
                if self.unanswered >= UNANSWERED:
                    _put_back(email, pause_seconds=FIRST_PAUSE_SECONDS)
                elif time.monotonic() > self.last_start:
                    _put_back(email)
                elif email.pk in mine:  # else it was withdrawn meanwhile
                    count += self._send_one(email)
        finally:
            self._close()
        return count

    def _mark(self) -> set[Any]:
        """Say that each of these may be sent from now on; the ids of those that are still ours."""
        mine = Email.across_stores.filter(lease=self.emails[0].lease)
        mine.update(may_be_sent=True)
        return set(mine.values_list("pk", flat=True))

    def _send_one(self, email: Email) -> bool:
        try:
            self.connection.open()
            known_as = self.provider.find(self.connection, email.message_key) if email.may_be_sent else None
        except Exception as error:  # noqa: BLE001 (any backend's own errors: the row is tried again)
            self._note_failure(email, error, is_unknown=email.may_be_sent)
            return False
        if known_as:
            _record_sent(email, known_as)
            return True
        if email.useful_until and email.useful_until < timezone.now():
            _settle(email, state=Email.State.WITHDRAWN, may_be_sent=False)
            return False
        return self._hand_over(email)

    def _hand_over(self, email: Email) -> bool:
        try:
            message = build_message(email, self.connection)
        except Exception as error:  # noqa: BLE001 (whatever is wrong with it, the others are sent)
            self._note_failure(email, error, is_unknown=False)
            return False
        self.provider.label(message, email.message_key)
        try:
            message.send()
        except Exception as error:  # noqa: BLE001
            self._note_failure(email, error, is_unknown=may_have_been_sent(error))
            return False
        self.unanswered = 0
        status = getattr(message, "anymail_status", None)
        _record_sent(email, str(getattr(status, "message_id", None) or ""))
        return True

    def _note_failure(self, email: Email, error: Exception, *, is_unknown: bool) -> None:
        self._close()  # a connection that failed once may be good for nothing
        self.unanswered = self.unanswered + 1 if is_unreachable(error) else 0
        reason = str(error) if isinstance(error, CannotLookUp) else describe_error(error)
        if is_refused_for_good(error) or _is_given_up(email):
            _fail(email, reason, is_unknown=is_unknown)
        else:
            _postpone(email, reason, is_unknown=is_unknown)
        log.warning("email_not_sent", email_id=str(email.pk), attempts=email.attempts, error=reason)

    def _close(self) -> None:
        with contextlib.suppress(Exception):
            self.connection.close()


def _is_given_up(email: Email) -> bool:
    return email.attempts >= TRIES and timezone.now() > email.created_at + PATIENCE


def _record_sent(email: Email, provider_id: str) -> None:
    _settle(
        email, state=Email.State.SENT, sent_at=timezone.now(), provider_id=provider_id[:200], last_error=""
    )


def _fail(email: Email, reason: str, *, is_unknown: bool) -> None:
    _settle(
        email,
        state=Email.State.FAILED,
        failed_at=timezone.now(),
        may_be_sent=is_unknown,
        last_error=reason[:300],
    )


def _settle(email: Email, **fields: Any) -> None:
    """Nothing is left to do. Writes nothing where the lease was lost: others say what became of it."""
    row = Email.across_stores.filter(pk=email.pk)
    if row.filter(lease=email.lease).update(due_at=None, lease=None, **fields):
        return
    if row.exclude(due_at=None).exists():  # else the provider told of it before we had its answer
        log.warning("email_lease_lost", email_id=str(email.pk))


def _postpone(email: Email, reason: str, *, is_unknown: bool) -> None:
    pause = back_off(email.attempts, first=FIRST_PAUSE_SECONDS, longest=LONGEST_PAUSE_SECONDS)
    if is_unknown:
        pause = max(pause, UNKNOWN_PAUSE_SECONDS)
    Email.across_stores.filter(pk=email.pk, lease=email.lease).update(
        due_at=_in(pause), lease=None, may_be_sent=is_unknown, last_error=reason[:300]
    )


def _put_back(email: Email, *, pause_seconds: float = 0.0) -> None:
    """As it was before the claim: it was not tried."""
    Email.across_stores.filter(pk=email.pk, lease=email.lease).update(
        due_at=_in(pause_seconds), lease=None, may_be_sent=email.may_be_sent, attempts=F("attempts") - 1
    )


def _in(seconds: float) -> datetime:
    return timezone.now() + timedelta(seconds=seconds)


def build_message(email: Email, connection: Any) -> EmailMultiAlternatives:
    _name, sender = parseaddr(settings.DEFAULT_FROM_EMAIL)
    domain = sender.rpartition("@")[2]
    message = EmailMultiAlternatives(
        subject=email.subject,
        body=email.text,
        from_email=_named_address(email.sender_name, sender),
        to=[email.recipient],
        reply_to=[email.reply_to] if email.reply_to else None,
        # The same at every try, so that a mail host may notice that it has this one (RFC 5322, 3.6.4).
        headers={"Message-ID": f"<{email.message_key}@{domain}>"},
        connection=connection,
    )
    message.attach_alternative(email.html, "text/html")
    if email.calendar:
        message.attach("invite.ics", email.calendar, "text/calendar")
    return message


def _named_address(name: str, address: str) -> str:
    local, _at, domain = address.rpartition("@")
    return str(
        Address(display_name=name.replace("\n", " ").replace("\r", " "), username=local, domain=domain)
    )
