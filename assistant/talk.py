"""What was said, as it is kept: words and ids. Prices, names and pictures are read when it is shown."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

from config.structs import make_ready


class Source(StrEnum):
    AI = "ai"
    FALLBACK = "fallback"  # the salon's own facts


class Offer(msgspec.Struct, frozen=True):
    """Something of the catalogue to look at and to book or buy. `day` is where its free times begin."""

    kind: Literal["service", "product"]
    id: UUID
    day: str = ""


class Way(msgspec.Struct, frozen=True):
    """A page of the store."""

    label: str
    url: str


class Turn(msgspec.Struct, frozen=True):
    """`text` is what a client typed, or Markdown; `at` is POSIX seconds."""

    role: Literal["client", "salon"]
    text: str
    at: float
    source: Source | None = None
    offers: tuple[Offer, ...] = ()
    ways: tuple[Way, ...] = ()
    suggestions: tuple[str, ...] = ()


_decoder = msgspec.json.Decoder(tuple[Turn, ...])


def pack_turns(turns: Sequence[Turn]) -> str:
    return msgspec.json.encode(turns).decode()


def unpack_turns(text: str) -> tuple[Turn, ...]:
    """What an older version of the software wrote and this one cannot read is no conversation."""
    try:
        return _decoder.decode(text)
    except msgspec.MsgspecError:
        return ()


make_ready(globals())
