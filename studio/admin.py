"""Accounts and the audit log for operators. Secrets of second factors are nobody's to see."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from store.adminbase import AuditedAdmin
from studio.account.secondfactor import remove_second_factor
from studio.account.sessions import note

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
