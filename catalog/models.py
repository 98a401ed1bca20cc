"""What is kept of Mango Biz's answers, and how well the keeping goes."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from store.tenancy import StoreOwned


class Snapshot(StoreOwned):
    """One collection of one store, as `catalog.entries.make_entry` made it: what pages show when there is
    nothing else."""

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


class SyncState(StoreOwned):
    """How the sync of one store stands. The moments are null where it has not happened yet."""

    started_at = models.DateTimeField(_("last started"), null=True)
    finished_at = models.DateTimeField(_("last finished"), null=True)
    succeeded_at = models.DateTimeField(_("last complete"), null=True)  # no collection failed
    full_at = models.DateTimeField(_("all told in full"), null=True)  # no collection is older than this
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)
    lag_seconds = models.PositiveIntegerField(_("lag"), default=0)  # of the last run, see SyncRun
    refused_at = models.DateTimeField(_("key refused"), null=True)
    refused_key = models.CharField(
        max_length=64, blank=True, editable=False
    )  # keyed hash: see client.key_hash

    class Meta(StoreOwned.Meta):
        verbose_name = _("state of a sync")
        verbose_name_plural = _("states of the sync")
        constraints = [models.UniqueConstraint(fields=["store"], name="one_sync_state_per_store")]

    def __str__(self) -> str:
        return str(self.store)


class SyncRun(StoreOwned):
    """One run over a store's collections.

    `drift`: {collection: {"added": 1, "changed": 2, "removed": 0}}, rows that differed from our copy although
    no webhook had told. `lag_seconds`: the age of the oldest such change, 0 where there was none.
    """

    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"))
    is_full = models.BooleanField(_("asked for everything"), default=False)
    failed = models.CharField(_("failed"), max_length=200, blank=True)  # collections, separated by commas
    error = models.CharField(_("error"), max_length=300, blank=True)
    drift = models.JSONField(_("drift"), default=dict, blank=True)
    lag_seconds = models.PositiveIntegerField(_("lag"), default=0)

    class Meta(StoreOwned.Meta):
        ordering = ["-started_at"]
        verbose_name = _("run of the sync")
        verbose_name_plural = _("runs of the sync")
        indexes = [models.Index(fields=["store", "-started_at"], name="sync_runs_of_a_store")]

    def __str__(self) -> str:
        return f"{self.store} {self.started_at:%Y-%m-%d %H:%M}"
