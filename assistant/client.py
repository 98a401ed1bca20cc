"""The AI Service in our words: the only code that knows its paths and limits.

Every method answers or raises AiError within its seconds, whatever the service does. What is too long is cut
rather than refused. Each operation has a breaker, which all stores share: after three failures in a row
within a minute nobody waits for it any more, and the try that may close it again runs where no visitor waits.
"""

import re
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError

from analytics.models import Alert
from analytics.services import clear_alert, raise_alert
from assistant import parsing
from assistant.errors import AiChanged, AiError, AiQuotaExceeded, AiRejected, AiUnavailable
from assistant.schemas import CartContext, ChatReply, Recommendation, SearchReply, Suggestion, Turn
from assistant.wire import MAX_RETRY_AFTER, KeyRefused, Question, Wire
from config.breaker import Breaker
from store.tenancy import current_store

log = structlog.get_logger(__name__)

T = TypeVar("T")
Read = Callable[[Any], T]

# How long a visitor waits at most, from the call to the parsed answer.
BUDGETS = {"chat": 8.0, "recommend": 0.8, "search": 1.5, "suggest": 0.5}
BREAKER_THRESHOLD = 3
BREAKER_PAUSE = 15.0
# Where a quota is used up and it is not said until when.
QUOTA_PAUSE = 60

MAX_MESSAGE = 1000
MAX_TURNS = 20
MAX_TURN = 2000
MAX_QUERY = 200
MAX_ITEMS = 50
PAGES = frozenset({"homepage", "product", "service", "cart", "checkout"})

_NOT_IN_A_TOKEN = re.compile(r"[^A-Za-z0-9._-]")
_QUOTA_KEY = "ai:quota"
_REFUSED_KEY = "ai:refused"
_REFUSED_SECONDS = 30 * 24 * 3600


def ai_client() -> "AiClient":
    """A client that speaks for the store in scope; costs no query."""
    wire = Wire(settings.AI_SERVICE_URL, settings.AI_SERVICE_KEY)
    return AiClient(wire, current_store().tenant_id)


class AiClient:
    """Speaks with the AI Service for one store."""

    def __init__(self, wire: Wire, tenant_id: UUID) -> None:
        self._wire = wire
        self._tenant = str(tenant_id)

    def chat(
        self,
        *,
        session_id: str,
        message: str,
        page: str = "",
        language: str = "",
        cart: CartContext | None = None,
        previous: Sequence[Turn] = (),
    ) -> ChatReply:
        """One message, one reply; of `previous` the last twenty are told. Within 8 s."""
        context: dict[str, Any] = {"tenantId": self._tenant}
        context |= {"page": _cut(page, 200)} if page else {}
        context |= {"language": _cut(language, 35)} if language else {}
        context |= {"cart": cart} if cart else {}
        turns = [turn for turn in previous if turn.role in {"user", "assistant"}][-MAX_TURNS:]
        context["previousMessages"] = [
            {"role": turn.role, "content": _cut(turn.content, MAX_TURN)} for turn in turns
        ]
        body = {"sessionId": session_id, "message": _needed(message, MAX_MESSAGE), "context": context}
        return self._ask(self._question("chat", "POST", "/chat", body=body), parsing.read_chat)

    def recommend(
        self, *, context: str, items: Sequence[str] = (), user_id: str = "", limit: int = 5
    ) -> tuple[Recommendation, ...]:
        """Best first, within 0.8 s. `context`: one of PAGES; `user_id`: a pseudonym, "" without consent."""
        body: dict[str, Any] = {
            "tenantId": self._tenant,
            "context": _page(context),
            "limit": _within(limit, 50),
        }
        body |= {"items": list(items[:MAX_ITEMS])} if items else {}
        body |= {"userId": user_id} if user_id else {}
        question = self._question("recommend", "POST", "/recommend", body=body)
        return self._ask(question, parsing.read_recommendations)[: body["limit"]]

    def search(self, query: str, *, limit: int = 20, caller: str = "") -> SearchReply:
        """Best first. `caller` stands for the visitor's address, which is not told. Within 1.5 s."""
        body: dict[str, Any] = {
            "tenantId": self._tenant,
            "query": _needed(query, MAX_QUERY),
            "limit": _within(limit, 100),
        }
        token = _NOT_IN_A_TOKEN.sub("", caller)[:64]
        # RFC 7239: an obfuscated identifier begins with an underscore.
        headers = {"Forwarded": f'for="_{token}"'} if token else {}
        question = self._question("search", "POST", "/search", body=body, headers=headers)
        reply = self._ask(question, parsing.read_search)
        return SearchReply(results=reply.results[: body["limit"]], suggestions=reply.suggestions)

    def suggest(self, *, context: str, typed: str = "", limit: int = 5) -> tuple[Suggestion, ...]:
        """Quick replies for a page, one of PAGES, within 0.5 s. The service is not told for which store."""
        params = {"context": _page(context), "limit": str(_within(limit, 20))}
        params |= {"currentMessage": _cut(typed, MAX_QUERY)} if typed else {}
        question = self._question("suggest", "GET", "/suggestions", params=params)
        return self._ask(question, parsing.read_suggestions)[: _within(limit, 20)]

    # --- how ------------------------------------------------------------------------------------------

    def _question(self, operation: str, method: str, path: str, **rest: Any) -> Question:
        return Question(operation, method, path, BUDGETS[operation], **rest)

    def _ask(self, question: Question, read: Read[T]) -> T:
        self._check_may_ask(question.operation)
        started = time.monotonic()
        try:
            value = read(self._wire.ask(question))
        except AiError as error:
            _note(question.operation, error)
            milliseconds = round((time.monotonic() - started) * 1000)
            log.warning(
                "ai_failed", operation=question.operation, milliseconds=milliseconds, error=str(error)
            )
            if isinstance(error, KeyRefused):
                _tell_about_key(is_refused=True)
            raise
        _note(question.operation, None)
        _tell_about_key(is_refused=False)
        return value

    def _check_may_ask(self, operation: str) -> None:
        if not self._wire.base_url or not self._wire.api_key:
            raise AiUnavailable("not_asked", "no key")
        if seconds := _quota_pause():
            raise AiUnavailable("not_asked", "quota", retry_after=seconds)
        breaker = _breaker(operation)
        if breaker.is_open():
            if breaker.may_probe():
                probe, read = self._probe(operation)
                thread = threading.Thread(target=_try_again, args=(self._wire, probe, read), daemon=True)
                thread.start()
            raise AiUnavailable("not_asked", "it failed just now")

    def _probe(self, operation: str) -> tuple[Question, Read[Any]]:
        """A question of nobody's: what a visitor typed is not asked again without them."""
        tenant = self._tenant
        if operation == "chat":
            body: Any = {"sessionId": "probe", "message": "Hello", "context": {"tenantId": tenant}}
            return self._question("chat", "POST", "/chat", body=body), parsing.read_chat
        if operation == "recommend":
            body = {"tenantId": tenant, "context": "homepage", "limit": 1}
            return self._question("recommend", "POST", "/recommend", body=body), parsing.read_recommendations
        if operation == "search":
            body = {"tenantId": tenant, "query": "hello", "limit": 1}
            return self._question("search", "POST", "/search", body=body), parsing.read_search
        params = {"context": "homepage", "limit": "1"}
        return self._question("suggest", "GET", "/suggestions", params=params), parsing.read_suggestions


def _try_again(wire: Wire, question: Question, read: Read[Any]) -> None:
    """In a thread: no database, no store in scope."""
    error: AiError | None = None
    try:
        read(wire.ask(question))
    except AiError as raised:
        error = raised
    _note(question.operation, error)
    log.info("ai_probed", operation=question.operation, error=str(error or ""))


def _breaker(operation: str) -> Breaker:
    return Breaker(f"ai:{operation}", threshold=BREAKER_THRESHOLD, pause=BREAKER_PAUSE)


def _note(operation: str, error: AiError | None) -> None:
    """What the next caller has to know. A refusal is an answer: it speaks for the service, not against it."""
    if isinstance(error, AiQuotaExceeded):
        _pause_for_quota(error.retry_after or QUOTA_PAUSE)
    elif error is None or error.outcome != "not_asked":
        _breaker(operation).note(works=not isinstance(error, AiUnavailable | AiChanged))


# --- the quota, for all operations and processes ----------------------------------------------------------

_alone = {"until": 0.0}  # what this process knows while there is no cache


def _pause_for_quota(seconds: int) -> None:
    until = time.time() + min(seconds, MAX_RETRY_AFTER)
    cache.set(_QUOTA_KEY, until, timeout=seconds)
    if cache.get(_QUOTA_KEY) is None:
        _alone["until"] = until


def _quota_pause() -> int:
    """Seconds that are left of it, rounded up."""
    left = max(cache.get(_QUOTA_KEY) or 0.0, _alone["until"]) - time.time()
    return int(left) + 1 if left > 0 else 0


# --- the key -----------------------------------------------------------------------------------------------


def _tell_about_key(*, is_refused: bool) -> None:
    """One alert when it is refused, cleared by the first answer after that."""
    was_refused = bool(cache.get(_REFUSED_KEY))
    if is_refused == was_refused:
        return
    try:
        if is_refused:
            raise_alert(Alert.Kind.AI_REFUSED, detail="the AI Service does not take AI_SERVICE_KEY")
            cache.set(_REFUSED_KEY, 1, timeout=_REFUSED_SECONDS)
        else:
            clear_alert(Alert.Kind.AI_REFUSED)
            cache.delete(_REFUSED_KEY)
    except DatabaseError as error:
        log.warning("ai_alert_not_written", error=type(error).__name__)


# --- what is sent ------------------------------------------------------------------------------------------


def _cut(text: str, limit: int) -> str:
    return parsing.clean(text)[:limit]


def _needed(text: str, limit: int) -> str:
    """Raises AiRejected where nothing is left of it: it would be refused."""
    found = _cut(text.strip(), limit)
    if not found:
        raise AiRejected(detail="nothing to ask")
    return found


def _page(context: str) -> str:
    return context if context in PAGES else "homepage"


def _within(limit: int, most: int) -> int:
    return max(1, min(most, limit))
