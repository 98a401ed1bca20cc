"""Bookings for operators: how the outbox stands, nothing to change, nobody's name to read."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from booking.models import Booking
from store.adminbase import ReadOnlyAdmin
from store.clients import mask_email, match_email
from store.models import Role
from store.operators import StoreFilter, WaitingFilter


@admin.register(Booking)
class BookingAdmin(ReadOnlyAdmin):
    """Read-only. An operator looks across stores on purpose; personal data stays sealed but for its shape."""

    merchants_see = Role.VIEWER
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
    list_filter = ["state", "action", WaitingFilter, StoreFilter]
    search_fields = ["id", "upstream_id", "confirmation_number"]
    search_help_text = _("A number, an id or a client’s e-mail address, in full.")
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

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Booking], search_term: str
    ) -> tuple[QuerySet[Booking], bool]:
        if "@" in search_term:
            return queryset.filter(match_email(search_term.strip())), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description=_("client"))
    def client(self, booking: Booking) -> str:
        return mask_email(booking.email)
