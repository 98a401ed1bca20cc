"""What operators see of stores and e-mails. Keys and personal data are never shown."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from store.adminbase import AuditedAdmin, ReadOnlyAdmin
from store.domains.names import BadHost, normalize_host
from store.models import Domain, Email, Role, Store
from store.services import requeue_emails


class StoreForm(forms.ModelForm[Store]):
    new_api_key = forms.CharField(
        label=_("New API key"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Leave empty to keep the present one, which is never shown."),
    )

    class Meta:
        model = Store
        fields = [
            "name",
            "slug",
            "locale",
            "is_published",
            "reminds_day_before",
            "reminds_hours_before",
            "has_ai",
            "chat_per_minute",
        ]

    def save(self, commit: bool = True) -> Any:
        if self.cleaned_data["new_api_key"]:
            self.instance.api_key = self.cleaned_data["new_api_key"]
        return super().save(commit)


class DomainForm(forms.ModelForm[Domain]):
    """What an operator verifies counts without proof: the DNS is not asked about it any more."""

    class Meta:
        model = Domain
        fields = ["host", "is_primary", "verified_at"]

    def clean_host(self) -> str:
        try:
            return normalize_host(self.cleaned_data["host"])
        except BadHost as error:
            raise forms.ValidationError(error.sentence) from error

    def save(self, commit: bool = True) -> Any:
        if "verified_at" in self.changed_data:
            self.instance.failing_since = None
            self.instance.next_check_at = None if self.instance.verified_at else timezone.now()
        return super().save(commit)


class DomainInline(admin.TabularInline[Domain, Store]):
    model = Domain
    form = DomainForm
    readonly_fields = ["checked_at", "next_check_at", "failing_since"]
    extra = 0


@admin.register(Store)
class StoreAdmin(AuditedAdmin):
    form = StoreForm
    audit_shows = ("name", "slug", "locale")
    list_display = ["name", "slug", "locale", "is_published"]
    list_filter = ["is_published"]
    readonly_fields = ["tenant_id", "created_at"]
    inlines = [DomainInline]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # `manage.py create_store` asks for all that a store needs


@admin.register(Email)
class EmailAdmin(ReadOnlyAdmin):
    """What became of each e-mail. Whom it is to is shown by its shape only, its words not at all."""

    merchants_see = Role.VIEWER
    list_display = [
        *("fact", "store", "state", "masked_recipient", "attempts"),
        *("due_at", "sent_at", "delivered_at", "last_error"),
    ]
    list_filter = ["state", "store", "kind"]
    list_select_related = ["store"]
    search_fields = ["fact", "provider_id"]
    fields = (
        *("id", "fact", "store", "state", "masked_recipient", "provider_id", "attempts", "last_error"),
        *("may_be_sent", "times_requeued", "useful_until", "due_at"),
        *("created_at", "sent_at", "delivered_at", "failed_at"),
    )
    readonly_fields = fields
    actions = ["send_again"]

    @admin.display(description=_("recipient"))
    def masked_recipient(self, email: Email) -> str:
        """ "z…@e…": enough to tell two clients apart."""
        name, _at, host = email.recipient.partition("@")
        return f"{name[:1]}…@{host[:1]}…"

    @admin.action(description=_("Send again what failed or came back"), permissions=["send_again"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Email]) -> None:
        count = requeue_emails(queryset.values_list("pk", flat=True))
        self.message_user(
            request,
            ngettext("%(count)d e-mail is sent again.", "%(count)d e-mails are sent again.", count)
            % {"count": count},
        )

    def has_send_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("store.change_email")
