"""Signals only clear caches; and Anymail brings by one what a mail provider tells."""

from typing import Any

from anymail.signals import AnymailTrackingEvent, tracking
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from store.models import DesignVersion, Domain, Store
from store.queries import forget_hosts
from store.services import record_mail_event


@receiver([post_save, post_delete], sender=Store)
@receiver([post_save, post_delete], sender=Domain)
@receiver(post_save, sender=DesignVersion)
def on_hosts_changed(**_kwargs: Any) -> None:
    forget_hosts()


@receiver(tracking)
def on_mail_event(event: AnymailTrackingEvent, **_kwargs: Any) -> None:
    record_mail_event(
        kind=event.event_type,
        message_key=str((event.metadata or {}).get("email", "")),
        provider_id=event.message_id or "",
        reason=_reason_of(event),
        at=event.timestamp,
    )


def _reason_of(event: AnymailTrackingEvent) -> str:
    """The provider's word for it ("HardBounce"), else Anymail's; not its sentence, which may name people."""
    raw = event.esp_event if isinstance(event.esp_event, dict) else {}
    word = raw.get("Type") or event.reject_reason or event.event_type
    return str(word)[:60]
