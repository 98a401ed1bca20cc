"""Conversations of a visit, so that a page can show them again. What the AI Service remembers is its own."""

import secrets
import uuid

from django.db import models
from django.utils import timezone

from assistant.talk import Turn, pack_turns, unpack_turns
from store.fields import EncryptedTextField
from store.tenancy import StoreOwned

MOST_TURNS = 40


def make_session_id() -> str:
    return secrets.token_hex(16)


class Conversation(StoreOwned):
    """What one visitor and the salon said, found by the hash of the visitor's cookie."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key_hash = models.CharField(max_length=64)
    # What the AI Service knows it by: random, so that nobody can tell whose it is or guess another's.
    session_id = models.CharField(max_length=32, default=make_session_id)
    packed_turns = EncryptedTextField(default="[]")
    created_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta(StoreOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["store", "key_hash"], name="one_conversation_per_key")]

    def __str__(self) -> str:
        return self.key_hash[:12]

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The oldest first."""
        return unpack_turns(self.packed_turns)

    def add(self, *turns: Turn) -> None:
        """Keep the last forty; the caller saves."""
        self.packed_turns = pack_turns((*self.turns, *turns)[-MOST_TURNS:])
        self.last_at = timezone.now()

    def start_over(self) -> None:
        """As if nothing had been said, here and at the AI Service; the caller saves."""
        self.packed_turns, self.session_id, self.last_at = "[]", make_session_id(), timezone.now()
