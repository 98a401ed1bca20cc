"""Form-encoded parameters with nested keys, read against a list of those an endpoint knows.

A shape is a dict of name to a reader (a function of text and parameter name), a dict (nested), or a list
holding one of these. What a shape does not name is refused, as Stripe does: that is how a typo is found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from sandbox.wire import Row

from .errors import StripeError, bad_param

Reader = Callable[[str, str], Any]
Shape = dict[str, Any]

NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
DEEPEST = 6
LARGEST_INTEGER = 2**63
LONGEST = 5000
METADATA_KEYS, METADATA_KEY, METADATA_VALUE = 50, 40, 500
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def nest(pairs: Iterable[tuple[str, str]]) -> Row:
    """{"metadata": {"order": "7"}, "expand": {"0": "latest_charge"}} of `metadata[order]`, `expand[]`."""
    found: Row = {}
    for name, value in pairs:
        match = NAME.fullmatch(name)
        if not match:
            raise bad_param(name, f"Invalid parameter name: {name[:100]}", "parameter_unknown")
        path = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        _plant(found, path[:DEEPEST], name, value)
    return found


def _plant(place: Row, path: list[str], name: str, value: str) -> None:
    for step in path[:-1]:
        place = place.setdefault(step or str(len(place)), {})
        if not isinstance(place, dict):
            raise bad_param(name, f"Invalid parameter: {name[:100]}")
    place[path[-1] or str(len(place))] = value


def read(values: Row, shape: Shape, *, required: Iterable[str] = ()) -> Row:
    """Raises StripeError 400 for what is unknown, missing or not of its kind."""
    for name in required:
        if values.get(name) in (None, ""):
            raise bad_param(name, f"Missing required param: {name}.", "parameter_missing")
    return {name: _read(value, shape.get(name), name) for name, value in values.items()}


def _read(value: Any, shape: Any, param: str) -> Any:
    if shape is None:
        raise bad_param(param, f"Received unknown parameter: {param}", "parameter_unknown")
    if isinstance(shape, list):
        if not isinstance(value, dict):
            raise bad_param(param, "Invalid array")
        return [_read(entry, shape[0], f"{param}[{index}]") for index, entry in value.items()]
    if shape is metadata:
        return metadata(value, param)
    if isinstance(shape, dict):
        if value == "":
            return None
        if not isinstance(value, dict):
            raise bad_param(param, "Invalid object")
        return {name: _read(entry, shape.get(name), f"{param}[{name}]") for name, entry in value.items()}
    if not isinstance(value, str):
        raise bad_param(param, f"Invalid string: {param} must not be a hash or an array")
    return shape(value, param)


def text(value: str, param: str) -> str:
    if len(value) > LONGEST:
        raise bad_param(param, f"Invalid string: must be at most {LONGEST} characters")
    return value


def up_to(length: int) -> Reader:
    def read_text(value: str, param: str) -> str:
        if len(value) > length:
            raise bad_param(param, f"Invalid string: must be at most {length} characters")
        return value

    return read_text


def integer(value: str, param: str) -> int:
    if value == "":
        message = f"You passed an empty string for '{param}'. We assume empty values are an attempt to unset."
        raise bad_param(param, message, "parameter_invalid_empty")
    if not re.fullmatch(r"-?[0-9]{1,19}", value) or abs(int(value)) >= LARGEST_INTEGER:
        raise bad_param(param, f"Invalid integer: {value[:40]}", "parameter_invalid_integer")
    return int(value)


def boolean(value: str, param: str) -> bool:
    if value not in ("true", "false"):
        raise bad_param(param, f"Invalid boolean: {value[:40]}")
    return value == "true"


def one_of(*values: str) -> Reader:
    def choose(value: str, param: str) -> str:
        if value not in values:
            raise bad_param(param, f"Invalid {param}: must be one of {', '.join(values)}")
        return value

    return choose


def email(value: str, param: str) -> str | None:
    if value and not EMAIL.fullmatch(value):
        raise bad_param(param, f"Invalid email address: {value[:100]}", "email_invalid")
    return value or None


def metadata(value: Any, param: str) -> Row:
    """Texts by name; an empty text unsets its name, an empty whole unsets all ({"": ""})."""
    if value == "":
        return {"": ""}
    if not isinstance(value, dict) or not all(isinstance(entry, str) for entry in value.values()):
        raise bad_param(param, "Invalid object: metadata are texts by name")
    if any(len(name) > METADATA_KEY for name in value):
        raise bad_param(param, f"Metadata keys can have up to {METADATA_KEY} characters.")
    if any(len(entry) > METADATA_VALUE for entry in value.values()):
        raise bad_param(param, f"Metadata values can have up to {METADATA_VALUE} characters.")
    return value


def merge_metadata(old: Row, new: Row) -> Row:
    """Raises StripeError 400 where there would be more names than Stripe keeps."""
    if new == {"": ""}:
        return {}
    merged = {name: value for name, value in {**old, **new}.items() if value != ""}
    if len(merged) > METADATA_KEYS:
        raise StripeError(400, f"You can have up to {METADATA_KEYS} metadata keys.", param="metadata")
    return merged


ADDRESS = dict.fromkeys(("line1", "line2", "city", "state", "postal_code", "country"), text)
CARD = {"number": text, "exp_month": integer, "exp_year": integer, "cvc": text}
METHOD_DATA = {
    "type": one_of("card", "sepa_debit"),
    "card": CARD,
    "sepa_debit": {"iban": text},
    "billing_details": {"name": text, "email": text, "phone": text, "address": ADDRESS},
    "allow_redisplay": one_of("always", "limited", "unspecified"),
    "metadata": metadata,
}
PAGE = {
    "limit": integer,
    "starting_after": text,
    "ending_before": text,
    "created": {"gt": integer, "gte": integer, "lt": integer, "lte": integer},
    "expand": [text],
}
CAPTURE = one_of("automatic", "automatic_async", "manual")
CONFIRMING: Shape = {
    "payment_method": text,
    "payment_method_data": METHOD_DATA,
    "payment_method_types": [one_of("card", "sepa_debit")],
    "payment_method_options": {
        "card": {
            "capture_method": one_of("manual", ""),
            "request_three_d_secure": one_of("any", "automatic", "challenge"),
        },
        "sepa_debit": {"setup_future_usage": text},
    },
    "receipt_email": email,
    "return_url": text,
    "shipping": {"name": text, "phone": text, "carrier": text, "tracking_number": text, "address": ADDRESS},
    "use_stripe_sdk": boolean,
    "mandate_data": {
        "customer_acceptance": {"type": text, "online": {"ip_address": text, "user_agent": text}}
    },
    "expand": [text],
}
DESCRIBING: Shape = {
    "amount": integer,
    "currency": text,
    "description": up_to(1000),
    "metadata": metadata,
    "receipt_email": email,
    "shipping": CONFIRMING["shipping"],
    "statement_descriptor": up_to(22),
    "statement_descriptor_suffix": up_to(22),
    "transfer_group": text,
    "payment_method": text,
    "payment_method_data": METHOD_DATA,
    "payment_method_types": CONFIRMING["payment_method_types"],
    "payment_method_options": CONFIRMING["payment_method_options"],
    "capture_method": CAPTURE,
    "expand": [text],
}
CREATING: Shape = {
    **DESCRIBING,
    **CONFIRMING,
    "automatic_payment_methods": {"enabled": boolean, "allow_redirects": one_of("always", "never")},
    "confirm": boolean,
}
CAPTURING: Shape = {
    "amount_to_capture": integer,
    "final_capture": boolean,
    "metadata": metadata,
    "statement_descriptor": up_to(22),
    "statement_descriptor_suffix": up_to(22),
    "expand": [text],
}
CANCELLING: Shape = {
    "cancellation_reason": one_of("duplicate", "fraudulent", "requested_by_customer", "abandoned"),
    "expand": [text],
}
REFUNDING: Shape = {
    "payment_intent": text,
    "charge": text,
    "amount": integer,
    "reason": one_of("duplicate", "fraudulent", "requested_by_customer"),
    "metadata": metadata,
    "expand": [text],
}
