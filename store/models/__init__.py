"""Stores and their host names, their look, their people, and rows every app uses."""

from store.models.emails import Email
from store.models.machinery import ApiReply, TimeSlot
from store.models.stores import MOST_CHAT_PER_MINUTE, Domain, Store

__all__ = ["MOST_CHAT_PER_MINUTE", "ApiReply", "Domain", "Email", "Store", "TimeSlot"]
