"""Who may do what in which store, and who did."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from store.fields import EncryptedTextField
from store.tenancy import StoreOwned


class Role(models.TextChoices):
    """From least to most: whoever may more may all of what stands before."""

    VIEWER = "viewer", _("Viewer")
    EDITOR = "editor", _("Editor")
    OWNER = "owner", _("Owner")

    def reaches(self, needed: "Role") -> bool:
        order = list(Role)
        return order.index(self) >= order.index(needed)


class Membership(models.Model):
    """A merchant's place in a store. Platform staff need none."""

    store = models.ForeignKey("store.Store", on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["since"]
        constraints = [models.UniqueConstraint(fields=["store", "user"], name="one_membership_per_store")]

    def __str__(self) -> str:
        return f"{self.user} {self.role}"


class Invitation(StoreOwned):
    """Somebody is asked to join. The link's token is kept as a hash only; one use, and it expires."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = EncryptedTextField()
    email_hash = models.CharField(max_length=64)
    role = models.CharField(max_length=10, choices=Role.choices)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.CharField(max_length=254)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta(StoreOwned.Meta):
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["store", "email_hash"], name="invitation_email")]

    def __str__(self) -> str:
        return f"invitation {self.pk}"

    @property
    def is_open(self) -> bool:
        return not self.accepted_at and not self.withdrawn_at and self.expires_at > timezone.now()


class AuditEntry(models.Model):
    """Who changed what. `details` are label, before and after of what changed; never a secret."""

    store = models.ForeignKey(
        "store.Store", on_delete=models.CASCADE, null=True, blank=True, related_name="+", editable=False
    )
    at = models.DateTimeField(default=timezone.now, db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    actor = models.CharField(max_length=254)  # the log-in name as it was then; "system" for the schedule
    action = models.CharField(max_length=60)  # a key of store.audit.ACTIONS: "design.published"
    subject = models.CharField(max_length=254, blank=True)  # what it was done to: a host, a version, a name
    details: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(
        default=list, blank=True
    )

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("entry of the log")
        verbose_name_plural = _("log of changes")
        indexes = [models.Index(fields=["store", "at"], name="audit_store_at")]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}".strip()
