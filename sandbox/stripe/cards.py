"""Test cards and test accounts, and what becomes of a payment with each.

Source: https://docs.stripe.com/testing
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.wire import Row

from .errors import StripeError, bad_param
from .objects import new_id, seconds

DECLINED = "Your card was declined."


@dataclass(frozen=True)
class Decline:
    """`decline_code` is None where Stripe's code says it all."""

    code: str
    decline_code: str | None
    message: str

    def describe(self) -> Row:
        found = {"type": "card_error", "code": self.code, "message": self.message}
        return found | ({"decline_code": self.decline_code} if self.decline_code else {})


@dataclass(frozen=True)
class Card:
    brand: str = "visa"
    decline: Decline | None = None
    wants_authentication: bool = False
    refund: str = "succeeded"  # "pending" is settled a moment later, "failed" succeeds first


GENERIC = Decline("card_declined", "generic_decline", DECLINED)
CARDS = {
    "4242424242424242": Card(),
    "5555555555554444": Card("mastercard"),
    "378282246310005": Card("amex"),
    "4000000000000002": Card(decline=GENERIC),
    "4000000000009995": Card(
        decline=Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.")
    ),
    "4000000000009987": Card(decline=Decline("card_declined", "lost_card", DECLINED)),
    "4000000000009979": Card(decline=Decline("card_declined", "stolen_card", DECLINED)),
    "4000000000000069": Card(decline=Decline("expired_card", None, "Your card has expired.")),
    "4000000000000127": Card(
        decline=Decline("incorrect_cvc", None, "Your card's security code is incorrect.")
    ),
    "4000000000000119": Card(
        decline=Decline(
            "processing_error",
            None,
            "An error occurred while processing your card. Try again in a little bit.",
        )
    ),
    "4000002500003155": Card(wants_authentication=True),
    "4000002760003184": Card(wants_authentication=True),
    "4000008400001629": Card(wants_authentication=True, decline=GENERIC),
    "4000000000007726": Card(refund="pending"),
    "4000000000005126": Card(refund="failed"),
}
BY_LAST4 = {number[-4:]: card for number, card in CARDS.items()}
# Payment methods that Stripe has ready in test mode, so that a script can pay without a browser.
READY_METHODS = {
    "pm_card_visa": "4242424242424242",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_amex": "378282246310005",
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_visa_chargeDeclinedLostCard": "4000000000009987",
    "pm_card_visa_chargeDeclinedStolenCard": "4000000000009979",
    "pm_card_chargeDeclinedExpiredCard": "4000000000000069",
    "pm_card_chargeDeclinedIncorrectCvc": "4000000000000127",
    "pm_card_chargeDeclinedProcessingError": "4000000000000119",
    "pm_card_authenticationRequired": "4000002760003184",
    "pm_card_authenticationRequiredOnSetup": "4000002500003155",
    "pm_card_threeDSecureRequiredChargeDeclined": "4000008400001629",
    "pm_card_pendingRefund": "4000000000007726",
    "pm_card_refundFail": "4000000000005126",
}
IBANS = {"DE89370400440532013000": True, "DE62370400440532013001": False}
FAILED_DEBIT: Row = {
    "type": "invalid_request_error",
    "code": "payment_intent_payment_attempt_failed",
    "message": "The payment failed.",
}
FAILED_AUTHENTICATION: Row = {
    "type": "invalid_request_error",
    "code": "payment_intent_authentication_failure",
    "message": (
        "We are unable to authenticate your payment method. Please choose a different payment method and "
        "try again."
    ),
}


def passes_luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def card_error(code: str, message: str, decline_code: str | None = None, **fields: Any) -> StripeError:
    return StripeError(402, message, code=code, kind="card_error", decline_code=decline_code, **fields)


def make_method(data: Row) -> Row:
    """A payment_method of checked data. Raises StripeError 400, 402."""
    kind = data.get("type")
    if kind is None:
        raise bad_param(
            "payment_method_data[type]",
            "Missing required param: payment_method_data[type].",
            "parameter_missing",
        )
    method: Row = {
        "id": new_id("pm"),
        "object": "payment_method",
        "type": kind,
        "created": seconds(),
        "livemode": False,
        "billing_details": data.get("billing_details") or {},
    }
    details = data.get(kind) or {}
    method[kind] = _describe_card(details) if kind == "card" else _describe_debit(details)
    return method


def make_ready_method(name: str) -> Row:
    """One of Stripe's ready test methods, e.g. pm_card_visa. Raises StripeError 404."""
    if name not in READY_METHODS:
        message = f"No such PaymentMethod: '{name[:60]}'"
        raise StripeError(404, message, code="resource_missing", param="payment_method")
    year = datetime.now(UTC).year + 3
    card = {"number": READY_METHODS[name], "exp_month": 12, "exp_year": year, "cvc": "123"}
    return make_method({"type": "card", "card": card})


def _describe_card(card: Row) -> Row:
    number = re.sub(r"[\s-]", "", card.get("number", ""))
    if not re.fullmatch(r"[0-9]{12,19}", number) or not passes_luhn(number):
        raise card_error("incorrect_number", "Your card number is incorrect.", param="number")
    if number not in CARDS:
        message = "Your card was declined. Your request was in test mode, but used a non test card."
        raise card_error("card_declined", message, "test_mode_live_card", param="")
    month, year = card.get("exp_month", 0), card.get("exp_year", 0)
    year += 2000 if 0 < year < 100 else 0
    today = datetime.now(UTC)
    if not 1 <= month <= 12:
        raise card_error(
            "invalid_expiry_month", "Your card's expiration month is invalid.", param="exp_month"
        )
    if not today.year <= year <= today.year + 50 or (year, month) < (today.year, today.month):
        raise card_error("invalid_expiry_year", "Your card's expiration year is invalid.", param="exp_year")
    if not re.fullmatch(r"[0-9]{3,4}", card.get("cvc", "000")):
        raise card_error("invalid_cvc", "Your card's security code is invalid.", param="cvc")
    return {
        "brand": CARDS[number].brand,
        "last4": number[-4:],
        "exp_month": month,
        "exp_year": year,
        "country": "US",
        "funding": "credit",
    }


def _describe_debit(debit: Row) -> Row:
    iban = re.sub(r"\s", "", debit.get("iban", "")).upper()
    if iban not in IBANS:
        message = "The IBAN you provided is invalid."
        raise StripeError(400, message, code="invalid_bank_account_iban", param="sepa_debit[iban]")
    return {"last4": iban[-4:], "country": iban[:2], "bank_code": iban[4:12]}
