"""A draft: who is coming, a last look, and what became of it meanwhile."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from booking import services
from booking.forms import ClientForm
from booking.models import Booking, BookingState
from booking.notices import find_notice
from booking.pages import make_draft_page
from booking.paywords import say_end
from booking.queries import find_draft
from booking.selection import read_instant, selection_of
from booking.services.billing import payment_url
from booking.services.drafts import client_of
from booking.services.limits import draft_wait
from booking.services.mails import manage_url
from booking.steps import mark_steps
from booking.timepage import make_slot
from booking.views.common import View, booking_page, go, too_many
from catalog.queries import get_catalog


def draft_page(view: Callable[[HttpRequest, Booking], HttpResponse]) -> View:
    """A page of a live draft; what the draft has become meanwhile has its own."""

    @booking_page
    @wraps(view)
    def wrapped(request: HttpRequest, draft_id: UUID) -> HttpResponse:
        draft = find_draft(draft_id)
        if draft is None:
            raise Http404
        if draft.state == BookingState.REJECTED:
            return _show_taken(request, draft)
        if draft.state != BookingState.DRAFT or services.is_paying(draft):
            return go(manage_url(draft))
        if not draft.is_usable():
            return _show_expired(request, draft)
        return view(request, draft)

    return wrapped


@draft_page
@require_http_methods(["GET", "HEAD", "POST"])
def details(request: HttpRequest, draft: Booking) -> HttpResponse:
    country = get_catalog().business.address.country
    if request.method == "POST":
        form = ClientForm(request.POST, country=country)
        if form.is_valid():
            try:
                services.fill_client(draft_id=draft.pk, client=form.cleaned_data)
            except services.DraftExpired:
                return _show_expired(request, draft)
            return go(reverse("book_confirm", args=[draft.pk]))
    else:
        form = ClientForm(initial=client_of(draft), country=country)
    context = {"form": form, "page": make_draft_page(draft), "notice": find_notice(request.GET)}
    context["steps"] = mark_steps("details", selection_of(draft, keeps_draft=True))
    return render(request, "booking/details.html", context, status=422 if form.errors else 200)


@draft_page
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, draft: Booking) -> HttpResponse:
    if not draft.has_client():
        return go(reverse("book_details", args=[draft.pk]))
    if request.method == "POST":
        return _confirm(request, draft)
    notice = find_notice(request.GET, currency=draft.currency, total=draft.total_price)
    steps = mark_steps("details", selection_of(draft, keeps_draft=True))
    context = {"page": make_draft_page(draft), "notice": notice, "steps": steps}
    return render(request, "booking/review.html", context)


def _confirm(request: HttpRequest, draft: Booking) -> HttpResponse:
    here = reverse("book_confirm", args=[draft.pk])
    try:
        booking = services.confirm_booking(
            draft_id=draft.pk, accepted_total=services.read_money(request.POST.get("total", ""))
        )
    except services.PaymentRequired as wanted:
        return go(payment_url(wanted.payment))
    except services.PaymentNotPossible:
        return go(f"{here}?why=payment")
    except services.PriceChanged as change:
        return go(f"{here}?why=price&was={change.old}")
    except services.ServiceNotBookable:
        return go(selection_of(draft, keeps_draft=True).url("book", why="gone"))
    except services.BookingProblem:  # taken, expired, refused: the draft's own page says so
        return go(here)
    return go(manage_url(booking))


@draft_page
@require_POST
def extension(request: HttpRequest, draft: Booking) -> HttpResponse:
    why = "held"
    try:
        services.extend_hold(draft_id=draft.pk)
    except services.BookingProblem:
        why = "held-enough"
    route = "book_confirm" if request.POST.get("from") == "confirm" else "book_details"
    return go(f"{reverse(route, args=[draft.pk])}?why={why}")


@booking_page
@require_POST
def alternative(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """One tap on another time, after the first one was taken."""
    draft = find_draft(draft_id)
    start = read_instant(request.POST.get("slot", ""))
    if draft is None or draft.state not in {BookingState.DRAFT, BookingState.REJECTED}:
        raise Http404
    selection = selection_of(draft, keeps_draft=True)
    if start is None:
        return go(selection.url("book_time"))
    if wait := draft_wait(request):
        return too_many(request, wait)
    try:
        fresh = services.open_draft_like(booking=draft, start=start, staff_id=None)
    except services.SlotTaken:
        return go(selection.url("book_time", why="taken", taken=start.isoformat(), day=None))
    except services.BookingProblem:
        return go(selection.url("book", why="gone"))
    return go(reverse("book_confirm" if fresh.has_client() else "book_details", args=[fresh.pk]))


def _show_expired(request: HttpRequest, draft: Booking) -> HttpResponse:
    return render(request, "booking/expired.html", {"page": make_draft_page(draft)}, status=410)


def _show_taken(request: HttpRequest, draft: Booking) -> HttpResponse:
    problem = services.problem_of(draft)
    slots = getattr(problem, "alternatives", ())
    choice = services.choice_of(draft)
    if not slots and isinstance(problem, services.SlotTaken):
        slots = services.find_alternatives(choice=choice, around=draft.start_at)
    context = {
        "page": make_draft_page(draft),
        "slots": [make_slot(slot, choice) for slot in slots],
        "is_taken": isinstance(problem, services.SlotTaken),
        "money": say_end(draft, services.find_payment(draft)) or _("Nothing was charged."),
    }
    return render(request, "booking/taken.html", context)
