"""For the operator: which copies there are and how old they are. Nothing is changed by hand."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.models import Snapshot


@admin.register(Snapshot)
class SnapshotAdmin(admin.ModelAdmin[Snapshot]):
    list_display = ["store", "name", "as_of", "full_at", "etag"]
    list_filter = ["name"]
    list_select_related = ["store"]
    fields = ("store", "name", "as_of", "full_at", "etag", "digest")
    readonly_fields = ("store", "name", "as_of", "full_at", "etag", "digest")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Snapshot]:
        return Snapshot.across_stores.defer("body").order_by("store__slug", "name")

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Snapshot | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Snapshot | None = None) -> bool:
        return False
