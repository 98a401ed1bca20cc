"""What the stand-in assistant says: from the salon's own rows of this moment, to the first topic it hears."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from . import replies
from .availability import load_business
from .days import DAY_WORDS, find_day
from .lookup import STOP_WORDS, find_items, split_words
from .phrases import CUE_WORDS, FILLERS, TEXTS, find_topics, guess_language, pad
from .state import State, all_entities
from .tenants import LANGUAGES
from .wire import Row

IN_PATH = re.compile(r"/(services|shop)/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
KINDS = {"services": "services", "shop": "products"}
# About what was named before, when nothing is named now.
MOST_ITEMS = 5


@dataclass(frozen=True)
class Talk:
    """One message and all that is known around it."""

    state: State
    slug: str
    message: str
    context: Row

    @cached_property
    def language(self) -> str:
        """What the message is written in, else the page's; Vietnamese where the salon speaks it."""
        spoken = {"en", "de", "vi"} if self.slug == "sen-nails" else {"en", "de"}
        guessed = guess_language(self.message)
        if guessed in spoken:
            return str(guessed)
        told = str(self.context.get("language") or LANGUAGES[self.slug])[:2].lower()
        return told if told in spoken else "en"

    @property
    def texts(self) -> Row:
        return TEXTS[self.language]

    @cached_property
    def business(self) -> Row:
        return load_business(self.state, self.slug)

    @cached_property
    def topics(self) -> list[str]:
        return find_topics(self.message)

    @cached_property
    def day(self) -> date | None:
        return find_day(self.message, self.business)

    @cached_property
    def words(self) -> list[str]:
        """What is left of the message without questions, days and small words."""
        return [
            word
            for word in split_words(self.message)
            if len(word) > 1 and word not in STOP_WORDS | CUE_WORDS | DAY_WORDS | FILLERS
        ]

    @cached_property
    def named(self) -> list[Row]:
        """[{kind, doc}] the message names: in full, or what fits about as well as the best does."""
        if not self.words:
            return []
        found = find_items(self.state, self.slug, " ".join(self.words))
        text = pad(split_words(self.message))
        whole = [item for item in found if pad(split_words(item["doc"]["name"])) in text]
        if whole:
            longest = max(len(item["doc"]["name"]) for item in whole)
            return [item for item in whole if len(item["doc"]["name"]) == longest]
        close = [item for item in found if item["score"] >= 0.8 * found[0]["score"]]
        # Who asks a salon for a massage does not mean the oil.
        return sorted(close, key=lambda item: found[0]["kind"] != item["kind"])[:MOST_ITEMS]

    @cached_property
    def subject(self) -> list[Row]:
        """What is named, else what the conversation was about, else what the page shows."""
        return self.named or self._named_before() or self._on_page()

    def rows(self, kind: str) -> list[Row]:
        return [row for row in all_entities(self.state, self.slug, kind) if row.get("isActive", True)]

    def _on_page(self) -> list[Row]:
        found = IN_PATH.search(str(self.context.get("page") or ""))
        if not found:
            return []
        kind = KINDS[found[1]]
        return [{"kind": kind, "doc": row} for row in self.rows(kind) if row["id"] == found[2]]

    def _named_before(self) -> list[Row]:
        """The item a message before this one names in full; the client's own words go before ours."""
        for turn in reversed(self.context.get("previousMessages", [])):
            if turn["role"] == "user":
                earlier = Talk(self.state, self.slug, turn["content"][:1000], {})
                if earlier.named:
                    return earlier.named[:1]
                continue
            text = pad(split_words(turn["content"]))
            for kind in ("services", "products"):
                for row in self.rows(kind):
                    if pad(split_words(row["name"])) in text:
                        return [{"kind": kind, "doc": row}]
        return []


def reply_to(state: State, slug: str, body: Row) -> Row:
    """A ChatResponse to a ChatRequest."""
    talk = Talk(state, slug, body["message"], body.get("context", {}))
    topic, answer = _find_answer(talk)
    text, actions = answer
    chips = talk.texts["after_item" if topic in replies.ABOUT_ITEMS else "suggestions"]
    metadata = {"model": "sandbox", "topic": topic, "language": talk.language}
    return {"response": text, "suggestions": chips, "actions": actions, "metadata": metadata}


def _find_answer(talk: Talk) -> tuple[str, replies.Reply]:
    if answer := replies.about_question(talk):
        return "faq", answer
    for topic in talk.topics:
        answer_topic: Callable[[Talk], replies.Reply | None] = replies.TOPICS[topic]
        if answer := answer_topic(talk):
            return topic, answer
    if talk.named:
        return "catalogue", replies.about_items(talk)
    if talk.day:
        return "hours", replies.about_hours(talk)
    return "unknown", replies.about_nothing(talk)
