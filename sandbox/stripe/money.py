"""Amounts in minor units, and the smallest that is charged in each currency.

Source: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
"""

from __future__ import annotations

from .errors import bad_param

LARGEST_AMOUNT = 99_999_999
SMALLEST = {
    "aed": 200,
    "aud": 50,
    "bgn": 100,
    "brl": 50,
    "cad": 50,
    "chf": 50,
    "czk": 1500,
    "dkk": 250,
    "eur": 50,
    "gbp": 30,
    "hkd": 400,
    "huf": 17500,
    "inr": 50,
    "jpy": 50,
    "mxn": 1000,
    "myr": 200,
    "nok": 300,
    "nzd": 50,
    "pln": 200,
    "ron": 200,
    "sek": 300,
    "sgd": 50,
    "thb": 1000,
    "usd": 50,
    "vnd": 10000,
}
# Taken too; for these Stripe converts to the account's own currency to see whether it is enough.
OTHERS = frozenset(
    [
        *("bhd", "clp", "cny", "cop", "idr", "ils", "isk", "jod", "krw", "kwd"),
        *("omr", "php", "sar", "try", "twd", "tnd", "uah", "zar"),
    ]
)
WITHOUT_MINOR_UNITS = frozenset(["jpy", "vnd", "krw", "clp"])


def check_currency(code: str) -> str:
    """In lower case. Raises StripeError 400."""
    currency = code.lower()
    if currency not in SMALLEST and currency not in OTHERS:
        raise bad_param("currency", f"Invalid currency: {code[:20]}.")
    return currency


def check_amount(amount: int, currency: str) -> None:
    """Raises StripeError 400."""
    if amount < 1:
        message = "This value must be greater than or equal to 1."
        raise bad_param("amount", message, "parameter_invalid_integer")
    smallest = SMALLEST.get(currency, 1)
    if amount < smallest:
        message = f"Amount must be at least {format_amount(smallest, currency)}"
        raise bad_param("amount", message, "amount_too_small")
    if amount > LARGEST_AMOUNT:
        message = f"Amount must be no more than {format_amount(LARGEST_AMOUNT, currency)}"
        raise bad_param("amount", message, "amount_too_large")


def format_amount(amount: int, currency: str) -> str:
    text = f"{amount:,}" if currency in WITHOUT_MINOR_UNITS else f"{amount / 100:,.2f}"
    return f"{text} {currency}"
