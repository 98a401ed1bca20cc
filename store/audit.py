"""Who changed what: every change a merchant or an operator makes leaves a row."""

import uuid
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone
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
    "design.picture": _("Changed a picture"),
    "store.opened": _("Opened the store"),
    "store.closed": _("Took the store offline"),
    "people.invited": _("Invited somebody"),
    "people.invitation_withdrawn": _("Withdrew an invitation"),
    "people.joined": _("Joined the store"),
    "people.role_changed": _("Changed somebody’s role"),
    "people.removed": _("Removed somebody from the store"),
    "people.left": _("Left the store"),
    "session.opened": _("Logged in"),
    "session.refused": _("A log-in was refused"),
    "session.recovered": _("Logged in with a recovery code"),
    "account.password_changed": _("Changed the password"),
    "account.second_factor_set_up": _("Set up an authenticator app"),
    "account.second_factor_replaced": _("Replaced the authenticator app"),
    "account.second_factor_removed": _("Removed the authenticator app"),
    "account.second_factor_reset": _("Reset somebody’s second factor"),
    "account.codes_made": _("Made new recovery codes"),
    "records.added": _("Added in the admin"),
    "records.changed": _("Changed in the admin"),
    "records.deleted": _("Deleted in the admin"),
    "records.acted": _("Done in the admin"),
    "domain.added": _("Added a domain"),
    "domain.verified": _("Connected a domain"),
    "domain.failing": _("A domain’s records broke"),
    "domain.recovered": _("A domain’s records are right again"),
    "domain.lost": _("Lost a domain"),
    "domain.released": _("Released a domain"),
    "domain.primary": _("Chose the main address"),
    "preferences.formats": _("Changed languages and formats"),
    "preferences.announcement": _("Changed the announcement"),
    "preferences.assistant": _("Changed the assistant"),
    "preferences.reminders": _("Changed the reminders"),
    "preferences.deposits": _("Changed what is paid when booking"),
    "preferences.privacy": _("Changed the privacy texts"),
    "preferences.search": _("Changed title and description for search engines"),
    "preferences.picture": _("Changed the picture for links"),
}

# What actions have in common, by the part before the dot: how the log is filtered.
KINDS: dict[str, Any] = {
    "design": _("Look"),
    "preview": _("Previews"),
    "store": _("The store itself"),
    "domain": _("Domains"),
    "preferences": _("Settings"),
    "people": _("People"),
    "session": _("Log-ins"),
    "account": _("Passwords and second factors"),
    "records": _("Operators’ pages"),
}
KEPT = timedelta(days=400)


def record(
    action: str,
    *,
    by: str,
    user: AbstractBaseUser | None = None,
    subject: str = "",
    details: list[dict[str, Any]] | None = None,
    store_id: uuid.UUID | None = None,
) -> None:
    """Note it in the transaction of the change: for that store, else for the one in scope, else the platform.

    `by` is the log-in name, `details` are rows of label, before and after; without the latter two the log
    says that it changed. Labels are English: they are translated where they are shown. Raises KeyError for an
    unknown action.
    """
    ACTIONS[action]
    store = current_store_or_none()
    AuditEntry.objects.create(
        store_id=store_id or (store.id if store else None),
        user_id=user.pk if user else None,
        actor=by[:254],
        action=action,
        subject=subject[:254],
        details=details or [],
    )


def purge_audit() -> int:
    """Forget what happened long ago, in every store. Returns how many entries went."""
    return int(AuditEntry.objects.filter(at__lt=timezone.now() - KEPT).delete()[0])
