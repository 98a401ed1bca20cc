"""What is said to the AI Service and what it answers, as frozen values (source: `ai-service.openapi.yaml`).

Answers are a model's words: texts are cut to a sensible length and freed of control characters, and no more
than that. They are not HTML, their links may lead anywhere, and their ids may be of things that do not exist.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from config.structs import make_ready


class Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """camelCase outside, snake_case inside."""


class ActionPayload(Wire, frozen=True, kw_only=True):
    """`appointment_data` holds plain values only, as the model made them up: {"date": "2026-11-24"}."""

    url: str = ""
    product_id: str = ""
    service_id: str = ""
    appointment_data: dict[str, Any] = {}


class Action(Wire, frozen=True, kw_only=True):
    """`type` is one of ACTION_TYPES."""

    type: str
    label: str
    payload: ActionPayload


class ChatReply(Wire, frozen=True, kw_only=True):
    """`response` is plain text or Markdown, never empty."""

    response: str
    suggestions: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()


class Recommendation(Wire, frozen=True, kw_only=True):
    """`type` is product, service or membership; `confidence` lies between 0 and 1."""

    type: str
    id: str
    reason: str = ""
    confidence: float = 0


class SearchHit(Wire, frozen=True, kw_only=True):
    """`type` is product, service or content."""

    type: str
    id: str
    title: str = ""
    description: str = ""
    relevance_score: float = 0


class SearchReply(Wire, frozen=True, kw_only=True):
    results: tuple[SearchHit, ...]
    suggestions: tuple[str, ...] = ()


class Suggestion(Wire, frozen=True, kw_only=True):
    """`type` is question, action or recommendation."""

    text: str
    type: str = "question"
    confidence: float = 0


class CartItem(Wire, frozen=True, kw_only=True):
    id: str
    name: str
    quantity: int
    price: Decimal


class CartContext(Wire, frozen=True, kw_only=True):
    """Money is in the salon's currency."""

    item_count: int
    total: Decimal
    items: tuple[CartItem, ...]


class Turn(Wire, frozen=True, kw_only=True):
    """`role` is user or assistant."""

    role: str
    content: str


ACTION_TYPES = frozenset({"navigate", "add_to_cart", "book_appointment", "view_details"})

make_ready(globals())
