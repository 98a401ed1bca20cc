"""A conversation as the page and the panel show it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.safestring import SafeString

from assistant.markdown import render_markdown, render_plain
from assistant.models import Conversation
from assistant.offers import OfferView, show_offers
from assistant.services.suggesting import list_openers
from assistant.talk import Source, Turn, Way
from catalog.queries import Catalog


@dataclass(frozen=True, slots=True)
class TurnView:
    is_client: bool
    html: SafeString
    offers: tuple[OfferView, ...] = ()
    ways: tuple[Way, ...] = ()
    is_fallback: bool = False
    tells_of_outage: bool = False  # the first of several such answers says it


@dataclass(frozen=True, slots=True)
class ChatPage:
    """`page` is where the visitor came from: a path of the store, told to the AI Service."""

    turns: tuple[TurnView, ...]
    quick_replies: tuple[str, ...]
    page: str


def make_chat_page(conversation: Conversation | None, catalog: Catalog, page: str) -> ChatPage:
    turns = conversation.turns if conversation else ()
    last = turns[-1] if turns else None
    return ChatPage(
        turns=tuple(_show_turns(turns, catalog)),
        quick_replies=last.suggestions if last else list_openers(page),
        page=page,
    )


def show_turn(turn: Turn, catalog: Catalog, *, tells_of_outage: bool = False) -> TurnView:
    is_client = turn.role == "client"
    return TurnView(
        is_client=is_client,
        html=render_plain(turn.text) if is_client else render_markdown(turn.text),
        offers=show_offers(turn.offers, catalog),
        ways=turn.ways,
        is_fallback=turn.source is Source.FALLBACK,
        tells_of_outage=tells_of_outage,
    )


def _show_turns(turns: Iterable[Turn], catalog: Catalog) -> Iterable[TurnView]:
    was_out = False
    for turn in turns:
        is_out = turn.source is Source.FALLBACK
        yield show_turn(turn, catalog, tells_of_outage=is_out and not was_out)
        if turn.role == "salon":
            was_out = is_out
