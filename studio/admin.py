"""Accounts and the audit log for operators. Secrets of second factors are nobody's to see."""

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from store.adminbase import AuditedAdmin
from store.audit import ACTIONS, KINDS
from store.models import AuditEntry
from store.operators import NOTHING, StoreFilter
from studio.account.secondfactor import remove_second_factor
from studio.account.sessions import note
from studio.history.words import describe

for _model in (TOTPDevice, StaticDevice, User):
    admin.site.unregister(_model)


@admin.register(User)
class AccountAdmin(AuditedAdmin, UserAdmin):  # type: ignore[type-arg]
    list_display = ("username", "email", "is_staff", "is_active", "has_second_factor", "last_login")
    actions = ("reset_second_factor",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        devices = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
        people: QuerySet[Any] = super().get_queryset(request)
        annotated: QuerySet[Any] = people.annotate(has_app=Exists(devices))
        return annotated

    @admin.display(boolean=True, description=_("second factor"))
    def has_second_factor(self, user: Any) -> bool:
        return bool(user.has_app)

    @admin.action(description=_("Reset the second factor"), permissions=["reset"])
    def reset_second_factor(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """For whoever lost phone and codes: they set up an app anew at the next log-in."""
        people = list(chosen.exclude(pk=request.user.pk or 0))
        for person in people:
            remove_second_factor(person)
            by = request.user.get_username()
            note(person, "account.second_factor_reset", by=by, subject=person.get_username())
        told = ngettext("%(count)d app is reset.", "%(count)d apps are reset.", len(people))
        self.message_user(request, told % {"count": len(people)}, messages.SUCCESS)

    def has_reset_permission(self, request: HttpRequest) -> bool:
        return bool(getattr(request.user, "is_superuser", False))


class KindFilter(admin.SimpleListFilter):
    title = _("kind")
    parameter_name = "kind"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return list(KINDS.items())

    def queryset(self, _request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        kind = self.value()
        return queryset.filter(action__startswith=f"{kind}.") if kind in KINDS else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(AuditedAdmin):
    """Who changed what, in every store and on the platform. Nobody changes that."""

    list_display = ["at", "actor", "what", "subject", "store"]
    list_display_links = ["what"]
    list_filter = [KindFilter, StoreFilter, "at"]
    list_select_related = ["store"]
    search_fields = ["=actor", "subject"]
    show_full_result_count = False
    fields = ("at", "actor", "what", "subject", "store", "shown_details")
    readonly_fields = fields

    @admin.display(description=_("what"), ordering="action")
    def what(self, entry: AuditEntry) -> Any:
        return ACTIONS.get(entry.action, entry.action)

    @admin.display(description=_("details"))
    def shown_details(self, entry: AuditEntry) -> Any:
        lines = ((line,) for line in describe(entry, ZoneInfo("UTC")).details)
        return format_html_join("", "<div>{}</div>", lines) or NOTHING

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _entry: Any = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _entry: Any = None) -> bool:
        return False
