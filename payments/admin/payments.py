"""Payments for operators: what happened to each, a look on demand, and giving money back."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.urls.resolvers import URLPattern
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from payments.admin.finding import match_payments, page_of, show_money, show_table
from payments.models import Payment, PaymentEvent, Refund
from payments.money import round_money
from payments.queries import find_refundable
from payments.services import RefundNotPossible, refund_payment
from payments.services.looking import look_soon
from store.adminbase import ReadOnlyAdmin
from store.models import Role
from store.operators import StoreFilter, WaitingFilter
from store.queries import load_store_info
from store.tenancy import store_scope


class RefundForm(forms.Form):
    """`key` makes one refund of a form that is sent twice."""

    amount = forms.DecimalField(label=_("Amount"), max_digits=14, decimal_places=3)
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, payment: Payment, left: Decimal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.payment, self.left = payment, left
        self.initial = {"amount": round_money(left, payment.currency), "key": uuid4()}

    def clean_amount(self) -> Decimal:
        amount: Decimal = self.cleaned_data["amount"]
        if not 0 < amount <= self.left:
            raise forms.ValidationError(
                _("Between nothing and %(left)s."), params={"left": show_money(self.payment, self.left)}
            )
        if amount != round_money(amount, self.payment.currency):
            raise forms.ValidationError(_("This currency has no such small change."))
        return amount


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    """Nothing to edit. Looking again asks for the permission to change payments, refunds for their own."""

    merchants_see = Role.VIEWER
    list_display = [
        "__str__", "store", "purpose", "state", "shown_amount", "method", "created_at", "due_at",
        "last_error",
    ]  # fmt: skip
    list_filter = ["state", "purpose", WaitingFilter, StoreFilter, "created_at"]
    list_select_related = ["store"]
    search_fields = ["intent_id"]
    search_help_text = _("An id, an order’s number or a client’s e-mail address, in full.")
    ordering = ["-created_at"]
    show_full_result_count = False
    fields = (
        "id", "store", "purpose", "subject_id", "state", "shown_amount", "shown_taken", "shown_refunded",
        "method", "problem", "intent_id", "account_id", "uses_own_keys", "capture_before", "expires_at",
        "created_at", "settled_at", "due_at", "attempts", "last_error", "refunds", "timeline",
    )  # fmt: skip
    readonly_fields = fields
    actions = ["look_again_selected"]

    def get_search_results(
        self, _request: HttpRequest, queryset: QuerySet[Payment], search_term: str
    ) -> tuple[QuerySet[Payment], bool]:
        term = search_term.strip()
        return (queryset.filter(match_payments(term)) if term else queryset), False

    @admin.display(description=_("amount"), ordering="amount")
    def shown_amount(self, payment: Payment) -> str:
        return show_money(payment, payment.amount)

    @admin.display(description=_("taken"))
    def shown_taken(self, payment: Payment) -> str:
        return show_money(payment, payment.amount_taken)

    @admin.display(description=_("given back"))
    def shown_refunded(self, payment: Payment) -> str:
        return show_money(payment, payment.amount_refunded)

    @admin.display(description=_("refunds"))
    def refunds(self, payment: Payment) -> SafeString | str:
        found = Refund.across_stores.filter(payment=payment).order_by("created_at")
        return show_table(
            [_("At"), _("What")],
            [[_show_moment(refund.created_at), _describe_refund(payment, refund)] for refund in found],
        )

    @admin.display(description=_("timeline"))
    def timeline(self, payment: Payment) -> SafeString | str:
        """Not an inline of the admin's: those look for rows of the store in scope, and there is none."""
        events = PaymentEvent.across_stores.filter(payment=payment).order_by("at", "id")
        return show_table(
            [_("At"), _("What")],
            [[_show_moment(event.at), _join(event.kind, event.note, event.by)] for event in events],
        )

    # --- looking again ---

    def has_look_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.change_payment")

    @admin.action(description=_("Look again"), permissions=["look"])
    def look_again_selected(self, request: HttpRequest, payments: QuerySet[Payment]) -> None:
        keys = list(payments.order_by().values_list("pk", flat=True))
        for start in range(0, len(keys), 500):
            look_soon(Payment.across_stores.filter(pk__in=keys[start : start + 500]))
        told = ngettext("%(count)d payment is looked at.", "%(count)d payments are looked at.", len(keys))
        self.message_user(request, told % {"count": len(keys)}, messages.SUCCESS)

    # --- giving back ---

    def has_refund_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) and request.user.has_perm("payments.refund_payment")

    def get_urls(self) -> list[URLPattern]:
        refund = self.admin_site.admin_view(self.refund_view)
        return [path("<uuid:pk>/refund/", refund, name="payments_payment_refund"), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        may = self.has_refund_permission(request)
        context = {**(extra_context or {}), "may_refund": may}
        return super().change_view(request, object_id, form_url, context)

    def refund_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The sum is asked for, then shown once more to be confirmed; only the second POST gives it back."""
        if not self.has_refund_permission(request):
            raise PermissionDenied
        payment = get_object_or_404(self.get_queryset(request).select_related("store"), pk=pk)
        with store_scope(load_store_info(payment.store_id)):
            left = find_refundable(payment)
        form = RefundForm(request.POST or None, payment=payment, left=left)
        if request.method == "POST" and "confirmed" in request.POST:
            return self._refund(request, payment, form)
        is_asked = request.method == "POST" and form.is_valid()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Give money back"),
            "opts": self.opts,
            "payment": payment,
            "left": show_money(payment, left),
            "is_anything_left": left > 0,
            "form": form,
            "amount": show_money(payment, form.cleaned_data["amount"]) if is_asked else "",
            "reason": Refund.Reason.MERCHANT.label,
        }
        name = "refund_confirmation" if is_asked else "refund"
        return TemplateResponse(request, f"admin/payments/payment/{name}.html", context)

    def _refund(self, request: HttpRequest, payment: Payment, form: RefundForm) -> HttpResponse:
        back = HttpResponseRedirect(reverse(page_of(payment), args=[payment.pk]))
        try:
            key, amount = UUID(request.POST.get("key", "")), Decimal(request.POST.get("amount", ""))
            with store_scope(load_store_info(payment.store_id)):
                refund = refund_payment(
                    payment_id=payment.pk, amount=amount, by=request.user.get_username(), refund_id=key
                )
        except (RefundNotPossible, ValueError, ArithmeticError):
            self.message_user(request, _("Nothing was given back: that is not possible."), messages.ERROR)
            return back
        self.log_change(request, payment, f"refund {refund.pk}: {refund.amount.normalize():f}")
        told = _("%(amount)s goes back to the client.") % {"amount": show_money(payment, refund.amount)}
        self.message_user(request, told, messages.SUCCESS)
        return back


def _describe_refund(payment: Payment, refund: Refund) -> str:
    amount = show_money(payment, refund.amount)
    return _join(amount, refund.get_state_display(), refund.problem, refund.get_reason_display(), refund.by)


def _join(*words: str) -> str:
    """In one column: the page is read on telephones, too."""
    return " · ".join(filter(None, words))


def _show_moment(moment: datetime) -> str:
    return date_format(moment, "SHORT_DATETIME_FORMAT")
