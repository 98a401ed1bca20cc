"""Decoded answers into the values of assistant.schemas, leaving out what cannot be read of them."""

import math
from collections.abc import Callable
from typing import Any, TypeVar

from assistant.errors import AiChanged
from assistant.schemas import (
    ACTION_TYPES,
    Action,
    ActionPayload,
    ChatReply,
    Recommendation,
    SearchHit,
    SearchReply,
    Suggestion,
)

T = TypeVar("T")

MAX_RESPONSE = 8000
MAX_TEXT = 500
MAX_LABEL = 80
MAX_ID = 64
MAX_URL = 500
MAX_CHIPS = 8
# Many, since whoever shows them leaves out those that lead nowhere before it cuts them to a few.
MAX_ACTIONS = 50
MAX_ROWS = 100
MAX_FIELDS = 10

# C0 and C1 without tab and line feed; surrogates cannot be sent or stored.
_UNPRINTABLE = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160), *range(55296, 57344)))


def clean(text: str) -> str:
    """Without what no text needs and some databases refuse."""
    return text.translate(_UNPRINTABLE)


def read_chat(body: Any) -> ChatReply:
    response = _read_text(_read_object(body).get("response"), MAX_RESPONSE)
    if not response:
        raise AiChanged(detail="no response")
    return ChatReply(
        response=response,
        suggestions=_read_texts(body.get("suggestions")),
        actions=tuple(_read_each(body.get("actions"), _read_action, MAX_ACTIONS)),
    )


def read_recommendations(body: Any) -> tuple[Recommendation, ...]:
    def read(row: dict[str, Any]) -> Recommendation | None:
        kind, row_id = _read_kind(row, {"product", "service", "membership"}), _read_id(row.get("id"))
        if not kind or not row_id:
            return None
        reason, confidence = _read_text(row.get("reason"), MAX_TEXT), _read_share(row.get("confidence"))
        return Recommendation(type=kind, id=row_id, reason=reason, confidence=confidence)

    return _read_rows(body, "recommendations", read)


def read_search(body: Any) -> SearchReply:
    def read(row: dict[str, Any]) -> SearchHit | None:
        kind, row_id = _read_kind(row, {"product", "service", "content"}), _read_id(row.get("id"))
        if not kind or not row_id:
            return None
        return SearchHit(
            type=kind,
            id=row_id,
            title=_read_text(row.get("title"), MAX_TEXT),
            description=_read_text(row.get("description"), MAX_TEXT),
            relevance_score=_read_number(row.get("relevanceScore")),
        )

    results = _read_rows(body, "results", read)
    return SearchReply(results=results, suggestions=_read_texts(body.get("suggestions")))


def read_suggestions(body: Any) -> tuple[Suggestion, ...]:
    def read(row: dict[str, Any]) -> Suggestion | None:
        text = _read_text(row.get("text"), MAX_LABEL)
        kind = _read_kind(row, {"question", "action", "recommendation"}) or "question"
        return (
            Suggestion(text=text, type=kind, confidence=_read_share(row.get("confidence"))) if text else None
        )

    return _read_rows(body, "suggestions", read)


def _read_action(row: dict[str, Any]) -> Action | None:
    kind, payload = _read_kind(row, ACTION_TYPES), row.get("payload")
    label = _read_text(row.get("label"), MAX_LABEL)
    if not kind or not label or not isinstance(payload, dict):
        return None
    details = payload.get("appointmentData")
    return Action(
        type=kind,
        label=label,
        payload=ActionPayload(
            url=_read_id(payload.get("url"), MAX_URL),
            product_id=_read_id(payload.get("productId")),
            service_id=_read_id(payload.get("serviceId")),
            appointment_data=_read_fields(details) if isinstance(details, dict) else {},
        ),
    )


def _read_object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise AiChanged(detail="not an object")
    return body


def _read_rows(body: Any, key: str, read: Callable[[dict[str, Any]], T | None]) -> tuple[T, ...]:
    """Raises AiChanged where there is no list, or one in which nothing can be read."""
    rows = _read_object(body).get(key)
    if not isinstance(rows, list):
        raise AiChanged(detail=f"no list of {key}")
    found = tuple(_read_each(rows, read, MAX_ROWS))
    if rows and not found:
        raise AiChanged(detail=f"{key} in another shape")
    return found


def _read_each(rows: Any, read: Callable[[dict[str, Any]], T | None], limit: int) -> list[T]:
    found: list[T] = []
    for row in rows if isinstance(rows, list) else ():
        value = read(row) if isinstance(row, dict) else None
        if value is not None:
            found.append(value)
        if len(found) == limit:
            break
    return found


def _read_texts(rows: Any) -> tuple[str, ...]:
    texts = [_read_text(row, MAX_LABEL) for row in rows] if isinstance(rows, list) else []
    return tuple(dict.fromkeys(text for text in texts if text))[:MAX_CHIPS]


def _read_text(value: Any, limit: int) -> str:
    """Cut with an ellipsis; "" where there is none."""
    text = clean(value[: 2 * limit]).strip() if isinstance(value, str) else ""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _read_id(value: Any, limit: int = MAX_ID) -> str:
    """Whole or not at all: half an id or address is another one."""
    return value if isinstance(value, str) and len(value) <= limit and clean(value) == value else ""


def _read_kind(row: dict[str, Any], known: frozenset[str] | set[str]) -> str:
    kind = row.get("type")
    return kind if isinstance(kind, str) and kind in known else ""


def _read_number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    try:
        number = float(value)
    except OverflowError:
        return 0.0
    return number if math.isfinite(number) else 0.0


def _read_share(value: Any) -> float:
    return min(1.0, max(0.0, _read_number(value)))


def _read_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """Plain values under plain names; what is nested or long is left out."""
    found: dict[str, Any] = {}
    for key, value in list(fields.items())[:MAX_FIELDS]:
        if isinstance(value, bool) or (isinstance(value, int) and abs(value) < 10**12):
            found[key[:MAX_ID]] = value
        elif isinstance(value, str) and len(value) <= MAX_TEXT:
            found[key[:MAX_ID]] = clean(value)
    return found
