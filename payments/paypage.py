"""A bill as the payment page shows it, whatever it is for."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from payments import words
from payments.models import Payment
from payments.purposes import Bill


@dataclass(frozen=True, slots=True)
class PayPage:
    """`lines` are (name, note, sum)."""

    token: str
    title: str
    lines: tuple[tuple[str, str, str], ...]
    total: str
    button: str  # "Pay $45.47"
    note: str
    back_url: str
    done_url: str


def make_pay_page(payment: Payment, bill: Bill) -> PayPage:
    total = words.say_money(payment.amount, payment.currency)
    return PayPage(
        token=payment.token,
        title=bill.title,
        lines=tuple(
            (line.name, line.note, words.say_price(line.amount, payment.currency)) for line in bill.lines
        ),
        total=total,
        button=_("%(verb)s %(sum)s") % {"verb": bill.button, "sum": total},
        note=bill.note,
        back_url=bill.back_url,
        done_url=bill.done_url,
    )
