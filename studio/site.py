"""The admin site: platform staff get Django's admin of everything, merchants the studio of their stores."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from store.access import is_merchant, is_staff, stores_of


class MangoAdminSite(admin.AdminSite):
    site_header = site_title = "Mango Online Store"
    index_title = _("For operators")

    def has_permission(self, request: HttpRequest) -> bool:
        return is_staff(request.user) or is_merchant(request.user)

    def index(  # type: ignore[override]  # a redirect is no template's response
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A merchant's one store, or the choice of several; for staff Django's list of everything."""
        if is_staff(request.user):
            return super().index(request, extra_context)
        stores = list(stores_of(request.user))
        if len(stores) == 1:
            return HttpResponseRedirect(reverse("studio:home", args=[stores[0].slug]))
        return render(request, "studio/stores.html", {"stores": stores})
