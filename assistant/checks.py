"""Settings that contradict each other, as system checks with an id and a hint."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def check_key_and_address(**_: Any) -> list[CheckMessage]:
    if bool(settings.AI_SERVICE_URL) == bool(settings.AI_SERVICE_KEY):
        return []
    there, missing = "AI_SERVICE_URL", "AI_SERVICE_KEY"
    if not settings.AI_SERVICE_URL:
        there, missing = missing, there
    return [
        Error(
            f"{there} is set without {missing}.",
            hint="Set both for an assistant, or neither: search is then over the catalogue alone.",
            id="assistant.E001",
        )
    ]
