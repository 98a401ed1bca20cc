"""The use cases of the inbox."""

from webhooks.services.processing import process_due
from webhooks.services.purging import purge_inbox
from webhooks.services.receiving import receive
from webhooks.services.replaying import replay

__all__ = ["process_due", "purge_inbox", "receive", "replay"]
