"""What every template may use, whatever the page."""

from typing import Any

from django.http import HttpRequest

from store.views import COLOUR_MODES


def page(request: HttpRequest) -> dict[str, Any]:
    """`store` (StoreInfo or None), `colour_mode` (one of light, dark, auto)."""
    mode = request.COOKIES.get("mode", "")
    return {
        "store": getattr(request, "store", None),
        "colour_mode": mode if mode in COLOUR_MODES else "auto",
    }
