"""Into whose account a store is paid."""

from django.conf import settings

from payments.gateway import Account, Stripe
from payments.models import Payment, PaymentSettings


def find_settings() -> PaymentSettings:
    """Of the store in scope; one with nothing set where there is no row."""
    return PaymentSettings.objects.first() or PaymentSettings()


def find_account() -> Account | None:
    """Where the store in scope is paid: by its own keys, its Connect account, or the platform's."""
    own = find_settings()
    if own.secret_key and own.publishable_key:
        return Account(secret_key=own.secret_key, publishable_key=own.publishable_key, is_own=True)
    if settings.STRIPE_SECRET_KEY and settings.STRIPE_PUBLISHABLE_KEY:
        return Account(
            secret_key=settings.STRIPE_SECRET_KEY,
            publishable_key=settings.STRIPE_PUBLISHABLE_KEY,
            account_id=own.account_id,
        )
    return None


def account_of(payment: Payment) -> Account | None:
    """Where this payment is, whatever the store has chosen since; None where those keys are gone."""
    if payment.uses_own_keys:
        own = find_settings()
        if not own.secret_key:
            return None
        return Account(secret_key=own.secret_key, publishable_key=own.publishable_key, is_own=True)
    if not settings.STRIPE_SECRET_KEY:
        return None
    return Account(
        secret_key=settings.STRIPE_SECRET_KEY,
        publishable_key=settings.STRIPE_PUBLISHABLE_KEY,
        account_id=payment.account_id,
    )


def can_be_paid() -> bool:
    """Whether clients of the store in scope can pay online."""
    return find_account() is not None


def stripe_of(payment: Payment) -> Stripe | None:
    account = account_of(payment)
    return Stripe(account) if account else None
