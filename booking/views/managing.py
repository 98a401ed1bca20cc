"""A booking by its manage token: look, add to a calendar, move, cancel, take that back."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import wraps
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from analytics.services import record_conversion
from booking import services
from booking.managepage import make_manage_page
from booking.models import UNSENT, Booking, BookingState
from booking.notices import find_notice
from booking.pages import summarize
from booking.payingpage import can_be_made, make_paying_page
from booking.queries import find_booking, find_booking_or_paid_draft
from booking.selection import read_day, read_instant, read_selection
from booking.services.calendar import build_calendar, calendar_file_name
from booking.services.mails import manage_url
from booking.services.places import find_place
from booking.timepage import Question, make_slot
from booking.views.common import View, booking_page, go, render_times
from store.consent import read_consent

REFRESH_SECONDS = 10
SOON_SECONDS = 3  # where a worker is at it
# After so long without news of a payment its client may try once more: it is the same payment.
NEWS_TIME = timedelta(minutes=1)


def page_of(find: Callable[[str], Booking | None]) -> Callable[[Callable[..., HttpResponse]], View]:
    """A page of what `find` has for the address's token."""

    def decorate(view: Callable[[HttpRequest, Booking], HttpResponse]) -> View:
        @booking_page
        @wraps(view)
        def wrapped(request: HttpRequest, token: str) -> HttpResponse:
            booking = find(token)
            if booking is None:
                raise Http404
            response = view(request, booking)
            # The address is the key. Not "no-referrer": a browser would then post with `Origin: null`,
            # refused.
            response["Referrer-Policy"] = "same-origin"
            response["X-Robots-Tag"] = "noindex"
            return response

        return wrapped

    return decorate


manage_page = page_of(find_booking)


@page_of(find_booking_or_paid_draft)
@require_safe
def manage(request: HttpRequest, booking: Booking) -> HttpResponse:
    if booking.state == BookingState.DRAFT:
        return _show_paying(request, booking)
    if booking.is_open():
        booked = [("service", str(line.service_id)) for line in booking.lines]
        record_conversion(visitor=read_consent(request).visitor, items=booked, at=booking.created_at)
    is_gone = booking.state in {BookingState.REJECTED, BookingState.CANCELLED}
    alternatives = services.unpack_slots(booking.alternatives) if is_gone else ()
    choice = services.choice_of(booking)
    context = {
        "page": make_manage_page(booking),
        "booking": booking,
        "summary": summarize(booking),
        "slots": [make_slot(slot, choice) for slot in services.free_alternatives(alternatives)],
        "notice": find_notice(request.GET),
    }
    response = render(request, "booking/manage.html", context)
    if booking.state == BookingState.SUBMITTING:
        response["Refresh"] = str(SOON_SECONDS)
    elif booking.state in UNSENT or booking.action:
        response["Refresh"] = str(REFRESH_SECONDS)
    return response


def _show_paying(request: HttpRequest, draft: Booking) -> HttpResponse:
    payment = services.find_payment(draft)
    if payment is None or not (services.is_made(payment) or can_be_made(payment)):
        return go(f"{reverse('book_confirm', args=[draft.pk])}?why=unpaid")
    is_news_awaited = "returned" in request.GET and payment.asked_at > timezone.now() - NEWS_TIME
    page = make_paying_page(draft, payment, has_returned=is_news_awaited)
    response = render(request, "booking/paying.html", {"page": page})
    response["Refresh"] = str(SOON_SECONDS if not page.pay_url else REFRESH_SECONDS)
    return response


@manage_page
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, booking: Booking) -> HttpResponse:
    here = reverse("booking_move", args=[booking.token])
    if request.method == "POST":
        return _move(request, booking, here)
    if not make_manage_page(booking).can_move:
        return _too_late(booking)
    staff = read_selection(request.GET).staff_id
    choice = services.choice_of(booking).for_person(staff)

    def address(day: date | None, staff_id: UUID | None) -> str:
        chosen = {"day": day.isoformat() if day else "", "staff": staff_id or ""}
        return here + "?" + "&".join(f"{name}={value}" for name, value in chosen.items() if value)

    question = Question(
        choice=choice,
        day=read_day(request.GET.get("day", "")),
        address=address,
        taken=read_instant(request.GET.get("taken", "")),
        ignore=booking.pk,
    )
    return render_times(request, question, action=address(None, staff), moving=make_manage_page(booking))


def _move(request: HttpRequest, booking: Booking, here: str) -> HttpResponse:
    start = read_instant(request.POST.get("slot", ""))
    if start is None:
        return go(f"{here}?why=slot")
    staff_id = read_selection(request.GET).staff_id
    try:
        moved = services.move_booking(booking_id=booking.pk, start=start, staff_id=staff_id)
    except services.SlotTaken:
        return go(f"{here}?why=taken&day={start.astimezone(booking.zone).date()}")
    except services.BookingProblem:
        return _too_late(booking)
    return go(manage_url(booking) + ("" if moved.action else "?why=moved"))


@manage_page
@require_http_methods(["GET", "HEAD", "POST"])
def cancellation(request: HttpRequest, booking: Booking) -> HttpResponse:
    """Links in e-mails may lead here: a GET shows what would be canceled, its button cancels."""
    if request.method == "POST":
        return _cancel(booking)
    page = make_manage_page(booking)
    if not page.can_cancel:
        return _too_late(booking)
    return render(request, "booking/cancellation.html", {"page": page})


def _cancel(booking: Booking) -> HttpResponse:
    try:
        services.cancel_booking(booking_id=booking.pk)
    except services.BookingProblem:
        return _too_late(booking)
    return go(manage_url(booking))


def _too_late(booking: Booking) -> HttpResponse:
    """To the booking's page, which says whom to call; or, where it is gone already, that it is."""
    is_open = booking.state == BookingState.CONFIRMED and not booking.action
    return go(manage_url(booking) + ("?why=late" if is_open else ""))


@manage_page
@require_POST
def restoration(_request: HttpRequest, booking: Booking) -> HttpResponse:
    """Take the cancellation back: within two minutes, while the time is free."""
    try:
        restored = services.restore_booking(booking_id=booking.pk)
        was_made_again = restored.tries_of_key > booking.tries_of_key
        why = "" if restored.state in UNSENT else "back" if was_made_again else "kept"
    except services.SlotTaken:
        why = "not-back"
    except services.BookingProblem:
        why = "not-undone"
    return go(manage_url(booking) + (f"?why={why}" if why else ""))


@manage_page
@require_safe
def calendar(_request: HttpRequest, booking: Booking) -> HttpResponse:
    place = find_place()
    text = build_calendar(
        booking=booking, method="PUBLISH", place=place.one_line, salon_email="", link=manage_url(booking)
    )
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{calendar_file_name(booking)}"'
    return response
