"""A booking as an iCalendar object (RFC 5545, 5546)."""

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import (
    Calendar,
    Component,
    Event,
    Timezone,
    TimezoneDaylight,
    TimezoneStandard,
    vCalAddress,
    vText,
)

from booking.models import Booking, BookingState

YEAR = 366  # days
PRODUCT = "-//Mango Online Store//Booking//EN"


def build_calendar(*, booking: Booking, method: str, place: str, salon_email: str, link: str) -> str:
    """The entry as text with CRLF line ends. `method` is REQUEST, CANCEL (mails) or PUBLISH (download).

    The UID comes from the booking and the sequence rises with every change, so calendars update the entry
    they have. Times are in the salon's zone, with its rules included.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    event = _build_event(booking, place=place, link=link)
    is_gone = method == "CANCEL" or booking.state in {BookingState.CANCELLED, BookingState.REJECTED}
    is_sure = booking.state == BookingState.CONFIRMED
    event.add("status", "CANCELLED" if is_gone else "CONFIRMED" if is_sure else "TENTATIVE")
    if method != "PUBLISH":
        _add_people(event, booking, salon_email)
    if any("TZID" in event[name].params for name in ("dtstart", "dtend")):
        calendar.add_component(_build_zone(booking.zone, booking.local_day))
    calendar.add_component(event)
    return str(calendar.to_ical().decode())


def _build_event(booking: Booking, *, place: str, link: str) -> Event:
    event = Event()
    event.add("uid", f"{booking.pk}@bookings.mango")
    event.add("dtstamp", timezone.now())
    event.add("sequence", booking.calendar_sequence)
    event.add("dtstart", _tell(booking.local_start))
    event.add("dtend", _tell(booking.local_end))
    event.add("summary", calendar_title(booking))
    event.add("location", place)
    event.add("url", link)
    event.add("description", calendar_text(booking, link))
    return event


def _tell(local: datetime) -> datetime:
    """Wall time that comes twice means its first coming (RFC 5545, 3.3.5), so the second is told in UTC."""
    return local.astimezone(UTC) if local.fold else local


def _build_zone(zone: ZoneInfo, day: date) -> Timezone:
    """The zone's rules for a year before and after: all of them would be most of the entry.

    icalendar's own (add_missing_timezones) miss what lasts less than 64 days, as Ramadan does in Morocco, and
    where clocks go forward say so in the time that begins, not in the one that ends (RFC 5545, 3.6.5).
    """
    days = [datetime.combine(day, time(), UTC) + timedelta(days=days) for days in range(-YEAR, YEAR + 1)]
    rules = Timezone()
    rules.add("tzid", zone.key)
    rules.add_component(_build_rule(zone, days[0]))
    for before, after in pairwise(days):
        if before.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            rules.add_component(_build_rule(zone, _find_change(zone, before, after)))
    return rules


def _find_change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first minute of the offset that the zone has at `after`, in UTC."""
    offset = after.astimezone(zone).utcoffset()
    window = range((after - before) // timedelta(minutes=1))

    def has_changed(minutes: int) -> bool:
        return (before + timedelta(minutes=minutes)).astimezone(zone).utcoffset() == offset

    return before + timedelta(minutes=bisect_left(window, True, key=has_changed))


def _build_rule(zone: ZoneInfo, begins: datetime) -> Component:
    before, after = (begins - timedelta(minutes=1)).astimezone(zone), begins.astimezone(zone)
    rule = TimezoneDaylight() if after.dst() else TimezoneStandard()
    rule.add("dtstart", before.replace(tzinfo=None) + timedelta(minutes=1))
    rule.add("tzname", after.tzname())
    rule.add("tzoffsetfrom", before.utcoffset())
    rule.add("tzoffsetto", after.utcoffset())
    return rule


def _add_people(event: Event, booking: Booking, salon_email: str) -> None:
    """An organizer and an attendee make it an entry that later mails can change."""
    if not salon_email:
        return
    organizer = vCalAddress(f"mailto:{salon_email}")
    organizer.params["cn"] = vText(booking.store.name)
    event["organizer"] = organizer
    attendee = vCalAddress(f"mailto:{booking.email}")
    attendee.params["cn"] = vText(f"{booking.first_name} {booking.last_name}")
    attendee.params["partstat"] = vText("ACCEPTED")
    attendee.params["rsvp"] = vText("FALSE")
    event.add("attendee", attendee, encode=False)


def calendar_title(booking: Booking) -> str:
    services = ", ".join(line.name for line in booking.lines)
    return _("%(services)s at %(salon)s") % {"services": services, "salon": booking.store.name}


def calendar_text(booking: Booking, link: str) -> str:
    lines = [_("With %(name)s") % {"name": booking.staff_name}] if booking.staff_name else []
    if booking.confirmation_number:
        lines.append(_("Booking number %(number)s") % {"number": booking.confirmation_number})
    return "\n".join([*lines, _("Look, move or cancel: %(link)s") % {"link": link}])


def google_calendar_url(booking: Booking, *, place: str, link: str) -> str:
    """https://developers.google.com/workspace/calendar: a page that offers the entry, filled in."""
    instants = "/".join(f"{moment:%Y%m%dT%H%M%SZ}" for moment in (booking.start_at, booking.end_at))
    query = {
        "action": "TEMPLATE",
        "text": calendar_title(booking),
        "dates": instants,
        "ctz": booking.timezone,
        "location": place,
        "details": calendar_text(booking, link),
    }
    return f"https://calendar.google.com/calendar/render?{urlencode(query)}"


def outlook_calendar_url(booking: Booking, *, place: str, link: str) -> str:
    query = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": calendar_title(booking),
        "startdt": f"{booking.start_at:%Y-%m-%dT%H:%M:%SZ}",
        "enddt": f"{booking.end_at:%Y-%m-%dT%H:%M:%SZ}",
        "location": place,
        "body": calendar_text(booking, link),
    }
    return f"https://outlook.live.com/calendar/0/deeplink/compose?{urlencode(query)}"


def calendar_file_name(booking: Booking) -> str:
    return f"booking-{booking.local_start:%Y-%m-%d}.ics"
