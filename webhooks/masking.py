"""A payload as an operator may see it: its structure and what identifies it, nobody's words."""

import re
from typing import Any

import msgspec

MASK = "•••"
# What stays: ids, instants, states. A field that nobody thought of is masked, whatever it is called.
SHOWN = re.compile(
    r"^(id|type|version|status|currency|timezone|price|duration|quantity|rating|source"
    r"|confirmationNumber|orderNumber|.*(Id|Ids|At|Time|Status|Price|Total)|total|timestamp|date|tenantId)$"
)
# Nothing below these stays, not even a number.
PERSONAL = frozenset({"client", "address", "contact", "fulfilment"})


def mask_payload(text: str) -> str:
    """JSON, indented, with what could be personal masked; a mark where it is not JSON."""
    try:
        body = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return MASK
    return msgspec.json.format(msgspec.json.encode(_mask(body, "", is_shown=True)), indent=2).decode()


def _mask(value: Any, key: str, *, is_shown: bool) -> Any:
    if isinstance(value, dict):
        is_shown = is_shown and key not in PERSONAL
        return {name: _mask(inner, name, is_shown=is_shown) for name, inner in value.items()}
    if isinstance(value, list):
        return [_mask(inner, key, is_shown=is_shown) for inner in value]
    if value is None or isinstance(value, bool):
        return value
    return value if is_shown and SHOWN.match(key) else MASK
