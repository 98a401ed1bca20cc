"""What a merchant decides about paying, among what the operators have set up."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from payments.models import PaymentSettings
from payments.services.accounts import can_be_paid, find_settings
from payments.services.errors import PaymentUnavailable
from store.audit import record
from store.models import Store
from store.tenancy import current_store


@transaction.atomic
def change_prepayment(
    *,
    prepayment: PaymentSettings.Prepayment,
    refunds_cancellations: bool,
    by: str,
    user: AbstractBaseUser | None = None,
) -> bool:
    """What the store in scope takes when a client books, and what becomes of it when they cancel in time.

    Returns whether anything changed. Raises PaymentUnavailable where clients cannot pay online at all.
    """
    if not can_be_paid():
        raise PaymentUnavailable
    Store.objects.select_for_update().get(pk=current_store().id)  # two first changes make one row
    own = find_settings()
    with translation.override("en"):  # the log translates where it is read
        before = _describe(own)
        own.prepayment, own.refunds_cancellations = prepayment, refunds_cancellations
        after = _describe(own)
    details: list[dict[str, Any]] = [
        {"label": label, "before": before[label], "after": after[label]}
        for label in before
        if before[label] != after[label]
    ]
    if not details:
        return False
    if own.pk:
        own.save(update_fields=["prepayment", "refunds_cancellations"])
    else:
        PaymentSettings.objects.create(prepayment=prepayment, refunds_cancellations=refunds_cancellations)
    record("preferences.deposits", by=by, user=user, details=details)
    return True


def _describe(own: PaymentSettings) -> dict[str, str]:
    return {
        _("Paid when booking"): str(PaymentSettings.Prepayment(own.prepayment).label),
        _("Give the deposit back"): _("on") if own.refunds_cancellations else _("off"),
    }
