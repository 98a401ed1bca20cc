"""What the API answered, and which slots of the schedule beat has sent."""

import uuid

from django.db import models
from django.utils import timezone

from store.fields import EncryptedTextField
from store.tenancy import StoreOwned


class ApiReply(StoreOwned):
    """What a write of the JSON API answered, kept so that its Idempotency-Key answers the same again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key_hash = models.CharField(max_length=64)  # of method, path and Idempotency-Key
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)  # null while the first call is still at work
    body = EncryptedTextField(null=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta(StoreOwned.Meta):
        constraints = [models.UniqueConstraint(fields=["store", "key_hash"], name="one_reply_per_key")]

    def __str__(self) -> str:
        return self.key_hash[:12]


class TimeSlot(models.Model):
    """The last slot of a scheduled task that some beat sent (store.beat)."""

    name = models.CharField(max_length=100, unique=True)
    slot = models.BigIntegerField()  # POSIX seconds divided by the slot's length

    def __str__(self) -> str:
        return f"{self.name} {self.slot}"
