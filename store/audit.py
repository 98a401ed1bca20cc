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
    "design.rolled_back": _("Rolled back to an earlier look"),
    "domain.added": _("Added a domain"),
    "domain.verified": _("Connected a domain"),
    "domain.failing": _("A domain’s records broke"),
    "domain.recovered": _("A domain’s records are right again"),
    "domain.lost": _("Lost a domain"),
    "domain.released": _("Released a domain"),
    "domain.primary": _("Chose the main address"),
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
