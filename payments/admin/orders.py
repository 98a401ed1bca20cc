"""Orders for operators: how the outbox stands, what was bought, nobody's name to read."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from payments.admin.finding import match_orders, page_of, show_money, show_table
from payments.models import Order, Payment
from payments.services.orders import PURPOSE
from store.adminbase import ReadOnlyAdmin
from store.clients import mask_email
from store.models import Email, Role
from store.operators import NOTHING, StoreFilter, WaitingFilter


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """Read-only. An operator looks across stores on purpose; personal data stays sealed but for its shape."""

    merchants_see = Role.VIEWER
    list_display = [
        "__str__", "store", "state", "status", "shown_total", "created_at", "client", "due_at", "last_error",
    ]  # fmt: skip
    list_filter = ["state", "status", WaitingFilter, StoreFilter, "created_at"]
    list_select_related = ["store"]
    search_fields = ["order_number"]
    search_help_text = _("A number, an id or a client’s e-mail address, in full.")
    ordering = ["-created_at"]
    show_full_result_count = False
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "id", "order_number", "store", "state", "status", "reason", "created_at", "placed_at",
                )
            },
        ),
        (_("What was ordered"), {"fields": ("lines", "shown_total", "method", "tracking_url")}),
        (_("Client"), {"fields": ("client", "language", "emails")}),
        (_("Payment"), {"fields": ("payments",)}),
        (
            _("Delivery to Mango Biz"),
            {
                "fields": (
                    "upstream_id", "version", "submitted_at", "due_at", "attempts", "last_error",
                    "unknown_outcome", "give_up_at",
                )
            },
        ),
    )  # fmt: skip
    readonly_fields = (
        "id", "order_number", "store", "state", "status", "reason", "created_at", "placed_at",
        "lines", "shown_total", "method", "tracking_url", "client", "language", "emails", "payments",
        "upstream_id", "version", "submitted_at", "due_at", "attempts", "last_error",
        "unknown_outcome", "give_up_at",
    )  # fmt: skip

    def get_search_results(
        self, _request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        """Whole values, which have an index or a hash."""
        term = search_term.strip()
        return (queryset.filter(match_orders(term)) if term else queryset), False

    @admin.display(description=_("client"))
    def client(self, order: Order) -> str:
        return mask_email(order.email)

    @admin.display(description=_("total"), ordering="total")
    def shown_total(self, order: Order) -> str:
        return show_money(order, order.total)

    @admin.display(description=_("lines"))
    def lines(self, order: Order) -> SafeString | str:
        parts = [(f"{line.quantity} × {line.name}", line.total) for line in order.lines]
        sums = {_("Subtotal"): order.subtotal, _("Tax"): order.tax, _("Shipping"): order.shipping}
        parts += [(str(name), amount) for name, amount in sums.items()]
        return show_table(
            [_("What"), _("Amount")], [[name, show_money(order, amount)] for name, amount in parts]
        )

    @admin.display(description=_("payments"))
    def payments(self, order: Order) -> SafeString | str:
        found = Payment.across_stores.filter(
            store_id=order.store_id, purpose=PURPOSE, subject_id=order.pk
        ).order_by("created_at")
        links = (
            (
                reverse(page_of(payment), args=[payment.pk]),
                payment,
                payment.get_state_display(),
                payment.method,
            )
            for payment in found
        )
        return format_html_join("", '<div><a href="{}">{}</a> · {} · {}</div>', links) or NOTHING

    @admin.display(description=_("e-mails"))
    def emails(self, order: Order) -> SafeString | str:
        found = Email.across_stores.filter(
            store_id=order.store_id, fact__startswith=f"order/{order.pk}/"
        ).order_by("created_at")
        links = (
            (reverse(page_of(email), args=[email.pk]), email.kind, email.get_state_display())
            for email in found
        )
        return format_html_join("", '<div><a href="{}">{}</a> · {}</div>', links) or NOTHING
