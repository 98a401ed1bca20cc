"""Alerts for operators; what visitors did, for the salon. Everything here is for other apps to call."""

from analytics.services.alerts import check_emails, clear_alert, is_alerted, raise_alert
from analytics.services.interactions import (
    forget_texts,
    forget_visitors,
    purge_interactions,
    record_conversion,
    record_interaction,
)

__all__ = [
    "check_emails",
    "clear_alert",
    "forget_texts",
    "forget_visitors",
    "is_alerted",
    "purge_interactions",
    "raise_alert",
    "record_conversion",
    "record_interaction",
]
