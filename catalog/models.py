"""Last-known-good copies of Mango Biz's answers: what pages show when there is nothing else."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from store.tenancy import StoreOwned


class Snapshot(StoreOwned):
    """One collection of one store, as `catalog.entries.make_entry` made it."""

    name = models.CharField(max_length=20)  # "business", "services", ...
    body = models.BinaryField()
    digest = models.CharField(max_length=64)
    etag = models.CharField(max_length=200, blank=True)
    as_of = models.DateTimeField()  # when Mango Biz last said that this is how it is
    full_at = models.DateTimeField()  # when it last told all of it, rather than what had changed

    class Meta(StoreOwned.Meta):
        verbose_name = _("last-known-good copy")
        verbose_name_plural = _("last-known-good copies")
        constraints = [models.UniqueConstraint(fields=["store", "name"], name="one_snapshot_per_collection")]

    def __str__(self) -> str:
        return self.name
