"""How the store did in the last seven days, against the seven before."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.models import Booking, BookingState
from payments.models import ALIVE, Order
from store import formats
from store.tenancy import current_store

WEEK = timedelta(days=7)
MADE = (BookingState.CONFIRMED, BookingState.PENDING, BookingState.COMPLETED, BookingState.NO_SHOW)


@dataclass(frozen=True, slots=True)
class Figure:
    label: str
    value: str
    change: str  # against the week before, in words


@dataclass(frozen=True, slots=True)
class _Sums:
    count: int
    value: Decimal


def list_figures(currency: str) -> tuple[Figure, ...]:
    """Bookings, their value, orders, their value; two queries. `currency` is the salon's."""
    now = timezone.now()
    made = Booking.objects.filter(state__in=MADE, currency=currency)
    bookings = _two_weeks(made, "submitted_at", "total_price", now)
    sold = Order.objects.filter(state__in=ALIVE, currency=currency).exclude(status=Order.Status.CANCELLED)
    orders = _two_weeks(sold, "submitted_at", "total", now)
    return (
        *_pair(_("Bookings"), _("Booked value"), *bookings, currency),
        *_pair(_("Orders"), _("Sold"), *orders, currency),
    )


def _two_weeks(rows: QuerySet[Any], moment: str, amount: str, now: datetime) -> tuple[_Sums, _Sums]:
    this = Q(**{f"{moment}__gt": now - WEEK})
    before = Q(**{f"{moment}__lte": now - WEEK})
    found = rows.filter(**{f"{moment}__gt": now - 2 * WEEK}).aggregate(
        this_count=Count("pk", filter=this),
        before_count=Count("pk", filter=before),
        this_value=Sum(amount, filter=this),
        before_value=Sum(amount, filter=before),
    )
    return (
        _Sums(found["this_count"], found["this_value"] or Decimal(0)),
        _Sums(found["before_count"], found["before_value"] or Decimal(0)),
    )


def _pair(
    count_label: str, value_label: str, this: _Sums, before: _Sums, currency: str
) -> tuple[Figure, Figure]:
    locale = current_store().locale

    def money(amount: Decimal) -> str:
        return formats.format_money(amount.normalize(), currency, locale)

    return (
        Figure(
            count_label,
            formats.format_number(this.count, locale),
            ngettext("%(count)d the week before", "%(count)d the week before", before.count)
            % {"count": before.count},
        ),
        Figure(
            value_label,
            money(this.value),
            _("%(amount)s the week before") % {"amount": money(before.value)},
        ),
    )
