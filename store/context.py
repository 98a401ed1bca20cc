"""What every template may use, whatever the page."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from store import formats
from store.tenancy import StoreInfo
from store.views import COLOUR_MODES


@dataclass(frozen=True, slots=True)
class Language:
    """`name` is what those who speak it call it."""

    code: str
    name: str
    is_current: bool


def page(request: HttpRequest) -> dict[str, Any]:
    """`store` (StoreInfo or None), `colour_mode` (light, dark or auto), `languages` to choose from, `preview`
    (of a look, or None)."""
    preview = getattr(request, "preview", None)
    mode = preview.mode if preview else request.COOKIES.get("mode", "")
    store: StoreInfo | None = getattr(request, "store", None)
    return {
        "store": store,
        "colour_mode": mode if mode in COLOUR_MODES else "auto",
        "languages": list_languages(store) if store else (),
        "preview": preview,
    }


def list_languages(store: StoreInfo) -> tuple[Language, ...]:
    """Empty where there is nothing to choose."""
    if len(store.languages) < 2:
        return ()
    return tuple(
        Language(code, formats.format_language(code, code), code == store.language)
        for code in store.languages
    )
