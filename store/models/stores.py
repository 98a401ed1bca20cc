"""Stores and their host names."""

import secrets
import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from store.design import DEFAULT_TEMPLATE, Design
from store.display import read_display
from store.fields import EncryptedTextField
from store.tenancy import StoreInfo

MOST_CHAT_PER_MINUTE = 100  # what the AI Service takes from one conversation
# Names under the platform's host that are its own; so is that of DOMAIN_TARGET.
RESERVED_SLUGS = frozenset({"admin", "api", "internal", "mail", "static", "www"})
SLUG = RegexValidator(r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$", _("Lower-case letters, digits and hyphens."))


def make_domain_token() -> str:
    return secrets.token_urlsafe(24)


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
    # What clients see. None until the first version is published.
    live_version = models.ForeignKey(
        "store.DesignVersion",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
    )
    display = models.JSONField(default=dict, blank=True)  # store.display.Display
    start_done = models.JSONField(default=dict, blank=True, editable=False)  # steps of studio.start and when
    preview_epoch = models.PositiveIntegerField(
        default=0, editable=False
    )  # links to a preview end when it rises
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

    def clean(self) -> None:
        if self.slug in RESERVED_SLUGS or self.platform_host == settings.DOMAIN_TARGET:
            raise ValidationError({"slug": _("This name is the platform’s own. Choose another.")})

    @property
    def platform_host(self) -> str:
        return f"{self.slug}.{settings.PLATFORM_HOST}"

    @property
    def host(self) -> str:
        """The host name links point to: the verified main domain, else the one under the platform."""
        primary = self.find_primary()
        return primary.host if primary else self.platform_host

    def find_primary(self) -> "Domain | None":
        return self.domains.filter(verified_at__isnull=False, is_primary=True).first()

    def as_info(self) -> StoreInfo:
        primary = self.find_primary()
        host = primary.host if primary else self.platform_host
        port = f":{settings.PLATFORM_PORT}" if settings.PLATFORM_PORT else ""
        display, own = read_display(self.display), self.locale.partition("-")[0]
        return StoreInfo(
            id=self.id,
            slug=self.slug,
            name=self.name,
            tenant_id=self.tenant_id,
            locale=self.locale,
            design=self.live_version.look if self.live_version else Design.of_template(DEFAULT_TEMPLATE),
            base_url=f"{settings.PLATFORM_SCHEME}://{host}{port}",
            # Nobody is sent to a domain where something is wrong at the moment.
            canonical_host="" if primary and not primary.can_take_visitors else host,
            has_assistant=self.has_ai and bool(settings.AI_SERVICE_URL and settings.AI_SERVICE_KEY),
            chat_per_minute=self.chat_per_minute,
            display=display,
            languages=(own, *(language for language in display.languages if language != own)),
        )


class Domain(models.Model):
    """A host name of the salon's own. It leads to the store only while it is verified.

    Several stores may claim a name, one can have it: who proves it by a TXT record that holds `token`, or
    whom an operator gave it. That one has no `next_check_at`: the DNS neither proves nor loses it.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="domains")
    host = models.CharField(max_length=253, db_index=True)  # lower case, ASCII, no port, no trailing dot
    is_primary = models.BooleanField(default=False)
    token = models.CharField(max_length=64, default=make_domain_token, editable=False)
    verified_at = models.DateTimeField(null=True, blank=True)
    # Since when it is watched: since it was added, or lost, or looked at again after we had given up.
    created_at = models.DateTimeField(default=timezone.now)
    checked_at = models.DateTimeField(null=True, blank=True)
    next_check_at = models.DateTimeField(null=True, blank=True, default=timezone.now, db_index=True)
    failing_since = models.DateTimeField(null=True, blank=True)  # the first of the re-checks that failed
    findings = models.JSONField(default=list, blank=True)  # what the doctor said last

    class Meta:
        ordering = ["host"]
        constraints = [
            models.UniqueConstraint(
                fields=["store"], condition=Q(is_primary=True), name="one_primary_domain_per_store"
            ),
            models.UniqueConstraint(fields=["store", "host"], name="one_claim_per_store_and_host"),
            models.UniqueConstraint(
                fields=["host"], condition=Q(verified_at__isnull=False), name="one_store_per_verified_host"
            ),
        ]

    def __str__(self) -> str:
        return self.host

    @property
    def is_verified(self) -> bool:
        return self.verified_at is not None

    @property
    def can_take_visitors(self) -> bool:
        """Whether people may be sent there: it is the store's, in order, and can have a certificate."""
        # Findings are keyed as in store.domains.words; rows of an older release may hold anything.
        said = [finding.get("key") for finding in self.findings if isinstance(finding, dict)]
        return self.is_verified and not self.failing_since and "caa_forbids" not in said

    @property
    def is_vouched(self) -> bool:
        """By an operator, not by the DNS."""
        return self.is_verified and self.next_check_at is None
