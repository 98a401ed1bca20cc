"""Quick replies to begin with: the AI Service's for a page, the salon's own without it."""

from django.core.cache import cache

from assistant.actions import cut
from assistant.client import ai_client
from assistant.errors import AiError
from assistant.facts import list_quick_replies
from assistant.links import find_page
from catalog.queries import get_catalog
from store.tenancy import current_store

CONTEXTS = {"product": "product", "service": "service", "cart": "cart", "checkout": "checkout"}
MOST, LONGEST = 4, 60
# The same for every visitor of a page's kind; a failure is remembered for a shorter time.
KEEP_SECONDS, RETRY_SECONDS = 600, 30


def list_openers(page: str) -> tuple[str, ...]:
    """Raises CatalogUnavailable. Waits for the AI Service half a second at most, and rarely."""
    store, context = current_store(), CONTEXTS.get(find_page(page), "homepage")
    key = f"assistant:{store.id}:{store.language}:openers:{context}"
    known: list[str] | None = cache.get(key)
    if known is None:
        try:
            told = ai_client().suggest(context=context, limit=MOST)
        except AiError:
            known = []
        else:
            known = [text for suggestion in told if (text := cut(suggestion.text, LONGEST))]
        cache.set(key, known, KEEP_SECONDS if known else RETRY_SECONDS)
    return tuple(known) or list_quick_replies(get_catalog())
