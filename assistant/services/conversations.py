"""Keeping what was said in a visit, and forgetting it."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from assistant.models import Conversation
from assistant.talk import Turn
from config.crypto import keyed_hash

# A visit that goes on over dinner is still one; the next morning it is over.
KEEP = timedelta(hours=12)
BATCH = 500


def find_conversation(key: str) -> Conversation | None:
    """Of the visitor who holds this key, in the store in scope, while the visit lasts."""
    if not key:
        return None
    young = Conversation.objects.filter(last_at__gte=timezone.now() - KEEP)
    return young.filter(key_hash=_hash(key)).first()


def open_conversation(key: str) -> Conversation:
    """A new one, or the one that a second request of the same visitor has just begun."""
    try:
        with transaction.atomic():
            return Conversation.objects.create(key_hash=_hash(key))
    except IntegrityError:
        conversation = Conversation.objects.get(key_hash=_hash(key))
        if conversation.last_at < timezone.now() - KEEP:
            conversation.start_over()
            conversation.save()
        return conversation


@transaction.atomic
def add_turns(conversation: Conversation, *turns: Turn) -> None:
    """Behind whatever was added since it was read. One that was deleted meanwhile stays so."""
    row = Conversation.objects.select_for_update().filter(pk=conversation.pk).first()
    if row is None or row.session_id != conversation.session_id:
        return
    row.add(*turns)
    row.save(update_fields=["packed_turns", "last_at"])
    conversation.packed_turns, conversation.last_at = row.packed_turns, row.last_at


def delete_conversation(key: str) -> None:
    if key:
        Conversation.objects.filter(key_hash=_hash(key)).delete()


def purge_conversations() -> int:
    """Delete those of visits that are over, in every store. Returns how many."""
    over = Conversation.across_stores.filter(last_at__lt=timezone.now() - KEEP)
    deleted = 0
    while keys := list(over.values_list("pk", flat=True)[:BATCH]):
        deleted += over.filter(pk__in=keys).delete()[0]
    return deleted


def _hash(key: str) -> str:
    return keyed_hash(key, purpose="conversation")
