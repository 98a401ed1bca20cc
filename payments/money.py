"""Minor units: only at Stripe's door. Everywhere else money is a Decimal with its currency.

Source of the lists: https://docs.stripe.com/currencies (zero-decimal, three-decimal, special cases).
"""

from decimal import ROUND_HALF_UP, Decimal

NONE = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
THREE = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
# No minor units on the wall, two of them at Stripe's door.
SENT_AS_TWO = frozenset(["ISK", "UGX"])
# The smallest charge Stripe takes, in major units; others: whatever Stripe says.
# Source: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
LEAST = {
    "USD": Decimal("0.50"),
    "EUR": Decimal("0.50"),
    "AUD": Decimal("0.50"),
    "CAD": Decimal("0.50"),
    "CHF": Decimal("0.50"),
    "GBP": Decimal("0.30"),
    "JPY": Decimal(50),
    "NZD": Decimal("0.50"),
    "VND": Decimal(10_000),
}


def round_money(amount: Decimal, currency: str) -> Decimal:
    """To what can be paid in this currency: 3.465 USD is 3.47, 12.5 JPY is 13."""
    return amount.quantize(_step(currency), rounding=ROUND_HALF_UP)


def to_minor(amount: Decimal, currency: str) -> int:
    """As Stripe wants it: 12.50 USD is 1250, 50000 VND is 50000. Raises ValueError."""
    if amount != round_money(amount, currency):
        raise ValueError(f"{amount} {currency} is no sum that can be paid")
    return int(amount.scaleb(_exponent(currency)))


def from_minor(minor: int, currency: str) -> Decimal:
    return round_money(Decimal(minor).scaleb(-_exponent(currency)), currency)


def is_payable(amount: Decimal, currency: str) -> bool:
    """Whether it is not too small to be charged."""
    return amount >= LEAST.get(currency.upper(), Decimal("0.50"))


def _exponent(currency: str) -> int:
    code = currency.upper()
    return 0 if code in NONE else 3 if code in THREE else 2


def _step(currency: str) -> Decimal:
    code = currency.upper()
    if code in NONE or code in SENT_AS_TWO:
        return Decimal(1)
    # Of three decimals Stripe wants the last one to be zero.
    return Decimal("0.01")
