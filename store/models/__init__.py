"""Stores and their host names, their look, their people, and rows every app uses."""

from store.models.emails import Email
from store.models.looks import DesignDraft, DesignVersion, DraftStep, StoreImage
from store.models.machinery import ApiReply, TimeSlot
from store.models.people import AuditEntry, Invitation, Membership, Role
from store.models.stores import MOST_CHAT_PER_MINUTE, Domain, Store

__all__ = [
    "MOST_CHAT_PER_MINUTE",
    "ApiReply",
    "AuditEntry",
    "DesignDraft",
    "DesignVersion",
    "Domain",
    "DraftStep",
    "Email",
    "Invitation",
    "Membership",
    "Role",
    "Store",
    "StoreImage",
    "TimeSlot",
]
