"""The other pages of booking as values: choosing, reviewing, managing."""

from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from booking import words
from booking.models import Booking
from booking.paywords import make_due
from booking.selection import Selection, selection_of
from booking.services import (
    changeable_until,
)
from booking.services.billing import say_rule
from booking.services.menu import find_services, staff_for
from booking.timepage import Summary
from catalog.presenters.parts import Picture, make_picture, to_text
from catalog.queries import get_catalog
from catalog.schemas import Service
from store import formats
from store.names import short_name


@dataclass(frozen=True, slots=True)
class AddOnChoice:
    id: UUID
    name: str
    price: str
    note: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class ServiceChoice:
    id: UUID
    name: str
    price: str
    note: str
    is_chosen: bool
    add_ons: tuple[AddOnChoice, ...]


@dataclass(frozen=True, slots=True)
class ServiceGroup:
    name: str
    services: tuple[ServiceChoice, ...]


@dataclass(frozen=True, slots=True)
class PersonChoice:
    id: UUID
    name: str
    title: str
    picture: Picture | None
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Hold:
    until: str
    until_iso: str
    can_extend: bool


@dataclass(frozen=True, slots=True)
class DraftPage:
    """A draft's details and review."""

    id: UUID
    start_iso: str
    when: str
    until: str
    zone: str
    day: str
    clock: str
    who: str
    first_name: str
    summary: Summary
    total_value: str  # what the form sends back as the total that was seen
    hold: Hold
    change_url: str
    again_url: str
    policy: str
    rule: str  # what becomes of what is paid now if the visit is canceled
    name: str
    email: str
    phone: str
    notes: str


def list_groups(selection: Selection) -> tuple[ServiceGroup, ...]:
    """What can be booked online, by category; with a person chosen, what that person does."""
    catalog = get_catalog()
    groups: dict[str, list[ServiceChoice]] = {}
    for service in catalog.services:
        people = {person.id for person in catalog.staff_for(service)}
        if service.is_bookable_online and (selection.staff_id is None or selection.staff_id in people):
            row = _make_service(service, catalog.business.currency, selection)
            groups.setdefault(to_text(service.category), []).append(row)
    return tuple(ServiceGroup(name, tuple(rows)) for name, rows in groups.items())


def _make_service(service: Service, currency: str, selection: Selection) -> ServiceChoice:
    price = words.say_money(service.price, currency)
    return ServiceChoice(
        id=service.id,
        name=to_text(service.name),
        price=_("from %(price)s") % {"price": price} if service.price_from else price,
        note=formats.format_minutes(service.duration),
        is_chosen=service.id in selection.service_ids,
        add_ons=tuple(
            AddOnChoice(
                add_on.id,
                to_text(add_on.name),
                words.say_money(add_on.price, currency),
                _("%(length)s more") % {"length": formats.format_minutes(add_on.duration)}
                if add_on.duration
                else "",
                add_on.id in selection.add_on_ids,
            )
            for add_on in service.add_ons
        ),
    )


def list_people(selection: Selection) -> tuple[PersonChoice, ...]:
    return tuple(
        PersonChoice(
            person.id,
            to_text(person.name),
            to_text(person.title),
            make_picture(person.photo, width=96, shape=(960, 1200)),
            person.id == selection.staff_id,
        )
        for person in staff_for(find_services(selection.service_ids))
    )


def make_draft_page(draft: Booking) -> DraftPage:
    local, now = draft.local_start, timezone.now()
    summary = summarize(draft)
    return DraftPage(
        id=draft.pk,
        start_iso=draft.start_at.isoformat(),
        when=words.say_moment(draft.start_at, draft.zone),
        until=words.say_clock(draft.end_at, draft.zone),
        zone=words.say_zone(draft.zone),
        day=formats.format_weekday(local.weekday(), words.locale()),
        clock=words.say_clock(draft.start_at, draft.zone),
        who=draft.staff_name,
        first_name=short_name(draft.staff_name),
        summary=summary,
        total_value=str(draft.total_price),
        hold=Hold(
            words.say_clock(draft.expires_at, draft.zone), draft.expires_at.isoformat(), draft.can_extend(now)
        ),
        change_url=selection_of(draft, keeps_draft=True).url("book_time"),
        again_url=selection_of(draft, keeps_draft=True).url("book_time", day=None),
        policy=say_policy(draft),
        rule=say_rule(draft) if summary.due else "",
        name=f"{draft.first_name or ''} {draft.last_name or ''}".strip(),
        email=draft.email or "",
        phone=formats.format_phone(draft.phone, get_catalog().business.address.country)
        if draft.phone
        else "",
        notes=draft.notes or "",
    )


def summarize(booking: Booking) -> Summary:
    minutes = int((booking.end_at - booking.start_at).total_seconds() // 60)
    return Summary(
        rows=words.list_prices(booking.lines, booking.currency),
        length=formats.format_minutes(minutes),
        total=words.say_money(booking.total_price, booking.currency),
        is_from=booking.is_from,
        deposit=words.say_money(booking.deposit_due, booking.currency) if booking.deposit_due else "",
        due=make_due(
            total=booking.total_price,
            deposit=booking.deposit_due,
            currency=booking.currency,
            is_from=booking.is_from,
        ),
    )


def say_policy(booking: Booking) -> str:
    """What the salon's window means for this visit, as a sentence."""
    until = changeable_until(booking)
    if until <= timezone.now():
        return _("It is too late to move or cancel this visit online. Please call if you must.")
    return _("You can move or cancel online until %(when)s.") % {
        "when": words.say_moment(until, booking.zone)
    }
