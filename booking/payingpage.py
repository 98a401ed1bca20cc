"""The page of a draft whose payment is not through: what is waited for, and what the client can do."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from booking import paywords, words
from booking.models import Booking
from booking.notices import Notice
from booking.pages import DraftPage, make_draft_page
from booking.services.billing import payment_url
from booking.services.prepaying import is_made
from payments.models import Payment, PaymentState
from payments.problems import say_why


@dataclass(frozen=True, slots=True)
class PayingPage:
    title: str
    lead: str
    notice: Notice | None
    pay_url: str  # "" where there is nothing to do but wait
    pay_text: str
    draft: DraftPage


def can_be_made(payment: Payment) -> bool:
    return payment.state == PaymentState.OPEN and not payment.is_expired(timezone.now())


def make_paying_page(draft: Booking, payment: Payment, *, has_returned: bool) -> PayingPage:
    """`has_returned`: the client comes from paying, so news is on its way."""
    said = {"when": words.say_moment(draft.start_at, draft.zone), "amount": paywords.say_amount(payment)}
    title, lead, notice = _say(draft, payment, said, has_returned=has_returned)
    is_waiting = is_made(payment) or (has_returned and not payment.problem)
    return PayingPage(
        title=title,
        lead=lead,
        notice=notice,
        pay_url="" if is_waiting else payment_url(payment),
        pay_text=_("Try again") if payment.problem else _("Pay %(amount)s") % said,
        draft=make_draft_page(draft),
    )


def _say(
    draft: Booking, payment: Payment, said: dict[str, str], *, has_returned: bool
) -> tuple[str, str, Notice | None]:
    news = Notice("", "clock", _("This page shows the news by itself."))
    if payment.is_authorised:
        return _("Your payment is there."), _("We are booking %(when)s for you now.") % said, news
    if payment.state == PaymentState.PROCESSING:
        text = _(
            "Your bank is still at work on it, which may take some days. We keep %(when)s for you and write"
            " to %(email)s."
        ) % (said | {"email": draft.email or ""})
        return _("Your payment is on its way."), text, None
    until = words.say_clock(payment.expires_at, draft.zone)
    held = _("We keep %(when)s for you until %(until)s.") % (said | {"until": until})
    if payment.problem:
        problem = Notice("bad", "alert", say_why(payment.problem), _("Nothing was charged."))
        return _("The payment did not go through."), held, problem
    if has_returned:
        return _("We are asking how your payment went."), held, news
    return _("Waiting for your payment."), held, None
