"""Use cases of the assistant."""

from assistant.services.chatting import Circumstances, TooManyMessages, answer, say_unavailable
from assistant.services.conversations import (
    delete_conversation,
    find_conversation,
    purge_conversations,
)

__all__ = [
    "Circumstances",
    "TooManyMessages",
    "answer",
    "delete_conversation",
    "find_conversation",
    "purge_conversations",
    "say_unavailable",
]
