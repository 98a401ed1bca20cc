"""Alerts for operators: open ones first; a person may say that one is dealt with."""

from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from analytics.models import Alert


class OpenFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "open"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", _("Open")), ("0", _("Dealt with"))]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Alert]) -> QuerySet[Alert]:
        chosen = self.value()
        return queryset.filter(cleared_at__isnull=chosen == "1") if chosen else queryset


@admin.register(Alert)
class AlertAdmin(admin.ModelAdmin[Alert]):
    list_display = ["kind", "store", "subject", "detail", "count", "raised_at", "last_at", "is_open"]
    list_filter = [OpenFilter, "kind", "store"]
    list_select_related = ["store"]
    ordering = [F("cleared_at").asc(nulls_first=True), "-last_at"]
    fields = ("kind", "store", "subject", "detail", "count", "raised_at", "last_at", "cleared_at")
    readonly_fields = fields
    actions = ["mark_dealt_with"]

    @admin.display(boolean=True, description=_("open"))
    def is_open(self, alert: Alert) -> bool:
        return alert.is_open

    @admin.action(description=_("Mark as dealt with"))
    def mark_dealt_with(self, _request: HttpRequest, alerts: QuerySet[Alert]) -> None:
        alerts.filter(cleared_at=None).update(cleared_at=timezone.now())

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _alert: Alert | None = None) -> bool:
        return False
