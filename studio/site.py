"""The admin site: platform staff get Django's admin of everything, merchants the studio of their stores.

Of Django's admin a merchant has what an admin class opens to them (store.adminbase) and nothing else: every
address below a model passes `_guard`, whatever class it is of.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext_lazy as _

from store.access import is_merchant, is_staff, stores_of
from store.adminbase import AcrossStoresAdmin, audited
from studio.account.secondfactor import Step, next_step

View = Callable[..., HttpResponse]

# Of the pages that belong to no model, a merchant has these. Not the look-ups: they know no stores.
MERCHANT_PAGES = {"index", "login", "logout", "password_change", "app_list", "jsi18n", "records"}


class MangoAdminSite(admin.AdminSite):
    site_header = site_title = "Mango Online Store"
    index_title = _("For operators")
    site_url = None  # there is no page of stores at the platform's root

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Whatever class it is: what is done through it is on record."""
        super().register(model_or_iterable, audited(admin_class or admin.ModelAdmin), **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff and merchants, once they have shown the second factor where they need or have one."""
        if not (is_staff(request.user) or is_merchant(request.user)):
            return False
        return next_step(request) is Step.NONE

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        from studio.account.views.login import log_in  # which asks this site who may come in

        return log_in(request)

    def logout(  # type: ignore[override]  # a redirect is no template's response
        self, request: HttpRequest, extra_context: Any = None
    ) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        logout(request)
        messages.success(request, _("You are logged out."))
        return HttpResponseRedirect(reverse("admin:login"))

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return HttpResponseRedirect(reverse("account:password"))

    def get_urls(self) -> list[Any]:
        """Django's, each behind the guard."""
        by_route = {
            f"{model._meta.app_label}/{model._meta.model_name}/": model_admin
            for model, model_admin in self._registry.items()
        }
        urls = super().get_urls()
        urls.insert(0, path("records/", self.admin_view(self.records), name="records"))
        for entry in urls:
            if isinstance(entry, URLResolver):
                model_admin = by_route[str(entry.pattern)]
                for page in cast("list[URLPattern]", entry.url_patterns):
                    page.callback = self._guard_rows(page.callback, model_admin, page.name)
            elif entry.name == "logout":
                entry.callback = self.logout  # for whoever got no further than the password, too
            elif entry.name and entry.name not in MERCHANT_PAGES:  # without a name: what adds a slash
                entry.callback = self._guard(entry.callback, lambda _request: False)
        return urls

    def _guard_rows(self, view: View, model_admin: Any, name: str | None) -> View:
        """`name` is "booking_booking_change"; None is that of the redirect to such a page."""
        opts = model_admin.opts
        page = name.removeprefix(f"{opts.app_label}_{opts.model_name}_") if name else "change"

        def is_open(request: HttpRequest) -> bool:
            return _opens(model_admin, request, page)

        return self._guard(view, is_open)

    def _guard(self, view: View, is_open: Callable[[HttpRequest], bool]) -> View:
        """What a merchant may not open is not there; whoever is not let in at all is asked to log in."""

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not self.has_permission(request):
                return self.admin_view(view)(request, *args, **kwargs)  # asks to log in
            if not is_staff(request.user) and not is_open(request):
                raise Http404
            return view(request, *args, **kwargs)

        return guarded

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """For a merchant without what is not open to them, whatever Django's permissions say."""
        apps = super().get_app_list(request, app_label)
        if is_staff(request.user):
            return apps
        for app in apps:
            rows = app["models"]
            app["models"] = [r for r in rows if _opens(self._registry[r["model"]], request, "changelist")]
        return [app for app in apps if app["models"]]

    def records(self, request: HttpRequest) -> HttpResponse:
        """The lists of what is opened to a merchant, which have no place in the studio of one store."""
        return super().index(request, {"title": _("Bookings, orders and payments")})

    def index(  # type: ignore[override]  # a redirect is no template's response
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A merchant's one store, or the choice of several; for staff Django's list of everything."""
        if is_staff(request.user):
            from studio.dashboard import (  # models of apps that are loaded after this
                find_figures,
                find_stores,
            )

            figures = {"figures": find_figures(request), **find_stores(request)}
            return super().index(request, {**figures, **(extra_context or {})})
        stores = list(stores_of(request.user))
        if len(stores) == 1:
            return HttpResponseRedirect(reverse("studio:home", args=[stores[0].slug]))
        return render(request, "studio/stores.html", {"stores": stores})


def _opens(model_admin: Any, request: HttpRequest, page: str) -> bool:
    """Whether an admin class lets a merchant open this kind of page; none that knows no stores does."""
    return isinstance(model_admin, AcrossStoresAdmin) and model_admin.lets_merchant_open(request, page)
