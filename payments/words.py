"""Money, taxes and counts in words: what pages and e-mails of the shop say alike."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from payments.models import Order
from payments.pricing import Totals
from store import formats
from store.tenancy import current_store


def locale() -> str:
    return current_store().locale


def say_money(amount: Decimal, currency: str) -> str:
    return formats.format_money(amount, currency, locale())


def say_count(count: int) -> str:
    return ngettext("%(count)d item", "%(count)d items", count) % {"count": count}


def say_tax(rate: Decimal) -> str:
    """ "Tax, 8.75 %"."""
    share = formats.format_number((rate * 100).normalize(), locale(), "#,##0.####")
    return _("Tax, %(rate)s %%") % {"rate": share}


def say_price(amount: Decimal, currency: str) -> str:
    return say_money(amount, currency) if amount else _("Free")


def say_method(method: str) -> str:
    """ "visa 4242" as clients know it: "Visa •••• 4242"; a name we do not know as Stripe writes it."""
    name, _space, digits = method.partition(" ")
    known = {
        "amex": "American Express",
        "diners": "Diners Club",
        "ideal": "iDEAL",
        "jcb": "JCB",
        "paypal": "PayPal",
        "sepa_debit": _("SEPA direct debit"),
        "unionpay": "UnionPay",
        "us_bank_account": _("a bank account"),
    }
    said = known.get(name) or name.replace("_", " ").title()
    return f"{said} •••• {digits}" if digits else said


def list_sums(totals: Totals, method: str) -> tuple[tuple[str, str], ...]:
    """(what, how much) above the total."""
    rows = [(_("Subtotal"), say_money(totals.subtotal, totals.currency))]
    if totals.tax:
        rows.append((say_tax(totals.tax_rate), say_money(totals.tax, totals.currency)))
    if method == Order.Method.SHIPPING:
        rows.append((_("Shipping"), say_price(totals.shipping, totals.currency)))
    elif method == Order.Method.PICKUP:
        rows.append((_("Pick-up"), _("Free")))
    return tuple(rows)


def totals_of(order: Order) -> Totals:
    return Totals(order.subtotal, order.tax, order.tax_rate, order.shipping, order.currency)


def find_tracking(order: Order) -> str:
    """Where the parcel can be followed, "" where that is no address of the web."""
    url = order.tracking_url
    return url if url.startswith(("https://", "http://")) else ""
