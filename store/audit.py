"""Who changed what: every change a merchant or an operator makes leaves a row."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext_lazy as _

from store.models import AuditEntry
from store.tenancy import current_store_or_none

# What can happen, in the words the log shows. An action that is not in here is an error.
ACTIONS: dict[str, Any] = {
    "design.published": _("Published a look"),
    "design.scheduled": _("Scheduled a look"),
    "design.called_off": _("Called off a scheduled look"),
    "store.connected": _("Connected Mango Biz"),
    "preview.withdrawn": _("Ended all links to a preview"),
    "design.rolled_back": _("Rolled back to an earlier look"),
    "preferences.formats": _("Changed languages and formats"),
    "preferences.announcement": _("Changed the announcement"),
    "preferences.assistant": _("Changed the assistant"),
    "preferences.reminders": _("Changed the reminders"),
    "preferences.deposits": _("Changed what is paid when booking"),
    "preferences.privacy": _("Changed the privacy texts"),
    "preferences.search": _("Changed title and description for search engines"),
    "preferences.picture": _("Changed the picture for links"),
}


def record(
    action: str,
    *,
    by: str,
    user: AbstractBaseUser | None = None,
    subject: str = "",
    details: list[dict[str, Any]] | None = None,
) -> None:
    """Note it for the store in scope, or for the platform where none is. In the transaction of the change.

    `by` is the log-in name, `details` are rows of label, before and after. Raises KeyError for an unknown
    action.
    """
    ACTIONS[action]
    store = current_store_or_none()
    AuditEntry.objects.create(
        store_id=store.id if store else None,
        user_id=user.pk if user else None,
        actor=by[:254],
        action=action,
        subject=subject[:254],
        details=details or [],
    )
