"""Stores, their host names, and rows every app uses: e-mails, API replies, slots of the schedule."""

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from store.durable import Durable
from store.fields import EncryptedTextField
from store.tenancy import StoreInfo, StoreOwned
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


class Email(Durable):
    """An e-mail to send: queued in the transaction of what it tells, sent by the worker.

    `fact` names what it tells ("booking/<id>/confirmed/1"): the same fact is never queued twice. `due_at` is
    set while it is still to be sent.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENT = "sent", _("Sent")
        BOUNCED = "bounced", _("Came back")
        FAILED = "failed", _("Failed")
        WITHDRAWN = "withdrawn", _("Not sent in time")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    fact = models.CharField(max_length=160)
    kind = models.CharField(max_length=160, blank=True)  # the fact without its ids: "booking/confirmed"
    recipient = EncryptedTextField()
    sender_name = models.CharField(max_length=120)
    reply_to = EncryptedTextField(null=True)
    subject = EncryptedTextField()
    text = EncryptedTextField()
    html = EncryptedTextField()
    calendar = EncryptedTextField(null=True)  # an iCalendar object, attached as invite.ics
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    useful_until = models.DateTimeField(null=True, blank=True)  # after it nobody wants to read it
    # Set before a try begins and cleared where it surely failed: whoever finds it set does not know what came
    # of the try, and asks the provider before sending again.
    may_be_sent = models.BooleanField(default=False)
    times_requeued = models.PositiveSmallIntegerField(default=0)  # "Send again" in the admin
    provider_id = models.CharField(max_length=200, blank=True, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)  # as the provider says, where it says so
    failed_at = models.DateTimeField(null=True, blank=True, db_index=True)  # given up, or came back

    class Meta(Durable.Meta):
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["store", "fact"], name="one_email_per_fact")]
        indexes = [models.Index(fields=["due_at"], name="email_due_at")]

    def __str__(self) -> str:
        return self.fact

    @property
    def message_key(self) -> str:
        """What the provider knows this message by; another one each time it is deliberately sent again."""
        return f"{self.pk}.{self.times_requeued}" if self.times_requeued else str(self.pk)

    def requeue(self) -> None:
        """As if it had never been tried, but as a message of its own; the caller saves."""
        self.state, self.due_at, self.useful_until = Email.State.QUEUED, timezone.now(), None
        self.attempts, self.last_error, self.may_be_sent = 0, "", False
        self.times_requeued += 1
        self.provider_id, self.sent_at, self.delivered_at, self.failed_at = "", None, None, None


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
