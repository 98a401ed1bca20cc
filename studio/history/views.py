"""What happened in the store, and who did it."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from catalog.queries import find_zone
from store.audit import KINDS
from store.models import AuditEntry, Role
from studio.history.words import describe
from studio.page import Studio, studio_page

PAGE_SIZE = 50


@require_safe
@studio_page(sees=Role.EDITOR)
def history(request: HttpRequest, studio: Studio) -> HttpResponse:
    """`?who=` is a log-in name, `?kind=` one of store.audit.KINDS; what is neither chooses nothing."""
    entries = AuditEntry.objects.filter(store=studio.store)
    people = list(entries.order_by("actor").values_list("actor", flat=True).distinct())
    who, kind = request.GET.get("who", ""), request.GET.get("kind", "")
    if who in people:
        entries = entries.filter(actor=who)
    if kind in KINDS:
        entries = entries.filter(action__startswith=f"{kind}.")
    page = Paginator(entries, PAGE_SIZE).get_page(request.GET.get("page"))
    zone = find_zone()
    chosen = urlencode({"who": who, "kind": kind})
    context = {
        "page": page,
        "events": [describe(entry, zone) for entry in page],
        "people": people,
        "kinds": KINDS.items(),
        "who": who,
        "kind": kind,
        "zone": zone.key,
        "query": f"?{chosen}&page=",
    }
    with timezone.override(zone):
        return render(request, "studio/history/history.html", context)
