"""The inbox: one row for each webhook that was believed, kept until it is done and for a while after."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from store.durable import Durable
from store.fields import EncryptedTextField


class InboxEvent(Durable):
    """What a source told a store, word for word, and how far we are with it.

    A source may tell the same event many times; (store, event_hash) lets it in once.
    """

    class Source(models.TextChoices):
        MANGO_BIZ = "mango-biz", "Mango Biz"
        STRIPE = "stripe", "Stripe"

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        DONE = "done", _("Done")
        IGNORED = "ignored", _("Not for us")
        DEAD = "dead", _("Given up")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField(max_length=20, choices=Source.choices)
    event_id = models.CharField(max_length=200)  # as the source names it, for people
    # Of source and event id: text is compared regardless of case by SQL Server, and ids may differ by it.
    event_hash = models.CharField(max_length=64, editable=False)
    kind = models.CharField(max_length=40)  # "services.updated"
    entity_id = models.CharField(max_length=80)  # as the source writes it: a UUID of Mango Biz's
    version = models.BigIntegerField()
    body_hash = models.CharField(max_length=64, editable=False)
    payload = EncryptedTextField()  # the body as it came; it may hold personal data
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    outcome = models.CharField(max_length=120, blank=True)  # a few words, never personal data
    occurred_at = models.DateTimeField()  # says the body
    received_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    replays = models.PositiveSmallIntegerField(default=0)

    class Meta(Durable.Meta):
        ordering = ["-received_at"]
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        constraints = [models.UniqueConstraint(fields=["store", "event_hash"], name="one_row_per_event")]
        # Few rows are due or held at a time among very many that are done.
        indexes = [
            models.Index(fields=["due_at"], name="inbox_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["lease"], name="inbox_lease", condition=Q(lease__isnull=False)),
            models.Index(fields=["received_at"], name="inbox_received"),
            models.Index(fields=["state", "received_at"], name="inbox_state"),
            models.Index(fields=["entity_id"], name="inbox_entity"),
            models.Index(fields=["event_id"], name="inbox_event"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"

    def finish(self, state: State, outcome: str) -> None:
        """Nothing is left to do about it; the caller saves."""
        self.rest()
        self.state, self.outcome, self.finished_at = state, outcome[:120], timezone.now()
