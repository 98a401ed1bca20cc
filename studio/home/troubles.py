"""What a merchant should look at, in sentences; empty on a good day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.models import UNSENT as UNSENT_BOOKINGS
from booking.models import Booking, BookingState
from catalog.models import SyncState
from payments.models import UNSENT as UNSENT_ORDERS
from payments.models import Order, OrderState
from store.domains.names import show_host
from store.models import Domain, Email
from store.tenancy import current_store

LATELY = timedelta(days=7)
LATE = timedelta(minutes=45)  # three syncs of a quarter of an hour


@dataclass(frozen=True, slots=True)
class Trouble:
    """`tone` is "bad" where something is lost unless somebody acts, "warn" where it is on its way."""

    tone: str
    title: str
    text: str = ""


def list_troubles() -> tuple[Trouble, ...]:
    return (*_of_mango_biz(), *_of_bookings(), *_of_orders(), *_of_emails(), *_of_domains())


def _of_mango_biz() -> Iterator[Trouble]:
    state = SyncState.objects.first()
    if state is None:
        return
    if state.refused_at:
        yield Trouble(
            "bad",
            _("Mango Biz refuses your key"),
            _("Your store shows what it last knew and takes no new changes. Enter a new key in First steps."),
        )
    elif state.succeeded_at and state.succeeded_at < timezone.now() - LATE:
        yield Trouble(
            "warn",
            _("Changes from Mango Biz are late"),
            _("Your store goes on with what it last knew; it is brought up to date as soon as possible."),
        )


def _of_bookings() -> Iterator[Trouble]:
    since = timezone.now() - LATELY
    counts = _count(
        Booking.objects,
        waiting=Q(state__in=UNSENT_BOOKINGS) | ~Q(action=""),
        failed=Q(state=BookingState.FAILED, submitted_at__gt=since),
    )
    if failed := counts["failed"]:
        yield Trouble(
            "bad",
            ngettext(
                "%(count)d booking could not be delivered",
                "%(count)d bookings could not be delivered",
                failed,
            )
            % {"count": failed},
            _("These clients were told. Call them to find another time."),
        )
    if waiting := counts["waiting"]:
        yield Trouble(
            "warn",
            ngettext(
                "%(count)d booking waits for Mango Biz", "%(count)d bookings wait for Mango Biz", waiting
            )
            % {"count": waiting},
            _("Nothing is lost: it is sent again until Mango Biz answers."),
        )


def _of_orders() -> Iterator[Trouble]:
    since = timezone.now() - LATELY
    counts = _count(
        Order.objects,
        waiting=Q(state__in=UNSENT_ORDERS),
        failed=Q(state=OrderState.FAILED, submitted_at__gt=since),
    )
    if failed := counts["failed"]:
        yield Trouble(
            "bad",
            ngettext(
                "%(count)d order could not be delivered", "%(count)d orders could not be delivered", failed
            )
            % {"count": failed},
            _("What was paid goes back to the clients."),
        )
    if waiting := counts["waiting"]:
        yield Trouble(
            "warn",
            ngettext("%(count)d order waits for Mango Biz", "%(count)d orders wait for Mango Biz", waiting)
            % {"count": waiting},
            _("Nothing is lost: it is sent again until Mango Biz answers."),
        )


def _of_emails() -> Iterator[Trouble]:
    states = [Email.State.FAILED, Email.State.BOUNCED]
    failed = Email.objects.filter(state__in=states, failed_at__gt=timezone.now() - LATELY).count()
    if failed:
        yield Trouble(
            "warn",
            ngettext("%(count)d e-mail came back", "%(count)d e-mails came back", failed) % {"count": failed},
            _("Usually an address with a typing error. The clients’ pages say everything, too."),
        )


def _of_domains() -> Iterator[Trouble]:
    connected = Domain.objects.filter(store_id=current_store().id, verified_at__isnull=False)
    for domain in (domain for domain in connected if not domain.can_take_visitors):
        host = {"host": show_host(domain.host)}
        yield Trouble(
            "bad",
            _("%(host)s no longer points to your store") % host
            if domain.failing_since
            else _("%(host)s cannot get a certificate") % host,
            _("Domains says which record to enter."),
        )


def _count(rows: Any, **conditions: Q) -> dict[str, int]:
    found: dict[str, int] = rows.aggregate(
        **{name: Count("pk", filter=condition) for name, condition in conditions.items()}
    )
    return found
