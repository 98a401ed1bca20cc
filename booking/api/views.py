"""One function a resource and method; the services do the work."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from booking import services
from booking.api import bodies
from booking.api.answers import answers_problems, describe_booking, describe_draft, describe_slots
from booking.models import Booking, BookingState
from booking.queries import find_booking, find_draft
from booking.services.limits import draft_wait
from config.jsonapi import ApiError, api_view, read_body, respond
from store.idempotency import idempotent


@api_view("GET")
@answers_problems
def availability(request: HttpRequest) -> HttpResponse:
    query = request.GET.dict()
    service_ids = bodies.read_uuids(query, "serviceId", at_most=bodies.MAX_SERVICES)
    if not service_ids:
        raise bodies.invalid_parameter("serviceId")
    add_on_ids = bodies.read_uuids(query, "addOnIds", at_most=bodies.MAX_SERVICES * bodies.MAX_ADD_ONS)
    staff_ids = bodies.read_uuids(query, "staffId", at_most=1)
    first, last = bodies.read_date(query, "from"), bodies.read_date(query, "to")
    if last < first:
        raise bodies.invalid_parameter("to")
    try:
        choice = services.choose(
            wishes=services.match_add_ons(service_ids, add_on_ids),
            staff_id=staff_ids[0] if staff_ids else None,
        )
    except (services.UnknownService, services.ServiceNotBookable) as error:
        raise bodies.not_found() from error
    found = services.find_availability(choice=choice, first=first, last=last)
    return respond(
        {"data": describe_slots(found.slots), "timezone": str(found.zone), "nextAvailable": found.next_day}
    )


@api_view("POST")
@idempotent
@answers_problems
def drafts(request: HttpRequest) -> HttpResponse:
    body = read_body(request, bodies.DraftBody)
    client = bodies.check_client(body.client, notes=body.notes) if body.client else None
    notes = bodies.check_notes(body.notes) if body.notes and not client else None
    start = bodies.check_start(body.start_time)
    check_draft_limit(request)
    choice = services.choose(wishes=body.wishes, staff_id=body.staff_id)
    draft = services.open_draft(choice=choice, start=start, client=client)
    if notes:
        draft = services.set_notes(draft_id=draft.pk, notes=notes)
    return respond({"data": describe_draft(draft)}, status=201)


def check_draft_limit(request: HttpRequest) -> None:
    """Raises ApiError 429."""
    if wait := draft_wait(request):
        message = _("Those were many times to hold at once. Please wait a moment, or call.")
        raise ApiError(429, "RATE_LIMITED", message, retry_after=wait)


@api_view("GET", "PATCH")
def draft(request: HttpRequest, draft_id: str) -> HttpResponse:
    if request.method == "PATCH":
        return _change_draft(request, draft_id)
    return _show_draft(draft_id)


@answers_problems
def _show_draft(draft_id: str) -> HttpResponse:
    found = _load_draft(draft_id)
    return respond({"data": describe_draft(found)})


@idempotent
@answers_problems
def _change_draft(request: HttpRequest, draft_id: str) -> HttpResponse:
    found = _load_draft(draft_id)
    body = read_body(request, bodies.DraftPatch)
    if body.client:
        client = bodies.check_client(body.client, notes=body.notes)
        found = services.fill_client(draft_id=found.pk, client=client)
    elif body.notes is not None:
        found = services.set_notes(draft_id=found.pk, notes=bodies.check_notes(body.notes))
    if body.extend:
        found = services.extend_hold(draft_id=found.pk)
    return respond({"data": describe_draft(found)})


@api_view("POST")
@idempotent
@answers_problems
def confirm(request: HttpRequest, draft_id: str) -> HttpResponse:
    found = _load_draft(draft_id, is_dead_too=True)
    body = read_body(request, bodies.ConfirmBody)
    client = bodies.check_client(body.client) if body.client else None
    booking = services.confirm_booking(draft_id=found.pk, client=client, accepted_total=body.accepted_total)
    is_waiting = booking.state in {BookingState.SUBMITTING, BookingState.PENDING}
    return respond({"data": describe_booking(booking)}, status=202 if is_waiting else 201)


@api_view("GET", "PUT")
def booking(request: HttpRequest, token: str) -> HttpResponse:
    if request.method == "PUT":
        return _move_booking(request, token)
    return _show_booking(token)


@answers_problems
def _show_booking(token: str) -> HttpResponse:
    return respond({"data": describe_booking(_load_booking(token))})


@idempotent
@answers_problems
def _move_booking(request: HttpRequest, token: str) -> HttpResponse:
    found = _load_booking(token)
    body = read_body(request, bodies.MoveBody)
    start = bodies.check_start(body.start_time)
    moved = services.move_booking(booking_id=found.pk, start=start, staff_id=body.staff_id)
    return respond({"data": describe_booking(moved)}, status=202 if moved.action else 200)


@api_view("POST")
@idempotent
@answers_problems
def cancellation(request: HttpRequest, token: str) -> HttpResponse:
    found = _load_booking(token)
    read_body(request, bodies.CancelBody)
    try:
        cancelled = services.cancel_booking(booking_id=found.pk)
    except services.BookingNotChangeable as error:
        message = _("This booking cannot be canceled online any more. Please call.")
        raise ApiError(409, "NOT_CANCELLABLE", message) from error
    is_done = cancelled.state == BookingState.CANCELLED
    return respond({"data": describe_booking(cancelled)}, status=200 if is_done else 202)


def _load_draft(draft_id: str, *, is_dead_too: bool = False) -> Booking:
    """Raises ApiError 404; DraftExpired unless `is_dead_too`."""
    found = find_draft(bodies.read_path_uuid(draft_id))
    if found is None:
        raise bodies.not_found()
    if not is_dead_too and not found.is_usable():
        raise services.DraftExpired
    return found


def _load_booking(token: str) -> Booking:
    found = find_booking(token)
    if found is None:
        raise bodies.not_found()
    return found
