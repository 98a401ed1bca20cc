"""What operators must hear of, one row for each trouble, and what visitors did with the assistant."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from store.fields import EncryptedTextField
from store.models import Store
from store.tenancy import StoreOwned


class Alert(models.Model):
    """A trouble that a person should look at. It may be about one store or about all of them."""

    class Kind(models.TextChoices):
        WEBHOOK_DEAD = "webhook_dead", _("A webhook could not be processed")
        WEBHOOK_CONFLICT = "webhook_conflict", _("A webhook came twice with different content")
        KEY_REFUSED = "key_refused", _("Mango Biz refuses the store’s key")
        SYNC_LAG = "sync_lag", _("The store shows old data")
        BOOKING_FAILED = "booking_failed", _("A booking could not be delivered")
        EMAIL_FAILED = "email_failed", _("An e-mail could not be sent")
        ORDER_FAILED = "order_failed", _("A paid order could not be delivered")
        ORDER_UNPAID = "order_unpaid", _("An order lost its payment")
        PAYMENT_MISMATCH = "payment_mismatch", _("A payment is not what was asked for")
        PAYMENT_STUCK = "payment_stuck", _("A payment cannot be looked at")
        PAYMENT_DISPUTED = "payment_disputed", _("A client disputes a payment")
        REFUND_FAILED = "refund_failed", _("A refund failed")
        BOOKS_DIFFER = "books_differ", _("Payments and orders do not match")
        AI_REFUSED = "ai_refused", _("The AI Service refuses the platform’s key")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40, choices=Kind.choices)
    store = models.ForeignKey(Store, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    subject = models.CharField(max_length=200, blank=True)  # what it is about: an id, never personal data
    # Of kind, store and subject: a nullable column cannot be unique together with others on SQL Server.
    key = models.CharField(max_length=64, unique=True, editable=False)
    detail = models.CharField(max_length=500, blank=True)
    count = models.PositiveIntegerField(default=1)
    raised_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)
    cleared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-last_at"]
        indexes = [models.Index(fields=["cleared_at", "last_at"], name="alert_open")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.subject}".strip()

    @property
    def is_open(self) -> bool:
        return self.cleared_at is None


class Interaction(StoreOwned):
    """One thing that a visitor asked of the assistant, was shown by it or did about it.

    Rows say how it went. Whose they are is known only with consent (store.consent), and then by a hash. See
    docs/privacy.md for how long what is kept.
    """

    class Kind(models.TextChoices):
        CHAT = "chat", _("Chat")
        SEARCH = "search", _("Search")
        SUGGESTION = "suggestion", _("Quick replies")
        RECOMMENDATION_SHOWN = "recommendation_shown", _("Recommendation shown")
        RECOMMENDATION_CLICKED = "recommendation_clicked", _("Recommendation clicked")
        RECOMMENDATION_CONVERTED = "recommendation_converted", _("Recommendation bought or booked")

    class Source(models.TextChoices):
        AI = "ai", _("AI Service")
        LOCAL = "local", _("The store itself")
        FALLBACK = "fallback", _("Fallback")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=30, choices=Kind.choices)
    source = models.CharField(max_length=10, choices=Source.choices, blank=True)
    outcome = models.CharField(max_length=20)  # one word: "ok", "limited", "timeout", "empty"
    milliseconds = models.PositiveIntegerField(null=True, blank=True)
    context = models.CharField(max_length=20, blank=True)  # the kind of page: "homepage", "product"
    item_kind = models.CharField(max_length=10, blank=True)  # "service", "product"
    item_id = models.CharField(max_length=64, blank=True)
    visitor = models.CharField(max_length=64, blank=True, db_index=True)  # Consent.visitor
    text = EncryptedTextField(null=True)  # masked before it is sealed (analytics.masking)
    day = models.DateField()  # at the salon: SQL Server cannot group instants by a zone's days
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta(StoreOwned.Meta):
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["store", "day", "kind"], name="interaction_day")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.outcome}"
