"""The operators' first page in figures: one query for each, whatever there is of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import Count, Model, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from analytics.models import Alert
from booking.models import Booking
from payments.models import Order
from store.models import Email, Store
from webhooks.models import InboxEvent

STORES_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Figure:
    label: str
    value: int
    url: str
    is_trouble: bool = False


def find_figures(request: HttpRequest) -> list[Figure]:
    """Of what the operator may look at. Each leads to the list of just those rows."""
    return [figure for part in (_stores, _troubles, _outboxes) for figure in part(request)]


def find_stores(request: HttpRequest) -> dict[str, Any]:
    """The first stores by name with their studios, and how many there are."""
    if not _may_see(request, Store):
        return {"stores": [], "has_more": False}
    rows = list(Store.objects.order_by("name").values("name", "slug", "is_published")[: STORES_SHOWN + 1])
    stores = [{**row, "url": reverse("studio:home", args=[row["slug"]])} for row in rows[:STORES_SHOWN]]
    return {"stores": stores, "has_more": len(rows) > STORES_SHOWN}


def _stores(request: HttpRequest) -> Iterator[Figure]:
    if not _may_see(request, Store):
        return
    counted = Store.objects.aggregate(all=Count("pk"), published=Count("pk", filter=Q(is_published=True)))
    drafts = counted["all"] - counted["published"]
    yield Figure(_("Stores published"), counted["published"], _list(Store, "is_published__exact=1"))
    yield Figure(_("Stores not published"), drafts, _list(Store, "is_published__exact=0"))


def _troubles(request: HttpRequest) -> Iterator[Figure]:
    if _may_see(request, Alert):
        count = Alert.objects.filter(cleared_at=None).count()
        yield Figure(_("Alerts open"), count, _list(Alert, "open=1"), count > 0)
    if _may_see(request, Email):
        count = Email.across_stores.filter(state=Email.State.FAILED).count()
        yield Figure(_("E-mails failed"), count, _list(Email, "state__exact=failed"), count > 0)
    if _may_see(request, InboxEvent):
        count = InboxEvent.across_stores.filter(state=InboxEvent.State.DEAD).count()
        yield Figure(_("Webhooks given up"), count, _list(InboxEvent, "state__exact=dead"), count > 0)


def _outboxes(request: HttpRequest) -> Iterator[Figure]:
    if _may_see(request, InboxEvent):
        waiting = InboxEvent.across_stores.filter(state=InboxEvent.State.RECEIVED).count()
        yield Figure(_("Webhooks waiting"), waiting, _list(InboxEvent, "state__exact=received"))
    for model, label in ((Booking, _("Bookings waiting")), (Order, _("Orders waiting"))):
        if _may_see(request, model):
            waiting = model.across_stores.filter(due_at__isnull=False).count()
            yield Figure(label, waiting, _list(model, "outbox=waiting"))


def _may_see(request: HttpRequest, model: type[Model]) -> bool:
    return bool(admin.site.get_model_admin(model).has_view_permission(request))


def _list(model: type[Model], query: str) -> str:
    return f"{reverse(f'admin:{model._meta.app_label}_{model._meta.model_name}_changelist')}?{query}"
