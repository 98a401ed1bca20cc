"""E-mails as rows: what is to be sent, and what became of it."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from store.durable import Durable
from store.fields import EncryptedTextField


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
