"""The use cases of the store itself: creating one, e-mails as durable rows, slots of the schedule."""

from store.services.designs import (
    Draft,
    DraftMoved,
    NothingToUndo,
    Unreadable,
    call_off,
    change_draft,
    publish_design,
    publish_draft,
    publish_due_versions,
    read_draft,
    redo_draft,
    roll_back,
    undo_draft,
)
from store.services.display import (
    change_announcement,
    change_assistant,
    change_formats,
    change_privacy,
    change_reminders,
    change_search,
    change_share_picture,
)
from store.services.emails import purge_emails, queue_email, requeue_emails, withdraw_emails
from store.services.mail_events import record_mail_event
from store.services.sending import send_due_emails
from store.services.slots import take_slot
from store.services.stores import HostTaken, NothingToShow, close_store, create_store, open_store

__all__ = [
    "Draft",
    "DraftMoved",
    "HostTaken",
    "NothingToShow",
    "NothingToUndo",
    "Unreadable",
    "call_off",
    "change_announcement",
    "change_assistant",
    "change_draft",
    "change_formats",
    "change_privacy",
    "change_reminders",
    "change_search",
    "change_share_picture",
    "close_store",
    "create_store",
    "open_store",
    "publish_design",
    "publish_draft",
    "publish_due_versions",
    "purge_emails",
    "queue_email",
    "read_draft",
    "record_mail_event",
    "redo_draft",
    "requeue_emails",
    "roll_back",
    "send_due_emails",
    "take_slot",
    "undo_draft",
    "withdraw_emails",
]
