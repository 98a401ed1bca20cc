"""Payment intents: made, paid, held, taken, let go.

Source: https://docs.stripe.com/payments/paymentintents/lifecycle and
https://docs.stripe.com/payments/place-a-hold-on-a-payment-method
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.wire import Row

from . import cards, charges
from .errors import StripeError, bad_param, unexpected_state
from .money import check_amount, check_currency
from .objects import new_id, new_token, seconds
from .params import merge_metadata

if TYPE_CHECKING:
    from .desk import Desk

PAYABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
CANCELLABLE = (*PAYABLE, "requires_capture")
HOLD_SECONDS = 7 * 86400
COPIED = (
    "description",
    "receipt_email",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
    "capture_method",
)
ENABLED = {"enabled": True, "allow_redirects": "always"}
BLANK: Row = {
    "id": "",
    "object": "payment_intent",
    "amount": 0,
    "amount_capturable": 0,
    "amount_received": 0,
    "automatic_payment_methods": None,
    "canceled_at": None,
    "cancellation_reason": None,
    "capture_method": "automatic_async",
    "client_secret": "",
    "confirmation_method": "automatic",
    "created": 0,
    "currency": "",
    "customer": None,
    "description": None,
    "last_payment_error": None,
    "latest_charge": None,
    "livemode": False,
    "metadata": {},
    "next_action": None,
    "payment_method": None,
    "payment_method_options": {},
    "payment_method_types": [],
    "processing": None,
    "receipt_email": None,
    "setup_future_usage": None,
    "shipping": None,
    "source": None,
    "statement_descriptor": None,
    "statement_descriptor_suffix": None,
    "status": "requires_payment_method",
    "transfer_group": None,
}
# What may still change once it is paid.
ALWAYS = {"description", "metadata", "receipt_email", "transfer_group"}


def create(desk: Desk, given: Row) -> Row:
    """Raises StripeError."""
    currency = check_currency(given["currency"])
    check_amount(given["amount"], currency)
    if given.get("automatic_payment_methods") and given.get("payment_method_types"):
        message = (
            "You may only specify one of these parameters: automatic_payment_methods, payment_method_types."
        )
        raise StripeError(400, message)
    intent = {**BLANK, **_begin(currency, given)}
    _describe(desk, intent, _with_method(given))
    desk.save(intent)
    desk.tell("payment_intent.created", intent)
    if not given.get("confirm"):
        return intent
    given = {name: value for name, value in given.items() if not name.startswith("payment_method")}
    return confirm(desk, intent["id"], given)


def _begin(currency: str, given: Row) -> Row:
    identifier = new_id("pi")
    is_automatic = not given.get("payment_method_types")
    return {
        "id": identifier,
        "amount": given["amount"],
        "automatic_payment_methods": (
            given.get("automatic_payment_methods") or (ENABLED if is_automatic else None)
        ),
        "client_secret": f"{identifier}_secret_{new_token(25)}",
        "created": seconds(),
        "currency": currency,
        "metadata": merge_metadata({}, given.get("metadata") or {}),
        "payment_method_options": {},
        "payment_method_types": given.get("payment_method_types") or _offered(currency),
    }


def _offered(currency: str) -> list[str]:
    return ["card", "sepa_debit"] if currency == "eur" else ["card"]


def _with_method(given: Row) -> Row:
    """With the payment method that its data make. Raises StripeError."""
    data = given.get("payment_method_data")
    return {**given, "_method": cards.make_method(data)} if data else given


def update(desk: Desk, identifier: str, given: Row) -> Row:
    """Raises StripeError."""
    intent = desk.get("payment_intent", identifier, "intent")
    frozen = sorted(given.keys() - ALWAYS - {"expand"})
    if frozen and intent["status"] not in PAYABLE:
        message = (
            f"This PaymentIntent's {frozen[0]} could not be updated because it has a status of "
            f"{intent['status']}. You may only update the {frozen[0]} of a PaymentIntent with one of the "
            f"following statuses: {', '.join(PAYABLE)}."
        )
        raise unexpected_state(message, payment_intent=intent)
    intent |= {name: given[name] for name in ("currency", "amount") if name in given}
    intent["currency"] = check_currency(intent["currency"])
    check_amount(intent["amount"], intent["currency"])
    if intent["automatic_payment_methods"]:
        intent["payment_method_types"] = _offered(intent["currency"])
    intent["metadata"] = merge_metadata(intent["metadata"], given.get("metadata") or {})
    _describe(desk, intent, _with_method(given))
    desk.save(intent)
    return intent


def _describe(desk: Desk, intent: Row, given: Row) -> None:
    intent.update({name: given[name] or None for name in COPIED if name in given})
    if given.get("payment_method_types"):
        intent["payment_method_types"] = given["payment_method_types"]
    for kind, options in (given.get("payment_method_options") or {}).items():
        # Given empty, an option is as if it had never been set.
        merged = {**intent["payment_method_options"].get(kind, {}), **(options or {})}
        intent["payment_method_options"][kind] = {name: value for name, value in merged.items() if value}
    method = given.get("_method") or _find_method(desk, given.get("payment_method"))
    if method:
        _accept_method(intent, method)
        desk.save(method)
        intent |= {"payment_method": method["id"], "status": "requires_confirmation", "next_action": None}


def _find_method(desk: Desk, name: str | None) -> Row | None:
    if not name:
        return None
    if name.startswith("pm_card_"):
        return cards.make_ready_method(name)
    return desk.get("payment_method", name, "payment_method")


def _accept_method(intent: Row, method: Row) -> None:
    if method["type"] not in intent["payment_method_types"]:
        message = (
            f"The PaymentMethod provided ({method['type']}) is not allowed for this PaymentIntent. It takes: "
            f"{', '.join(intent['payment_method_types'])}."
        )
        raise bad_param("payment_method", message, "payment_intent_incompatible_payment_method")


def confirm(desk: Desk, identifier: str, given: Row) -> Row:
    """Pay. Raises StripeError, 402 where the card is declined (which is kept in the intent, too)."""
    intent = desk.get("payment_intent", identifier, "intent")
    if intent["status"] not in PAYABLE:
        raise _not_confirmable(intent)
    _describe(desk, intent, _with_method(given))
    if intent["payment_method"] is None:
        message = (
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either "
            "update the PaymentIntent with a payment method and then confirm it again, or confirm it again "
            "directly with a payment method or ConfirmationToken."
        )
        raise unexpected_state(message, payment_intent=intent)
    method = desk.get("payment_method", intent["payment_method"])
    intent |= {"last_payment_error": None, "next_action": None}
    if method["type"] == "sepa_debit":
        return _start_debit(desk, intent, method)
    card = cards.BY_LAST4[method["card"]["last4"]]
    if card.wants_authentication or _asks_always(intent):
        return _ask_for_authentication(desk, intent, given)
    return _charge_card(desk, intent, method)


def _asks_always(intent: Row) -> bool:
    wish = intent["payment_method_options"].get("card", {}).get("request_three_d_secure")
    return wish in ("any", "challenge")


def _not_confirmable(intent: Row) -> StripeError:
    if intent["status"] in ("succeeded", "requires_capture"):
        message = (
            "You cannot confirm this PaymentIntent because it has already succeeded after being previously "
            "confirmed."
        )
    else:
        message = (
            f"This PaymentIntent could not be confirmed because it has a status of {intent['status']}. Only "
            f"a PaymentIntent with one of the following statuses may be confirmed: {', '.join(PAYABLE)}."
        )
    return unexpected_state(message, payment_intent=intent)


def _ask_for_authentication(desk: Desk, intent: Row, given: Row) -> Row:
    path = f"/stripe/three-d-secure/{intent['id']}?client_secret={intent['client_secret']}"
    return_url = given.get("return_url")
    if given.get("use_stripe_sdk") or not return_url:
        action: Row = {
            "type": "use_stripe_sdk",
            "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": path},
        }
    else:
        action = {
            "type": "redirect_to_url",
            "redirect_to_url": {"url": desk.stripe.base_url + path, "return_url": return_url},
        }
    intent |= {"status": "requires_action", "next_action": action, "_return_url": return_url}
    desk.save(intent)
    desk.tell("payment_intent.requires_action", intent)
    return intent


def authenticate(desk: Desk, identifier: str, *, succeeds: bool) -> Row:
    """What the client did in the bank's window. Raises StripeError."""
    intent = desk.get("payment_intent", identifier, "intent")
    if intent["status"] != "requires_action":
        raise unexpected_state("Nothing is to be authenticated.", payment_intent=intent)
    intent["next_action"] = None
    method = desk.get("payment_method", intent["payment_method"])
    if not succeeds:
        return _fail(desk, intent, {**cards.FAILED_AUTHENTICATION, "payment_method": method})
    try:
        return _charge_card(desk, intent, method)
    except StripeError:
        return desk.get("payment_intent", identifier)


def _charge_card(desk: Desk, intent: Row, method: Row) -> Row:
    """Raises StripeError 402."""
    decline = cards.BY_LAST4[method["card"]["last4"]].decline
    if decline:
        charge = charges.make(intent, method, site=desk.stripe.base_url, status="failed", problem=decline)
        desk.save(charge, parent=intent["id"])
        intent["latest_charge"] = charge["id"]
        problem = {**decline.describe(), "charge": charge["id"], "payment_method": method}
        _fail(desk, intent, problem)
        raise cards.card_error(
            decline.code,
            decline.message,
            decline.decline_code,
            charge=charge["id"],
            payment_method=method,
            payment_intent=intent,
            kept=True,
        )
    is_held = _is_held(intent)
    charge = charges.make(
        intent, method, site=desk.stripe.base_url, status="succeeded", is_captured=not is_held
    )
    intent["latest_charge"] = charge["id"]
    if not is_held:
        desk.save(charge, parent=intent["id"])
        return _succeed(desk, intent, intent["amount"])
    charge["payment_method_details"]["card"]["capture_before"] = charge["created"] + HOLD_SECONDS
    desk.save(charge, parent=intent["id"])
    intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
    desk.save(intent)
    desk.tell("payment_intent.amount_capturable_updated", intent)
    return intent


def _is_held(intent: Row) -> bool:
    own = intent["payment_method_options"].get("card", {}).get("capture_method")
    return "manual" in (own, intent["capture_method"])


def _start_debit(desk: Desk, intent: Row, method: Row) -> Row:
    if intent["capture_method"] == "manual":
        message = "The payment method sepa_debit does not support manual capture."
        raise bad_param("capture_method", message)
    charge = charges.make(intent, method, site=desk.stripe.base_url, status="pending")
    desk.save(charge, parent=intent["id"])
    intent |= {"status": "processing", "latest_charge": charge["id"]}
    desk.save(intent)
    desk.tell("payment_intent.processing", intent)
    desk.settle_later(intent["id"])
    return intent


def settle(desk: Desk, identifier: str) -> None:
    """The bank has answered a direct debit."""
    intent = desk.get("payment_intent", identifier)
    if intent["status"] != "processing":
        return
    charge = desk.get("charge", intent["latest_charge"])
    method = desk.get("payment_method", intent["payment_method"])
    succeeds = next(
        good for iban, good in cards.IBANS.items() if iban.endswith(method["sepa_debit"]["last4"])
    )
    charge |= {"status": "succeeded" if succeeds else "failed", "paid": succeeds, "captured": succeeds}
    charge["amount_captured"] = charge["amount"] if succeeds else 0
    desk.save(charge)
    if succeeds:
        _succeed(desk, intent, intent["amount"])
    else:
        _fail(desk, intent, {**cards.FAILED_DEBIT, "charge": charge["id"], "payment_method": method})


def _succeed(desk: Desk, intent: Row, amount: int) -> Row:
    intent |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0, "next_action": None}
    desk.save(intent)
    desk.tell("payment_intent.succeeded", intent)
    return intent


def _fail(desk: Desk, intent: Row, problem: Row) -> Row:
    intent |= {"status": "requires_payment_method", "payment_method": None, "last_payment_error": problem}
    desk.save(intent)
    desk.tell("payment_intent.payment_failed", intent)
    return intent


def capture(desk: Desk, identifier: str, given: Row) -> Row:
    """Take what is held, or a part of it: the rest is let go. Raises StripeError."""
    intent = desk.get("payment_intent", identifier, "intent")
    if intent["status"] != "requires_capture":
        message = (
            f"This PaymentIntent could not be captured because it has a status of {intent['status']}. Only a "
            "PaymentIntent with one of the following statuses may be captured: requires_capture."
        )
        raise unexpected_state(message, payment_intent=intent)
    amount = {"amount_to_capture": intent["amount_capturable"], **given}["amount_to_capture"]
    if not 1 <= amount <= intent["amount_capturable"]:
        message = (
            f"The amount to capture ({amount}) must be positive and not more than what is capturable "
            f"({intent['amount_capturable']})."
        )
        raise bad_param(
            "amount_to_capture", message, "amount_too_large" if amount > 0 else "amount_too_small"
        )
    intent["metadata"] = merge_metadata(intent["metadata"], given.get("metadata") or {})
    charge = desk.get("charge", intent["latest_charge"])
    charge |= {"captured": True, "amount_captured": amount}
    desk.save(charge)
    desk.tell("charge.captured", charge)
    return _succeed(desk, intent, amount)


def cancel(desk: Desk, identifier: str, given: Row) -> Row:
    """Raises StripeError."""
    intent = desk.get("payment_intent", identifier, "intent")
    if intent["status"] not in CANCELLABLE:
        message = (
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. Only a "
            f"PaymentIntent with one of the following statuses may be canceled: {', '.join(CANCELLABLE)}."
        )
        raise unexpected_state(message, payment_intent=intent)
    return _end(desk, intent, given.get("cancellation_reason"), "charge.refunded")


def expire(desk: Desk, identifier: str) -> Row:
    """What the bank does to a hold after seven days. Raises StripeError."""
    intent = desk.get("payment_intent", identifier, "intent")
    if intent["status"] != "requires_capture":
        raise unexpected_state("Nothing is held.", payment_intent=intent)
    return _end(desk, intent, "automatic", "charge.expired")


def _end(desk: Desk, intent: Row, reason: str | None, charge_event: str) -> Row:
    if intent["status"] == "requires_capture":
        charge = desk.get("charge", intent["latest_charge"])
        charge |= {"refunded": True, "amount_refunded": charge["amount"]}
        desk.save(charge)
        desk.tell(charge_event, charge)
    intent |= {
        "status": "canceled",
        "amount_capturable": 0,
        "canceled_at": seconds(),
        "cancellation_reason": reason,
        "next_action": None,
    }
    desk.save(intent)
    desk.tell("payment_intent.canceled", intent)
    return intent
