"""A store's look over time: the draft with its way back, the versions that were published, its pictures."""

import uuid
from typing import Any

import structlog
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from store.design import DEFAULT_TEMPLATE, Design, InvalidDesign
from store.durable import Durable
from store.tenancy import StoreOwned

log = structlog.get_logger(__name__)


def _read(data: dict[str, Any], row: StoreOwned) -> Design:
    try:
        return Design.from_dict(data)
    except InvalidDesign as error:
        log.error("design_unreadable", row=str(row), store_id=str(row.store_id), error=str(error))
        return Design.of_template(DEFAULT_TEMPLATE)


class DesignDraft(StoreOwned):
    """Where the merchant is at work. The look itself is the DraftStep at `position`; there is one a store.

    `revision` rises with every change, so that two who work at once do not write over each other.
    """

    store = models.OneToOneField("store.Store", on_delete=models.CASCADE, related_name="+", editable=False)
    position = models.PositiveIntegerField(default=1)
    revision = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.CharField(max_length=254, blank=True)  # as it is shown: a log-in name

    class Meta(StoreOwned.Meta):
        pass

    def __str__(self) -> str:
        return f"draft {self.revision}"


class DraftStep(StoreOwned):
    """One state of the draft. Undo goes back to the one before, redo on to the next."""

    number = models.PositiveIntegerField()
    design = models.JSONField()
    made_at = models.DateTimeField(default=timezone.now)

    class Meta(StoreOwned.Meta):
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["store", "number"], name="one_draft_step_per_number")]

    def __str__(self) -> str:
        return f"step {self.number}"

    @property
    def look(self) -> Design:
        return _read(self.design, self)


class DesignVersion(Durable):
    """A look that was published, or will be at `due_at`. What it looks like never changes."""

    class State(models.TextChoices):
        SCHEDULED = "scheduled", _("Scheduled")
        PUBLISHED = "published", _("Published")
        CALLED_OFF = "called_off", _("Called off")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveIntegerField()
    design = models.JSONField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PUBLISHED)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=254, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)  # the last time it went live

    class Meta(Durable.Meta):
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["store", "number"], name="one_version_per_number")]
        indexes = [models.Index(fields=["due_at"], name="design_version_due_at")]

    def __str__(self) -> str:
        return f"version {self.number}"

    @property
    def look(self) -> Design:
        """What it looks like; the default template where its own is no longer installed."""
        return _read(self.design, self)


class StoreImage(StoreOwned):
    """A picture a merchant uploaded, re-encoded as WebP in one width. A picture's widths share its digest."""

    class Kind(models.TextChoices):
        LOGO = "logo", _("Logo")
        HERO = "hero", _("Large picture")
        SOCIAL = "social", _("Picture for links")

    digest = models.CharField(max_length=24)  # of what was uploaded
    kind = models.CharField(max_length=10, choices=Kind.choices)
    width = models.PositiveIntegerField()  # pixels
    height = models.PositiveIntegerField()
    content = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(StoreOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["store", "digest", "kind", "width"], name="one_picture_per_width")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.digest} {self.width}"
