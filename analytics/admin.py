"""Alerts for operators, and how the assistant is used. A person may say that an alert is dealt with."""

from typing import Any

from django.contrib import admin
from django.db.models import Avg, Count, F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from analytics.models import Alert, Interaction
from store.adminbase import AuditedAdmin, ReadOnlyAdmin


class OpenFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "open"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", _("Open")), ("0", _("Dealt with"))]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Alert]) -> QuerySet[Alert]:
        chosen = self.value()
        return queryset.filter(cleared_at__isnull=chosen == "1") if chosen else queryset


@admin.register(Alert)
class AlertAdmin(AuditedAdmin):
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


@admin.register(Interaction)
class InteractionAdmin(ReadOnlyAdmin):
    """What visitors did with the assistant, summed up above the list. Texts are shown one at a time, as they
    are kept: without contact details."""

    list_display = ["created_at", "store", "kind", "outcome", "source", "milliseconds", "context", "item"]
    list_filter = ["kind", "source", "outcome", "day", "store"]
    list_select_related = ["store"]
    fields = (
        *("id", "store", "kind", "outcome", "source", "milliseconds", "context"),
        *("item", "is_personal", "text", "day", "created_at"),
    )
    readonly_fields = fields
    change_list_template = "admin/analytics/interaction/change_list.html"

    @admin.display(description=_("item"))
    def item(self, row: Interaction) -> str:
        return f"{row.item_kind} {row.item_id}".strip()

    @admin.display(boolean=True, description=_("with consent"))
    def is_personal(self, row: Interaction) -> bool:
        return bool(row.visitor)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        context = getattr(response, "context_data", None) or {}
        if "cl" in context:
            context["summary"] = _sum_up(context["cl"].queryset)
        return response


def _sum_up(rows: QuerySet[Interaction]) -> list[dict[str, Any]]:
    """One line for each kind and outcome of what is chosen, the most frequent first."""
    lines = rows.order_by().values("kind", "source", "outcome")
    counted = lines.annotate(count=Count("pk"), milliseconds=Avg("milliseconds")).order_by("-count")
    return [
        {
            "kind": Interaction.Kind(line["kind"]).label,
            "source": Interaction.Source(line["source"]).label if line["source"] else "",
            "outcome": line["outcome"],
            "count": line["count"],
            "milliseconds": None if line["milliseconds"] is None else round(line["milliseconds"]),
        }
        for line in counted[:50]
    ]
