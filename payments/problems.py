"""Why a payment did not work, in plain words, by Stripe's codes.

Source: https://docs.stripe.com/declines/codes and https://docs.stripe.com/error-codes
"""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

DECLINED = gettext_lazy("The bank declined this payment. Try another card, or ask the bank.")
WRONG_NUMBER = gettext_lazy("The card number is not right. Please check it.")
EXPIRED = gettext_lazy("This card has expired, or its date is not right. Check it, or use another card.")
WRONG_CODE = gettext_lazy("The security code is not right. Please check it.")
TRY_AGAIN = gettext_lazy("The bank could not be reached. Please try again in a moment.")
NO_MONEY = gettext_lazy("There is not enough money on this card. Please use another one.")
NOT_CONFIRMED = gettext_lazy("Your bank could not confirm that it is you. Try again, or use another card.")
OTHER_KIND = gettext_lazy("This card cannot be used for this payment. Please use another one.")

# Lost and stolen cards are declined like any other: whoever holds one is not told more.
PROBLEMS: dict[str, Promise] = {
    "card_declined": DECLINED,
    "generic_decline": DECLINED,
    "do_not_honor": DECLINED,
    "lost_card": DECLINED,
    "stolen_card": DECLINED,
    "fraudulent": DECLINED,
    "payment_intent_payment_attempt_failed": DECLINED,
    "insufficient_funds": NO_MONEY,
    "card_velocity_exceeded": NO_MONEY,
    "withdrawal_count_limit_exceeded": NO_MONEY,
    "expired_card": EXPIRED,
    "invalid_expiry_month": EXPIRED,
    "invalid_expiry_year": EXPIRED,
    "incorrect_cvc": WRONG_CODE,
    "invalid_cvc": WRONG_CODE,
    "incorrect_number": WRONG_NUMBER,
    "invalid_number": WRONG_NUMBER,
    "processing_error": TRY_AGAIN,
    "issuer_not_available": TRY_AGAIN,
    "try_again_later": TRY_AGAIN,
    "reenter_transaction": TRY_AGAIN,
    "authentication_required": NOT_CONFIRMED,
    "payment_intent_authentication_failure": NOT_CONFIRMED,
    "card_not_supported": OTHER_KIND,
    "currency_not_supported": OTHER_KIND,
    "not_permitted": OTHER_KIND,
    "transaction_not_allowed": OTHER_KIND,
}


def say_why(code: str) -> str:
    """A sentence or two for a client; a general one for a code that is not in the table."""
    return str(PROBLEMS.get(code) or _("The payment did not work. Please try again, or use another card."))


def list_problems() -> dict[str, str]:
    """For the payment page's script: what happens in the browser is said in the same words."""
    return {code: str(text) for code, text in PROBLEMS.items()} | {"": say_why("")}
