"""A booking in words: what pages and e-mails say alike, in the store's language and formats."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from booking.models import Booking, Line
from booking.services.slots import OpenSlot
from catalog.presenters.parts import Fact
from store import formats
from store.tenancy import current_store


def locale() -> str:
    return current_store().locale


def say_money(amount: Decimal, currency: str) -> str:
    return formats.format_money(amount, currency, locale())


def say_price(line: Line, currency: str) -> str:
    price = say_money(line.price, currency)
    return _("from %(price)s") % {"price": price} if line.price_from else price


def say_total(total: Decimal, currency: str, *, is_from: bool) -> str:
    price = say_money(total, currency)
    return _("from %(price)s") % {"price": price} if is_from else price


def list_prices(lines: Iterable[Line], currency: str) -> tuple[Fact, ...]:
    """A row for each service and add-on."""
    rows = []
    for line in lines:
        rows.append(Fact(line.name, say_price(line, currency)))
        rows += [Fact(add_on.name, say_money(add_on.price, currency)) for add_on in line.add_ons]
    return tuple(rows)


def say_moment(moment: datetime, zone: ZoneInfo) -> str:
    """ "Wed, Nov 25, 2:30 pm" in the salon's zone."""
    return f"{formats.format_day(moment.astimezone(zone).date(), locale())}, {say_clock(moment, zone)}"


def say_long_moment(moment: datetime, zone: ZoneInfo) -> str:
    """ "Wednesday, November 25, 2:30 pm"."""
    return f"{formats.format_long_day(moment.astimezone(zone).date(), locale())}, {say_clock(moment, zone)}"


def say_clock(moment: datetime, zone: ZoneInfo) -> str:
    """ "2:30 pm"; in the hour that comes twice when clocks go back "1:30 am EDT", then "1:30 am EST"."""
    local = moment.astimezone(zone)
    clock = formats.format_clock(local.time(), locale())
    comes_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{clock}\u00a0{_name_offset(local)}" if comes_twice else clock


def _name_offset(local: datetime) -> str:
    """ "EDT"; "UTC+10:30" where the zone's rules have no letters for it, only "+1030"."""
    name = local.tzname() or ""
    return name if name.isalpha() else f"UTC{local.isoformat()[-6:]}"


def say_zone(zone: ZoneInfo) -> str:
    return formats.format_zone(zone, locale())


def say_slot(slot: OpenSlot, zone: ZoneInfo) -> str:
    return say_moment(slot.start, zone)


def list_services(booking: Booking) -> str:
    names = [name for line in booking.lines for name in (line.name, *(a.name for a in line.add_ons))]
    return ", ".join(names)
