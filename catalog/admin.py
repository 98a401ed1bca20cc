"""For the operator: which copies there are, how old, how the sync goes. Nothing is changed by hand."""

from datetime import timedelta

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Snapshot, SyncRun, SyncState
from store.adminbase import ReadOnlyAdmin


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnlyAdmin):
    list_display = ["store", "name", "as_of", "full_at", "etag"]
    list_filter = ["name", "store"]
    list_select_related = ["store"]
    ordering = ["store__slug", "name"]
    fields = ("store", "name", "as_of", "full_at", "etag", "digest")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Snapshot]:
        return super().get_queryset(request).defer("body")


class SyncAdmin(ReadOnlyAdmin):
    @admin.display(description=gettext_lazy("lag"), ordering="lag_seconds")
    def lag(self, row: SyncRun | SyncState) -> str:
        now = timezone.now()
        return timesince(now - timedelta(seconds=row.lag_seconds), now) if row.lag_seconds else _("none")


@admin.register(SyncState)
class SyncStateAdmin(SyncAdmin):
    list_display = ["store", "succeeded_at", "lag", "failures", "refused_at", "last_error"]
    list_filter = [("refused_at", admin.EmptyFieldListFilter), "store"]
    list_select_related = ["store"]
    ordering = ["store__slug"]
    fields = (
        "store",
        "started_at",
        "finished_at",
        "succeeded_at",
        "full_at",
        "lag",
        "failures",
        "last_error",
        "refused_at",
    )


@admin.register(SyncRun)
class SyncRunAdmin(SyncAdmin):
    list_display = ["started_at", "store", "drift_in_words", "lag", "failed", "error", "is_full"]
    list_filter = ["store", "is_full"]
    list_select_related = ["store"]
    ordering = ["-started_at"]
    fields = ("store", "started_at", "finished_at", "is_full", "drift_in_words", "lag", "failed", "error")

    @admin.display(description=gettext_lazy("changes nobody told of"))
    def drift_in_words(self, run: SyncRun) -> str:
        return describe_drift(run.drift) or _("none")


def describe_drift(drift: dict[str, dict[str, int]]) -> str:
    return "; ".join(
        _("%(collection)s: %(added)d new, %(changed)d changed, %(removed)d gone")
        % {"collection": name, **counts}
        for name, counts in drift.items()
    )
