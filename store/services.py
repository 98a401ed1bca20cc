"""Use cases of the store itself: creating one, and e-mails as durable rows."""

import random
import uuid
from collections.abc import Iterable
from datetime import timedelta
from email.headerregistry import Address

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from store.models import Domain, Email, Store, TimeSlot
from store.queries import load_store_info
from store.tenancy import current_store, store_scope
from store.theme import Theme

log = structlog.get_logger(__name__)

EMAIL_TRIES = 10
EMAIL_LEASE = timedelta(seconds=60)
EMAIL_FIRST_PAUSE_SECONDS = 10
EMAIL_LONGEST_PAUSE_SECONDS = 3600


@transaction.atomic
def create_store(
    *,
    slug: str,
    name: str,
    tenant_id: uuid.UUID,
    api_key: str,
    webhook_secrets: Iterable[str],
    hosts: Iterable[str] = (),
    locale: str = "en-US",
    is_published: bool = True,
    theme: Theme | None = None,
) -> Store:
    """Create the store of a slug, or bring it up to date. Hosts given here count as verified.

    Raises django.core.exceptions.ValidationError for what a store cannot be.
    """
    store = Store.objects.filter(slug=slug).first() or Store(slug=slug)
    store.name, store.tenant_id, store.locale = name, tenant_id, locale
    store.api_key, store.webhook_secrets = api_key, "\n".join(webhook_secrets)
    store.is_published = is_published
    if theme is not None:
        store.theme = theme.to_dict()
    store.full_clean()
    store.save()
    for host in hosts:
        domain, _created = Domain.objects.get_or_create(
            host=host.lower().rstrip("."), defaults={"store": store}
        )
        if domain.store_id != store.pk:
            raise HostTaken(host)
        domain.verified_at = domain.verified_at or timezone.now()
        domain.save(update_fields=["verified_at"])
    return store


class HostTaken(Exception):
    """The host name leads to another store already."""


def queue_email(
    *,
    fact: str,
    recipient: str,
    subject: str,
    text: str,
    html: str,
    calendar: str | None = None,
    reply_to: str | None = None,
    sender_name: str | None = None,
) -> Email | None:
    """Queue an e-mail in the caller's transaction. None when this fact was told already."""
    try:
        with transaction.atomic():
            return Email.objects.create(
                fact=fact,
                recipient=recipient,
                subject=subject,
                text=text,
                html=html,
                calendar=calendar,
                reply_to=reply_to,
                sender_name=sender_name or current_store().name,
            )
    except IntegrityError:
        return None


def send_due_emails(*, limit: int = 50) -> int:
    """Send what is due, in every store. Returns how many were sent. Safe to run side by side."""
    now = timezone.now()
    waiting = Q(state=Email.State.QUEUED, due_at__lte=now)
    abandoned = Q(state=Email.State.SENDING, leased_until__lt=now)
    due = Email.across_stores.filter(waiting | abandoned).order_by("due_at")
    return sum(_send_claimed(pk) for pk in list(due.values_list("pk", flat=True)[:limit]))


def _send_claimed(pk: uuid.UUID) -> bool:
    now = timezone.now()
    mine = Email.across_stores.filter(pk=pk).filter(
        Q(state=Email.State.QUEUED) | Q(state=Email.State.SENDING, leased_until__lt=now)
    )
    if not mine.update(state=Email.State.SENDING, leased_until=now + EMAIL_LEASE):
        return False
    email = Email.across_stores.get(pk=pk)
    email.attempts += 1
    with store_scope(load_store_info(email.store_id)):
        try:
            _build_message(email).send()
        except Exception as error:  # noqa: BLE001 (any backend's own errors: the row is tried again)
            _record_failure(email, error)
            return False
    email.state, email.sent_at, email.last_error = Email.State.SENT, timezone.now(), ""
    email.save(update_fields=["state", "sent_at", "attempts", "last_error"])
    return True


def _record_failure(email: Email, error: Exception) -> None:
    pause = min(EMAIL_LONGEST_PAUSE_SECONDS, EMAIL_FIRST_PAUSE_SECONDS * 2 ** (email.attempts - 1))
    email.state = Email.State.FAILED if email.attempts >= EMAIL_TRIES else Email.State.QUEUED
    email.due_at = timezone.now() + timedelta(seconds=pause * random.uniform(0.8, 1.2))  # noqa: S311
    email.last_error = type(error).__name__  # its text may hold the address
    email.save(update_fields=["state", "due_at", "attempts", "last_error"])
    log.warning("email_not_sent", email_id=str(email.pk), attempts=email.attempts, error=email.last_error)


def _build_message(email: Email) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject=email.subject,
        body=email.text,
        from_email=_named_address(email.sender_name, settings.DEFAULT_FROM_EMAIL),
        to=[email.recipient],
        reply_to=[email.reply_to] if email.reply_to else None,
    )
    message.attach_alternative(email.html, "text/html")
    if email.calendar:
        message.attach("invite.ics", email.calendar, "text/calendar")
    return message


def _named_address(name: str, address: str) -> str:
    local, _at, domain = address.partition("@")
    return str(
        Address(display_name=name.replace("\n", " ").replace("\r", " "), username=local, domain=domain)
    )


# A slot this far ahead was taken by a clock that was wrong.
NONSENSE_SLOTS = 1000


def take_slot(*, name: str, slot: int) -> bool:
    """Whether the caller is the first to ask for this slot of a scheduled task."""
    mine = TimeSlot.objects.filter(name=name)
    if mine.filter(Q(slot__lt=slot) | Q(slot__gt=slot + NONSENSE_SLOTS)).update(slot=slot):
        return True
    if mine.exists():
        return False
    try:
        with transaction.atomic():
            TimeSlot.objects.create(name=name, slot=slot)
    except IntegrityError:  # another beat was first
        return False
    return True
