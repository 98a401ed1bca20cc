"""Bookings for operators: how the outbox stands, nothing to change, nobody's name to read."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from booking.models import Booking
from store.admin import ReadOnlyAdmin
from store.models import Store


class StoreFilter(admin.SimpleListFilter):
    title = _("store")
    parameter_name = "store"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        return [(str(pk), slug) for pk, slug in Store.objects.values_list("pk", "slug")]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Booking]) -> QuerySet[Booking]:
        chosen = self.value()
        return queryset.filter(store_id=chosen) if chosen else queryset


class OutboxFilter(admin.SimpleListFilter):
    title = _("outbox")
    parameter_name = "outbox"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return [("waiting", _("Waiting")), ("failing", _("Tried in vain"))]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Booking]) -> QuerySet[Booking]:
        match self.value():
            case "waiting":
                return queryset.filter(due_at__isnull=False)
            case "failing":
                return queryset.filter(due_at__isnull=False).exclude(last_error="")
        return queryset


@admin.register(Booking)
class BookingAdmin(ReadOnlyAdmin):
    """Read-only. An operator looks across stores on purpose; personal data stays sealed but for its shape."""

    list_display = [
        "__str__",
        "store",
        "state",
        "action",
        "start_at",
        "due_at",
        "attempts",
        "last_error",
        "client",
    ]
    list_filter = ["state", "action", OutboxFilter, StoreFilter]
    search_fields = ["id", "upstream_id", "confirmation_number"]
    list_select_related = ["store"]
    ordering = ["-created_at"]
    fields = (
        "id", "store", "state", "action", "reason", "confirmation_number", "upstream_id", "version", "client",
        "start_at", "end_at", "timezone", "local_day", "staff_name", "total_price", "currency",
        "payment_id", "keeps_deposit",
        "wanted_start_at", "due_at", "leased_until", "give_up_at", "attempts", "last_error",
        "unknown_outcome", "calendar_sequence", "remind_at", "created_at", "submitted_at", "settled_at",
        "cancel_asked_at", "cancelled_at",
    )  # fmt: skip
    readonly_fields = fields

    @admin.display(description=_("client"))
    def client(self, booking: Booking) -> str:
        """ "z…@e…": enough to tell two bookings apart."""
        name, _at, host = (booking.email or "").partition("@")
        return f"{name[:1]}…@{host[:1]}…" if name else "–"
