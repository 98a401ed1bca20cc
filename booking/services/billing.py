"""What a client sees of a booking while paying for it."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking import paywords, words
from booking.models import Booking
from booking.services.changes import changeable_until
from payments.models import Payment
from payments.purposes import Bill, BillLine
from payments.services import find_settings
from store.tenancy import current_store


def describe_booking(payment: Payment) -> Bill:
    booking = Booking.objects.get(pk=payment.subject_id)
    when = words.say_long_moment(booking.start_at, booking.zone)
    with_whom = _("%(when)s, with %(name)s") % {"when": when, "name": booking.staff_name}
    rest = paywords.say_rest(booking, payment)
    sentences = [_("Your card is held now, and charged when the salon has confirmed your visit.")]
    if rest:
        sentences.append(_("The rest, %(rest)s, is due at the salon.") % {"rest": rest})
    sentences.append(say_rule(booking))
    return Bill(
        title=_("Deposit for your visit") if rest else _("Your visit"),
        lines=(
            BillLine(words.list_services(booking), with_whom if booking.staff_name else when, payment.amount),
        ),
        button=_("Pay"),
        note=" ".join(sentences),
        back_url=_path("book_confirm", str(booking.pk)),
        done_url=_path("booking", booking.token),
    )


def say_rule(booking: Booking) -> str:
    return paywords.say_rule(
        until=changeable_until(booking),
        booking=booking,
        gives_back=find_settings().refunds_cancellations,
        now=timezone.now(),
    )


def payment_url(payment: Payment) -> str:
    """Where it is paid, absolute."""
    return current_store().base_url + _path("payment", payment.token)


def _path(name: str, *args: str) -> str:
    return reverse(name, args=args, urlconf=settings.STORE_URLCONF)
