"""How many times one visitor may hold: holds cost the others something."""

from django.conf import settings
from django.http import HttpRequest

from store import ratelimit
from store.tenancy import current_store

WINDOW_SECONDS = 600


def draft_wait(request: HttpRequest) -> int:
    """Count one more draft of this visitor in this store; 0 where it may be, else seconds to wait."""
    key = f"draft:{current_store().id}:{ratelimit.visitor_key(request)}"
    return ratelimit.hit(key, limit=settings.DRAFTS_PER_VISITOR, seconds=WINDOW_SECONDS)
