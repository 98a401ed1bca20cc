"""One message, one answer: the model's in words, the salon's in facts, with or without the AI Service."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import structlog
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.models import Interaction
from analytics.services import record_interaction
from assistant import schemas
from assistant.actions import read_offers, read_ways
from assistant.client import ai_client
from assistant.errors import AiError, AiLimited
from assistant.facts import answer_from_facts, list_quick_replies
from assistant.models import Conversation
from assistant.prices import hide_unknown_prices
from assistant.services.conversations import add_turns, find_conversation, open_conversation
from assistant.talk import Source, Turn
from assistant.wording import cut
from catalog.basket import BasketLine
from catalog.queries import Catalog, get_catalog
from store.tenancy import current_store

log = structlog.get_logger(__name__)

PREVIOUS = 12  # turns that are told again, for an AI Service that has forgotten
MOST_SUGGESTIONS = 4
LONGEST_SUGGESTION = 60
LONGEST_ANSWER = 4000


class TooManyMessages(Exception):
    """No more is taken from this visitor, by us or by the AI Service, for so many seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is told beside the message: never who it is or how to reach them."""

    page: str = ""  # a path of the store
    basket: tuple[BasketLine, ...] = ()


def answer(*, key: str, message: str, where: Circumstances, visitor: str) -> Turn:
    """Ask, or answer from the salon's facts; keep both turns. Raises TooManyMessages, CatalogUnavailable.

    `key` is of the visitor's conversation, new or not; `visitor` is analytics' name for one who agreed to be
    remembered, else empty. Waits up to eight seconds.
    """
    catalog, started = get_catalog(), time.monotonic()
    conversation = find_conversation(key) or open_conversation(key)
    outcome = "ok"
    try:
        reply = _ask(conversation, message, where)
    except AiLimited as error:
        _record(started, outcome="limited", source="", visitor=visitor)
        raise TooManyMessages(error.retry_after or 60) from error
    except AiError as error:
        outcome = error.outcome
        turn = _answer_by_facts(catalog, message)
    else:
        turn = _read_reply(reply, catalog)
        if not turn.text and not turn.offers:
            outcome, turn = "empty", _answer_by_facts(catalog, message)
    add_turns(conversation, Turn("client", message, time.time()), turn)
    _record(started, outcome=outcome, source=str(turn.source), visitor=visitor, text=message)
    return turn


def _ask(conversation: Conversation, message: str, where: Circumstances) -> schemas.ChatReply:
    return ai_client().chat(
        session_id=conversation.session_id,
        message=message,
        page=where.page,
        language=current_store().language,
        cart=_describe_basket(where.basket),
        previous=_describe_turns(conversation.turns),
    )


def _describe_basket(lines: Sequence[BasketLine]) -> schemas.CartContext | None:
    if not lines:
        return None
    items = tuple(
        schemas.CartItem(id=str(line.product_id), name=line.name, quantity=line.quantity, price=line.price)
        for line in lines
    )
    total = sum((line.price * line.quantity for line in lines), Decimal(0))
    return schemas.CartContext(item_count=sum(line.quantity for line in lines), total=total, items=items)


def _describe_turns(turns: Iterable[Turn]) -> tuple[schemas.Turn, ...]:
    roles = {"client": "user", "salon": "assistant"}
    told = [schemas.Turn(role=roles[turn.role], content=turn.text) for turn in turns if turn.text]
    return tuple(told[-PREVIOUS:])


def _read_reply(reply: schemas.ChatReply, catalog: Catalog) -> Turn:
    suggestions = (cut(text, LONGEST_SUGGESTION) for text in reply.suggestions)
    return Turn(
        role="salon",
        text=hide_unknown_prices(reply.response[:LONGEST_ANSWER].strip(), catalog),
        at=time.time(),
        source=Source.AI,
        offers=read_offers(reply.actions, catalog),
        ways=read_ways(reply.actions),
        suggestions=tuple(text for text in suggestions if text)[:MOST_SUGGESTIONS],
    )


def _answer_by_facts(catalog: Catalog, message: str) -> Turn:
    facts = answer_from_facts(catalog, message, timezone.now())
    return Turn(
        role="salon",
        text=facts.text,
        at=time.time(),
        source=Source.FALLBACK,
        offers=facts.offers,
        ways=facts.ways,
        suggestions=list_quick_replies(catalog),
    )


def _record(started: float, *, outcome: str, source: str, visitor: str, text: str = "") -> None:
    """The words only of one who agreed to it."""
    record_interaction(
        kind=Interaction.Kind.CHAT,
        outcome=outcome,
        source=source,
        milliseconds=round((time.monotonic() - started) * 1000),
        visitor=visitor,
        text=text if visitor else "",
    )


def say_unavailable() -> str:
    return _("AI temporarily unavailable")
