"""Choosing: services, a person, a time. Everything chosen stands in the address."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from booking import services
from booking.notices import find_notice
from booking.pages import list_groups, list_people
from booking.selection import Selection, read_instant, read_selection
from booking.services.limits import draft_wait
from booking.services.menu import find_services
from booking.steps import mark_steps
from booking.timepage import Question, make_slot, make_summary
from booking.views.common import booking_page, go, render_times, too_many
from catalog.queries import CatalogUnavailable

OPENINGS = 4


@booking_page
@require_safe
def choose_services(request: HttpRequest) -> HttpResponse:
    selection = read_selection(request.GET)
    context = {"groups": list_groups(selection), "selection": selection, "notice": find_notice(request.GET)}
    context["steps"] = mark_steps("service", selection)
    return render(request, "booking/services.html", context)


@booking_page
@require_safe
def choose_staff(request: HttpRequest) -> HttpResponse:
    selection = read_selection(request.GET)
    choice = _choose(selection, is_anybody_fine=True)
    if isinstance(choice, HttpResponse):
        return choice
    people = list_people(selection)
    if not people:
        return go(selection.url("book", why="nobody"))
    if len(people) == 1:
        return go(selection.url("book_time"))
    context = {"people": people, "selection": selection, "summary": make_summary(choice)}
    context["steps"] = mark_steps("staff", selection)
    return render(request, "booking/staff.html", context)


@booking_page
@require_http_methods(["GET", "HEAD", "POST"])
def choose_time(request: HttpRequest) -> HttpResponse:
    selection = read_selection(request.GET)
    choice = _choose(selection)
    if isinstance(choice, HttpResponse):
        return choice
    if request.method == "POST":
        return _hold_time(request, selection, choice)
    question = Question(
        choice=choice,
        day=selection.day,
        address=lambda day, staff_id: selection.url("book_time", day=day, staff_id=staff_id),
        taken=read_instant(request.GET.get("taken", "")),
        picked=read_instant(request.GET.get("slot", "")),
        ignore=selection.draft_id,
    )
    return render_times(
        request, question, action=selection.url("book_time"), steps=mark_steps("time", selection)
    )


def _hold_time(request: HttpRequest, selection: Selection, choice: services.Choice) -> HttpResponse:
    start = read_instant(request.POST.get("slot", ""))
    if start is None:
        return go(selection.url("book_time", why="slot"))
    if wait := draft_wait(request):
        return too_many(request, wait)
    try:
        draft = services.open_draft(choice=choice, start=start, replaces=selection.draft_id)
    except services.SlotTaken:
        return go(selection.url("book_time", why="taken", taken=start.isoformat(), day=None))
    except services.ServiceNotBookable:
        return go(selection.url("book", why="gone"))
    route = "book_confirm" if draft.has_client() else "book_details"
    return go(reverse(route, args=[draft.pk]))


@booking_page
@require_safe
def openings(request: HttpRequest) -> HttpResponse:
    """The next free times of a service, as a piece of another page."""
    selection = read_selection(request.GET)
    try:
        choice = selection.choose()
        slots = services.find_next_slots(choice=choice, count=OPENINGS) if choice.lines else ()
        is_known = True
    except (services.BookingProblem, CatalogUnavailable):
        slots, is_known = (), False
    links = []
    for slot in slots:
        local_day: date = slot.start.astimezone(choice.zone).date()
        url = selection.url("book_time", day=local_day, slot=slot.start.isoformat())
        links.append({"slot": make_slot(slot, choice), "url": url})
    return render(request, "booking/_openings.html", {"links": links, "is_known": is_known})


def _choose(selection: Selection, *, is_anybody_fine: bool = False) -> services.Choice | HttpResponse:
    """The choice, or where to go when it cannot be made."""
    if not selection.service_ids:
        return go(selection.url("book", why="" if selection.staff_id else "empty"))
    try:
        find_services(selection.service_ids)
    except services.BookingProblem:
        return go(selection.url("book", service_ids=(), add_on_ids=(), why="gone"))
    try:
        return (
            selection if not is_anybody_fine else Selection(selection.service_ids, selection.add_on_ids)
        ).choose()
    except services.BookingProblem:  # the services are there, so it is the person who does not do them
        return go(selection.url("book_time", staff_id=None, why="staff"))
