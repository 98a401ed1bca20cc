"""Asking for recommendations as a page does, and an AI Service that says what a test wants."""

import re
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from analytics.models import Interaction
from assistant.errors import AiError
from assistant.schemas import Recommendation

Kind = Interaction.Kind
HERE = "/recommendations/"
JSON = "/api/v1/assistant/recommendations"
CLICKS = "/recommendations/clicks/"
UUID_IN_LINK = re.compile(r'<h3[^>]*><a href="/(?:services|shop)/([0-9a-f-]{36})-')


@dataclass
class Model:
    """An AI Service that says what a test wants."""

    says: list[Recommendation] = field(default_factory=list)
    error: AiError | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)

    def recommend(self, **question: Any) -> tuple[Recommendation, ...]:
        self.asked.append(question)
        if self.error:
            raise self.error
        return tuple(self.says)

    def name(self, kind: str, row_id: object, reason: str = "") -> None:
        self.says.append(Recommendation(type=kind, id=str(row_id), reason=reason, confidence=0.9))


def get(guest: Client, context: str = "homepage", items: str = "", **headers: str) -> Any:
    return guest.get(HERE, {"context": context, "items": items}, headers=headers)


def shown(response: Any) -> list[str]:
    assert response.status_code == 200, response.status_code
    return UUID_IN_LINK.findall(response.content.decode())


def rows(kind: Interaction.Kind = Kind.RECOMMENDATION_SHOWN) -> list[Interaction]:
    return list(Interaction.across_stores.filter(kind=kind))
