"""What every template may use, whatever the page."""

from typing import Any

from django.http import HttpRequest

from store.views import COLOUR_MODES


def page(request: HttpRequest) -> dict[str, Any]:
    """`store` (StoreInfo or None), `colour_mode` (light, dark or auto), `preview` (of a look, or None)."""
    preview = getattr(request, "preview", None)
    mode = preview.mode if preview else request.COOKIES.get("mode", "")
    return {
        "store": getattr(request, "store", None),
        "colour_mode": mode if mode in COLOUR_MODES else "auto",
        "preview": preview,
    }
