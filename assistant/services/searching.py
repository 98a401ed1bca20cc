"""Search: the catalogue's own full text, and the AI Service's ranking where it comes in time."""

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from analytics.models import Interaction
from analytics.services import record_interaction
from assistant import search
from assistant.client import ai_client
from assistant.errors import AiError
from assistant.schemas import SearchHit, SearchReply
from assistant.search import Hit, Kind
from assistant.wording import cut
from catalog.queries import Catalog, get_catalog
from config.readers import read_uuid
from store.tenancy import current_store

LONGEST_QUERY = 200
LOCAL, TOLD = 50, 20
MOST_SUGGESTIONS = 5
# Reciprocal rank fusion (Cormack, Clarke, Büttcher 2009): how little the very first places count for more.
RANK_CONSTANT = 60


@dataclass(frozen=True, slots=True)
class Found:
    """Best first. `source` is "ai" where the AI Service had a say, else "local"."""

    query: str
    hits: tuple[tuple[Kind, str], ...] = ()
    source: str = "local"
    suggestions: tuple[str, ...] = ()


def clean_query(text: str) -> str:
    return " ".join(text.replace("\x00", "").split())[:LONGEST_QUERY]


def find_at_once(query: str, *, limit: int = 8) -> Found:
    """While somebody types: without the AI Service. Raises CatalogUnavailable."""
    return Found(query, tuple((hit.kind, hit.id) for hit in _find_locally(get_catalog(), query)[:limit]))


def find(query: str, *, caller: str, asks_ai: bool = True) -> Found:
    """Everything that fits, ranked by both. Raises CatalogUnavailable.

    Waits for the AI Service, 1.5 seconds at most. `caller` tells visitors apart without saying who they are;
    `asks_ai` is False for one who has asked too often.
    """
    catalog, started = get_catalog(), time.monotonic()
    local = _find_locally(catalog, query)
    outcome, reply = "ok", None
    if current_store().has_assistant and query:
        try:
            reply = _ask(query, caller) if asks_ai else None
            outcome = "ok" if asks_ai else "limited"
        except AiError as error:
            outcome = error.outcome
    found = _merge(catalog, query, local, reply)
    _record(found, started, outcome if found.hits or outcome != "ok" else "empty")
    return found


def _find_locally(catalog: Catalog, query: str) -> tuple[Hit, ...]:
    if not query:
        return ()
    store = current_store()
    return search.find(catalog, query, language=store.language, store_id=store.id, limit=LOCAL)


def _ask(query: str, caller: str) -> SearchReply:
    return ai_client().search(query, limit=TOLD, caller=caller)


def _merge(catalog: Catalog, query: str, local: Iterable[Hit], reply: SearchReply | None) -> Found:
    own = [(hit.kind, hit.id) for hit in local]
    if reply is None:
        return Found(query, tuple(own))
    theirs = [found for hit in reply.results if (found := _identify(catalog, hit))]
    suggestions = tuple(text for text in (cut(one, 60) for one in reply.suggestions) if text)
    ranked = _fuse(own, list(dict.fromkeys(theirs)))
    return Found(query, ranked, "ai" if theirs else "local", suggestions[:MOST_SUGGESTIONS])


def _fuse(*rankings: list[tuple[Kind, str]]) -> tuple[tuple[Kind, str], ...]:
    scores: defaultdict[tuple[Kind, str], float] = defaultdict(float)
    for ranking in rankings:
        for place, item in enumerate(ranking):
            scores[item] += 1 / (RANK_CONSTANT + place)
    return tuple(sorted(scores, key=lambda item: -scores[item]))  # stable: ties as in the first ranking


def _identify(catalog: Catalog, hit: SearchHit) -> tuple[Kind, str] | None:
    """The catalogue's own row; "content" is the contract's word for whatever else, people among it."""
    row_id = read_uuid(hit.id)
    if hit.type == "service" and catalog.service(row_id):
        return Kind.SERVICE, str(row_id)
    if hit.type == "product" and catalog.product(row_id):
        return Kind.PRODUCT, str(row_id)
    if hit.type == "content" and catalog.staff_member(row_id):
        return Kind.STAFF, str(row_id)
    return None


def _record(found: Found, started: float, outcome: str) -> None:
    """What was looked for, without saying by whom."""
    record_interaction(
        kind=Interaction.Kind.SEARCH,
        outcome=outcome,
        source=found.source,
        milliseconds=round((time.monotonic() - started) * 1000),
        text=found.query,
    )
