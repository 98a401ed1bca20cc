"""What operators see of stores and e-mails. Keys and personal data are never shown."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from store.models import Domain, Email, Store


class AcrossStoresAdmin(admin.ModelAdmin[Any]):
    """Rows of every store: operators look after all of them."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset: QuerySet[Any] = self.model.across_stores.all()
        return queryset.order_by(*self.get_ordering(request))


class ReadOnlyAdmin(AcrossStoresAdmin):
    """Rows that only the software writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class StoreForm(forms.ModelForm[Store]):
    new_api_key = forms.CharField(
        label=_("New API key"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Leave empty to keep the present one, which is never shown."),
    )

    class Meta:
        model = Store
        fields = ["name", "slug", "locale", "template", "is_published"]

    def save(self, commit: bool = True) -> Any:
        if self.cleaned_data["new_api_key"]:
            self.instance.api_key = self.cleaned_data["new_api_key"]
        return super().save(commit)


class DomainInline(admin.TabularInline[Domain, Store]):
    model = Domain
    extra = 0


@admin.register(Store)
class StoreAdmin(admin.ModelAdmin[Store]):
    form = StoreForm
    list_display = ["name", "slug", "locale", "template", "is_published"]
    readonly_fields = ["tenant_id", "created_at"]
    inlines = [DomainInline]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # `manage.py create_store` asks for all that a store needs


@admin.register(Email)
class EmailAdmin(ReadOnlyAdmin):
    list_display = ["fact", "store", "state", "attempts", "due_at", "sent_at", "last_error"]
    list_filter = ["state", "store"]
    fields = ["fact", "store", "state", "attempts", "due_at", "created_at", "sent_at", "last_error"]
