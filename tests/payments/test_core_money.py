"""Minor units only at Stripe's door, for every sort of currency; what Stripe answers, read strictly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import CredentialsRefused, UpstreamRejected
from payments.gateway import Account, Stripe
from payments.money import LEAST, NONE, THREE, from_minor, is_payable, round_money, to_minor
from tests.sandbox_process import SandboxProcess

CURRENCIES = ["USD", "EUR", "VND", "JPY", "KWD", "ISK", "UGX"]


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.50", "USD", 1250),
        ("12.50", "eur", 1250),
        ("50000", "VND", 50000),
        ("1000", "JPY", 1000),
        ("1.230", "KWD", 1230),
        ("100", "ISK", 10000),
        ("5000", "UGX", 500000),
    ],
)
def test_as_stripe_wants_it(amount: str, currency: str, minor: int) -> None:
    assert to_minor(Decimal(amount), currency) == minor
    assert from_minor(minor, currency) == Decimal(amount)


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("1.005", "USD"), ("10.5", "JPY"), ("1.5", "VND"), ("1.005", "KWD"), ("1.5", "ISK")],
)
def test_what_cannot_be_paid(amount: str, currency: str) -> None:
    with pytest.raises(ValueError, match="no sum that can be paid"):
        to_minor(Decimal(amount), currency)


@given(st.decimals(min_value=0, max_value=10**9, places=3), st.sampled_from(CURRENCIES))
def test_there_and_back(amount: Decimal, currency: str) -> None:
    paid = round_money(amount, currency)
    assert abs(paid - amount) <= Decimal("0.5")
    assert from_minor(to_minor(paid, currency), currency) == paid


@pytest.mark.parametrize(("amount", "rounded"), [("3.465", "3.47"), ("3.464", "3.46"), ("0.005", "0.01")])
def test_half_a_cent_is_rounded_up(amount: str, rounded: str) -> None:
    assert round_money(Decimal(amount), "USD") == Decimal(rounded)


def test_the_least() -> None:
    for currency, least in LEAST.items():
        assert is_payable(least, currency)
        assert not is_payable(least - Decimal("0.01"), currency)
    assert not NONE & THREE


@pytest.fixture
def stripe(stripe_keys: dict[str, str]) -> Stripe:
    return Stripe(Account(stripe_keys["stripePublishableKey"], secret_key=stripe_keys["stripeSecretKey"]))


@pytest.mark.parametrize(("amount", "currency"), [("45.47", "USD"), ("12.50", "EUR"), ("250000", "VND")])
def test_what_is_asked_for_is_what_stripe_says(
    stripe: Stripe, reset_sandbox: SandboxProcess, amount: str, currency: str
) -> None:
    made = stripe.open_intent(
        key=str(uuid4()),
        amount=Decimal(amount),
        currency=currency,
        metadata={"payment": "1"},
        description="Two combs",
    )
    assert (made.amount, made.currency, made.is_live, made.metadata) == (
        Decimal(amount), currency, False, {"payment": "1"},
    )  # fmt: skip
    assert made.client_secret
    found = stripe.find_intent(made.id)
    assert (found.id, found.status, found.amount) == (made.id, "requires_payment_method", made.amount)
    assert abs(found.created_at - datetime.now(UTC)) < timedelta(minutes=5)


def test_listing_turns_pages(
    stripe: Stripe, reset_sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payments.gateway.PAGE_SIZE", 2)
    made = [
        stripe.open_intent(
            key=str(uuid4()), amount=Decimal(5), currency="USD", metadata={"n": str(n)}, description=""
        ).id
        for n in range(5)
    ]
    now = timezone.now()
    listed = list(stripe.list_intents(since=now - timedelta(hours=1), until=now + timedelta(hours=1)))
    assert sorted(intent.id for intent in listed if intent.id in made) == sorted(made)
    assert list(stripe.list_intents(since=now - timedelta(days=9), until=now - timedelta(days=8))) == []


def test_refusals(stripe: Stripe, reset_sandbox: SandboxProcess) -> None:
    with pytest.raises(UpstreamRejected) as caught:
        stripe.find_intent("pi_nobody")
    assert caught.value.code == "resource_missing"
    stripe.check()
    with pytest.raises(CredentialsRefused):
        Stripe(Account("pk", secret_key="sk_test_wrong")).check()
    with pytest.raises(CredentialsRefused):
        Stripe(Account("pk", secret_key=stripe.account.secret_key, account_id="acct_nobody")).check()


def test_a_key_is_not_shown() -> None:
    assert "sk_live" not in repr(Account("pk_live_x", secret_key="sk_live_x"))
    assert Account("pk", secret_key="rk_live_x").is_live
    assert not Account("pk", secret_key="sk_test_x").is_live
