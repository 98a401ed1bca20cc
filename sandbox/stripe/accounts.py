"""Whose keys these are: the platform's, and one connected account for each salon with keys of its own.

Keys are derived from names as the other demo credentials are: none stands in the code or is worth anything.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.availability import load_business
from sandbox.tenants import LANGUAGES
from sandbox.wire import Row

from .errors import StripeError

if TYPE_CHECKING:
    from sandbox.state import State

PLATFORM = "platform"
SHORT_KEY = 12
OWNERS = (PLATFORM, *LANGUAGES)


@dataclass(frozen=True)
class Caller:
    """Who asks, and for whose account (a salon's slug or "platform"); publishable keys may do little."""

    owner: str
    is_publishable: bool


def account_id(owner: str) -> str:
    return f"acct_1{_token('account', owner)[:15]}"


def secret_key(owner: str) -> str:
    return f"sk_test_{_token('secret key', owner)}"


def publishable_key(owner: str) -> str:
    return f"pk_test_{_token('publishable key', owner)}"


def webhook_secret(owner: str) -> str:
    return f"whsec_{_token('webhook secret', owner)}"


def describe_credentials(owner: str) -> Row:
    return {
        "account": account_id(owner),
        "secretKey": secret_key(owner),
        "publishableKey": publishable_key(owner),
        "webhookSecret": webhook_secret(owner),
    }


def identify(key: str, wanted: str | None) -> Caller:
    """`wanted` is the header Stripe-Account. Raises StripeError 401, 403."""
    if not key:
        message = (
            "You did not provide an API key. You need to provide your API key in the Authorization header."
        )
        raise StripeError(401, message)
    if key not in KEYS:
        raise StripeError(401, f"Invalid API Key provided: {_mask(key)}")
    owner, is_publishable = KEYS[key]
    if not wanted or wanted == account_id(owner):
        return Caller(owner, is_publishable)
    if owner == PLATFORM and wanted in ACCOUNTS:
        return Caller(ACCOUNTS[wanted], is_publishable)
    message = (
        f"The provided key '{_mask(key)}' does not have access to account '{wanted[:60]}' (or that account "
        "does not exist). Application access may have been revoked."
    )
    raise StripeError(403, message, code="account_invalid")


def describe_account(state: State, owner: str) -> Row:
    business = load_business(state, owner) if owner in LANGUAGES else {}
    name = business.get("name", "Sandbox platform")
    return {
        "id": account_id(owner),
        "object": "account",
        "type": "standard",
        "business_profile": {"name": name, "url": None},
        "charges_enabled": True,
        "payouts_enabled": True,
        "details_submitted": True,
        "country": business.get("address", {}).get("country", "US"),
        "default_currency": business.get("currency", "USD").lower(),
        "settings": {"dashboard": {"display_name": name, "timezone": business.get("timezone", "Etc/UTC")}},
        "metadata": {},
    }


def _token(what: str, owner: str) -> str:
    return hashlib.sha256(f"mango sandbox: stripe {what} of {owner}".encode()).hexdigest()[:32]


def _mask(key: str) -> str:
    return f"{key[:8]}{'*' * 16}{key[-4:]}" if len(key) > SHORT_KEY else "*" * len(key)


ACCOUNTS = {account_id(owner): owner for owner in OWNERS}
KEYS = {secret_key(owner): (owner, False) for owner in OWNERS} | {
    publishable_key(owner): (owner, True) for owner in OWNERS
}
