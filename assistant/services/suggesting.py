"""Quick replies to begin with: the AI Service's for a page, the salon's own without it."""

import time

from django.core.cache import cache

from analytics.models import Interaction
from analytics.services import record_interaction
from assistant.client import ai_client
from assistant.errors import AiError
from assistant.facts import list_quick_replies
from assistant.links import find_page
from assistant.talk import Source
from assistant.wording import cut
from catalog.queries import get_catalog
from store.tenancy import current_store

CONTEXTS = {"product": "product", "service": "service", "cart": "cart", "checkout": "checkout"}
MOST, LONGEST = 4, 60
# The AI Service's API has no place to say which language is wanted: it speaks this one until somebody writes.
SPOKEN = "en"
# The same for every visitor of a page's kind; a failure is remembered for a shorter time.
KEEP_SECONDS, RETRY_SECONDS = 600, 30


def list_openers(page: str) -> tuple[str, ...]:
    """Raises CatalogUnavailable. Waits for the AI Service half a second at most, and rarely."""
    store, own = current_store(), list_quick_replies(get_catalog())
    if store.language != SPOKEN:
        return own
    context = CONTEXTS.get(find_page(page), "homepage")
    key = f"assistant:{store.id}:openers:{context}"
    known: list[str] | None = cache.get(key)
    if known is None:
        known = _ask(context)
        cache.set(key, known, KEEP_SECONDS if known else RETRY_SECONDS)
    return tuple(known) or own


def _ask(context: str) -> list[str]:
    started, outcome, found = time.monotonic(), "ok", list[str]()
    try:
        told = ai_client().suggest(context=context, limit=MOST)
        found = [text for suggestion in told if (text := cut(suggestion.text, LONGEST))]
    except AiError as error:
        outcome = error.outcome
    record_interaction(
        kind=Interaction.Kind.SUGGESTION,
        outcome=outcome,
        source=Source.AI if found else Source.FALLBACK,
        milliseconds=round((time.monotonic() - started) * 1000),
        context=context,
    )
    return found
