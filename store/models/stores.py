"""Stores and their host names."""

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from store.fields import EncryptedTextField
from store.tenancy import StoreInfo
from store.theme import Theme

MOST_CHAT_PER_MINUTE = 100  # what the AI Service takes from one conversation
SLUG = RegexValidator(r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$", _("Lower-case letters, digits and hyphens."))


class Store(models.Model):
    """One salon's store. The key and secrets let it speak with Mango Biz as that salon."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.CharField(max_length=63, unique=True, validators=[SLUG])
    name = models.CharField(max_length=120)
    tenant_id = models.UUIDField(unique=True)
    api_key = EncryptedTextField(store_attribute="id")
    # One secret a line, newest first: several are active while Mango Biz rotates them.
    webhook_secrets = EncryptedTextField(store_attribute="id")
    locale = models.CharField(max_length=20, default="en-US")
    template = models.CharField(max_length=40, default="booking-first")
    theme = models.JSONField(default=dict, blank=True)
    is_published = models.BooleanField(default=False)
    reminds_day_before = models.BooleanField(
        _("Reminder a day before"),
        default=True,
        help_text=_("Clients get an e-mail 24 hours before their visit."),
    )
    reminds_hours_before = models.BooleanField(
        _("Reminder two hours before"),
        default=True,
        help_text=_("Clients get an e-mail two hours before their visit."),
    )
    has_ai = models.BooleanField(
        _("AI assistant"),
        default=True,
        help_text=_("Visitors can chat, and pages suggest what may suit them. Search works either way."),
    )
    chat_per_minute = models.PositiveSmallIntegerField(
        _("Chat messages a minute"),
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_CHAT_PER_MINUTE)],
        help_text=_("What one visitor may send to the assistant."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name

    @property
    def host(self) -> str:
        """The host name links point to: the verified main domain, else the one under the platform."""
        primary = self.domains.filter(verified_at__isnull=False, is_primary=True).first()
        return primary.host if primary else f"{self.slug}.{settings.PLATFORM_HOST}"

    def as_info(self) -> StoreInfo:
        port = f":{settings.PLATFORM_PORT}" if settings.PLATFORM_PORT else ""
        return StoreInfo(
            id=self.id,
            slug=self.slug,
            name=self.name,
            tenant_id=self.tenant_id,
            locale=self.locale,
            template=self.template,
            theme=Theme.from_dict(self.theme),
            base_url=f"{settings.PLATFORM_SCHEME}://{self.host}{port}",
            has_assistant=self.has_ai and bool(settings.AI_SERVICE_URL and settings.AI_SERVICE_KEY),
            chat_per_minute=self.chat_per_minute,
        )


class Domain(models.Model):
    """A host name of the salon's own. It leads to the store only once it is verified."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="domains")
    host = models.CharField(max_length=253, unique=True)  # lower case, no port, no trailing dot
    is_primary = models.BooleanField(default=False)
    verified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["host"]
        constraints = [
            models.UniqueConstraint(
                fields=["store"], condition=Q(is_primary=True), name="one_primary_domain_per_store"
            ),
        ]

    def __str__(self) -> str:
        return self.host
