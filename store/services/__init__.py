"""The use cases of the store itself: creating one, e-mails as durable rows, slots of the schedule."""

from store.services.emails import purge_emails, queue_email, requeue_emails, withdraw_emails
from store.services.mail_events import record_mail_event
from store.services.sending import send_due_emails
from store.services.slots import take_slot
from store.services.stores import HostTaken, create_store

__all__ = [
    "HostTaken",
    "create_store",
    "purge_emails",
    "queue_email",
    "record_mail_event",
    "requeue_emails",
    "send_due_emails",
    "take_slot",
    "withdraw_emails",
]
