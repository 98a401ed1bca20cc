"""The first page of a store's studio: how it stands, how the week was, what needs somebody."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from booking.models import Booking, BookingState
from catalog.queries import Catalog
from store import formats
from store.design import Design
from store.services import read_draft
from store.tenancy import current_store
from studio.home.troubles import list_troubles
from studio.home.week import list_figures
from studio.page import Studio, studio_page
from studio.start.steps import find_catalog, list_steps

VISITS = 6


@dataclass(frozen=True, slots=True)
class Visit:
    when: str
    what: str
    who: str  # of the staff; clients' names stay in Mango Biz


@require_safe
@studio_page()
def home(request: HttpRequest, studio: Studio) -> HttpResponse:
    catalog = find_catalog()
    steps = list_steps(studio.store)
    context: dict[str, Any] = {
        "open_steps": [step for step in steps if not step.is_done],
        "next_step": next((step for step in steps if step.is_next), None),
        "has_unpublished": _has_unpublished(studio.info.design),
        "live": studio.store.live_version,
        "troubles": list_troubles(),
        "figures": list_figures(catalog.business.currency) if catalog else (),
        "visits": _list_visits(catalog) if catalog else (),
    }
    return render(request, "studio/home/home.html", context)


def _has_unpublished(live: Design) -> bool:
    draft = read_draft()
    return draft.revision > 0 and draft.design != live


def _list_visits(catalog: Catalog) -> tuple[Visit, ...]:
    """The next visits booked in this store."""
    rows = Booking.objects.filter(state=BookingState.CONFIRMED, start_at__gt=timezone.now())
    locale = current_store().locale
    return tuple(
        Visit(
            when=formats.format_moment(row.start_at.astimezone(catalog.zone), locale),
            what=", ".join(line.name for line in row.lines),
            who=row.staff_name,
        )
        for row in rows.order_by("start_at")[:VISITS]
    )
