"""A page of the studio: which store it is of, and what whoever asks may do there."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control

from store.access import role_in
from store.models import Role, Store
from store.tenancy import StoreInfo, store_scope

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Studio:
    """The store a page is of, and its visitor. `store` is the row, `info` what its pages know of it."""

    store: Store
    info: StoreInfo
    user: AbstractBaseUser
    role: Role

    @property
    def by(self) -> str:
        """The visitor's name in drafts and in the log."""
        return str(self.user.get_username())

    @property
    def actor(self) -> dict[str, Any]:
        """The visitor as services take them that write to the log."""
        return {"by": self.by, "user": self.user}

    @property
    def can_edit(self) -> bool:
        return self.role.reaches(Role.EDITOR)

    @property
    def is_owner(self) -> bool:
        return self.role.reaches(Role.OWNER)


def studio_page(*, sees: Role = Role.VIEWER, changes: Role = Role.EDITOR) -> Callable[[View], View]:
    """The view takes `studio` instead of the address's slug, inside the store's scope and never cached.

    Looking (GET, HEAD) takes the role `sees`, everything else `changes`. Whoever is not in the store gets the
    404 of a store that does not exist; a member whose role is too small gets a 403 that says whom to ask.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponse:
            if not admin.site.has_permission(request):
                return redirect_to_login(request.get_full_path(), reverse("admin:login"))
            store = Store.objects.select_related("live_version").filter(slug=slug).first()
            role = role_in(request.user, store.pk) if store else None
            if store is None or role is None:
                raise Http404
            info = store.as_info()
            studio = Studio(store, info, request.user, role)  # type: ignore[arg-type]  # logged in, see above
            request.studio = studio  # type: ignore[attr-defined]
            with store_scope(info):
                if not role.reaches(sees if request.method in ("GET", "HEAD") else changes):
                    return render(request, "studio/forbidden.html", {"studio": studio}, status=403)
                response = view(request, studio, *args, **kwargs)
                patch_cache_control(response, no_store=True, private=True)
                return response

        return answer

    return decorate
