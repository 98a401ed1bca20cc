"""What lists in the admin have in common, whatever they are of: by store, by outbox."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config.readers import read_uuid
from store.access import roles_of
from store.models import Store

NOTHING = "–"


class StoreFilter(admin.SimpleListFilter):
    title = _("store")
    parameter_name = "store"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        return [(str(pk), slug) for pk, slug in Store.objects.values_list("pk", "slug")]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = read_uuid(self.value() or "")
        return queryset.filter(store_id=chosen) if chosen else queryset


class OwnStoreFilter(StoreFilter):
    """Among the stores somebody is in: those of others are not even named."""

    def lookups(self, request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        own = Store.objects.filter(pk__in=roles_of(request))
        return [(str(pk), slug) for pk, slug in own.values_list("pk", "slug")]


class WaitingFilter(admin.SimpleListFilter):
    """Of rows that stand for work (store.durable)."""

    title = _("outbox")
    parameter_name = "outbox"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return [("waiting", _("Waiting")), ("failing", _("Tried in vain"))]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "waiting":
                return queryset.filter(due_at__isnull=False)
            case "failing":
                return queryset.filter(due_at__isnull=False).exclude(last_error="")
        return queryset
