"""Stripe in our words: the only code that knows its parameters, statuses and errors.

Methods are named for what we want and answer frozen values; amounts are Decimals in major units. Every one
raises UpstreamUnavailable, UpstreamRejected (CredentialsRefused where the key is not valid) or
UpstreamChanged, as catalog.errors says. Source: https://docs.stripe.com/api
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal, TypeVar
from uuid import UUID

import msgspec
import stripe
from django.conf import settings

from catalog.errors import (
    CredentialsRefused,
    NotAsked,
    UpstreamChanged,
    UpstreamRejected,
    UpstreamUnavailable,
)
from config.breaker import Breaker, BreakerOpen
from config.http import build_session
from config.structs import make_ready
from payments.money import from_minor, to_minor

T = TypeVar("T")

CONNECT_SECONDS, READ_SECONDS = 2.0, 10.0
PAGE_SIZE = 100
EXPAND = ["latest_charge"]
# What the breaker counts, which all stores share: not one account's rate limit, nor a lock in use.
IS_AWAY = (stripe.APIConnectionError, stripe.APIError)

Status = Literal[
    "requires_payment_method",
    "requires_confirmation",
    "requires_action",
    "processing",
    "requires_capture",
    "succeeded",
    "canceled",
]


@dataclass(frozen=True, slots=True)
class Account:
    """Whose money it is. `account_id` names a Connect account that the keys act for, "" is the keys' own."""

    publishable_key: str
    account_id: str = ""
    is_own: bool = False
    secret_key: str = field(default="", repr=False)

    @property
    def is_live(self) -> bool:
        return self.secret_key.startswith(("sk_live_", "rk_live_"))


@dataclass(frozen=True, slots=True)
class Intent:
    """A PaymentIntent. `method` is "visa 4242"; `problem` is Stripe's code of why the last try failed."""

    id: str
    status: Status
    amount: Decimal
    currency: str  # upper case
    is_live: bool
    metadata: dict[str, str]
    created_at: datetime
    client_secret: str = field(default="", repr=False)
    method: str = ""
    problem: str = ""
    amount_taken: Decimal = Decimal(0)
    amount_refunded: Decimal = Decimal(0)
    capture_before: datetime | None = None


RefundStatus = Literal["pending", "requires_action", "succeeded", "failed", "canceled"]


@dataclass(frozen=True, slots=True)
class RefundFact:
    id: str
    status: RefundStatus
    amount: Decimal
    metadata: dict[str, str]
    problem: str = ""


class Stripe:
    """Speaks with Stripe for one account."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._breaker = Breaker("stripe")
        self._api = stripe.StripeClient(
            account.secret_key,
            stripe_account=account.account_id or None,
            base_addresses={"api": settings.STRIPE_API_BASE},
            max_network_retries=0,  # repeating is ours: a row, its key, a later try
            http_client=_http_client(),
        ).v1

    def open_intent(
        self, *, key: str, amount: Decimal, currency: str, metadata: dict[str, str], description: str
    ) -> Intent:
        """One to be paid in the browser. What can be held is held, cards above all; the rest is taken."""
        params: Any = {
            "amount": to_minor(amount, currency),
            "currency": currency.lower(),
            "automatic_payment_methods": {"enabled": True},
            "payment_method_options": {"card": {"capture_method": "manual"}},
            "metadata": metadata,
            "description": description,
            "expand": EXPAND,
        }
        return self._intent(lambda: self._api.payment_intents.create(params, {"idempotency_key": key}))

    def find_intent(self, intent_id: str) -> Intent:
        return self._intent(lambda: self._api.payment_intents.retrieve(intent_id, {"expand": EXPAND}))

    def take(self, intent_id: str, *, key: str) -> Intent:
        """Capture all that is held."""
        return self._intent(
            lambda: self._api.payment_intents.capture(intent_id, {"expand": EXPAND}, {"idempotency_key": key})
        )

    def release(self, intent_id: str, *, key: str) -> Intent:
        """Cancel it: a hold ends, and nobody can pay it any more."""
        return self._intent(
            lambda: self._api.payment_intents.cancel(intent_id, {"expand": EXPAND}, {"idempotency_key": key})
        )

    def list_intents(self, *, since: datetime, until: datetime) -> Iterator[Intent]:
        """Those made in that time, newest first."""
        params: Any = {
            "created": {"gte": int(since.timestamp()), "lte": int(until.timestamp())},
            "limit": PAGE_SIZE,
            "expand": ["data.latest_charge"],
        }
        while True:
            page = self._call(lambda: self._api.payment_intents.list(params))
            for row in page["data"]:
                yield _read_intent(row)
            if not page["has_more"] or not page["data"]:
                return
            params["starting_after"] = page["data"][-1]["id"]

    def refund(
        self, intent_id: str, *, key: str, amount: Decimal, currency: str, refund_id: UUID
    ) -> RefundFact:
        params: Any = {
            "payment_intent": intent_id,
            "amount": to_minor(amount, currency),
            "metadata": {"refund": str(refund_id)},
        }
        return _read_refund(self._call(lambda: self._api.refunds.create(params, {"idempotency_key": key})))

    def find_refund(self, stripe_id: str) -> RefundFact:
        return _read_refund(self._call(lambda: self._api.refunds.retrieve(stripe_id)))

    def list_refunds(self, intent_id: str) -> list[RefundFact]:
        """Newest first, up to a hundred."""
        params: Any = {"payment_intent": intent_id, "limit": PAGE_SIZE}
        return [_read_refund(row) for row in self._call(lambda: self._api.refunds.list(params))["data"]]

    def check(self) -> None:
        """Whether the key (and the Connect account) is accepted."""
        self._call(self._api.accounts.retrieve_current)

    def _intent(self, ask: Callable[[], Any]) -> Intent:
        return _read_intent(self._call(ask))

    def _call(self, ask: Callable[[], Any]) -> dict[str, Any]:
        try:
            with _our_errors(), self._breaker.guard(*IS_AWAY):
                answer: dict[str, Any] = ask().to_dict()
                return answer
        except BreakerOpen as error:
            raise NotAsked from error


@lru_cache(maxsize=1)
def _http_client() -> stripe.RequestsClient:
    session: Any = build_session()
    return stripe.RequestsClient(timeout=(CONNECT_SECONDS, READ_SECONDS), session=session)


@contextmanager
def _our_errors() -> Iterator[None]:
    """Stripe's exceptions as ours; their messages stay out, they may quote what a client typed."""
    try:
        yield
    except stripe.StripeError as error:
        code = error.code or ""
        status = error.http_status or 0
        if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
            raise CredentialsRefused(status, code or "key_refused", "Stripe refuses the key.", {}) from error
        if isinstance(error, stripe.APIConnectionError):
            raise UpstreamUnavailable("no answer", maybe_done=True) from error
        if status in {429, 409}:
            raise UpstreamUnavailable(f"status {status}", maybe_done=False) from error
        if status >= 500:
            raise UpstreamUnavailable(f"status {status}", maybe_done=True) from error
        if status >= 400:
            raise UpstreamRejected(status, code or "invalid_request", "Stripe refuses.", {}) from error
        raise UpstreamChanged(f"an answer that is none: {type(error).__name__}") from error


# --- reading --------------------------------------------------------------------------------------------


class _Card(msgspec.Struct):
    brand: str | None = None
    last4: str | None = None
    capture_before: int | None = None


class _Method(msgspec.Struct):
    type: str = ""
    card: _Card | None = None


class _Charge(msgspec.Struct):
    amount_refunded: int = 0
    payment_method_details: _Method | None = None


class _Problem(msgspec.Struct):
    code: str | None = None
    decline_code: str | None = None


class _Intent(msgspec.Struct):
    id: str
    status: Status
    amount: int
    currency: str
    livemode: bool
    created: int
    client_secret: str | None = None
    metadata: dict[str, str] = {}
    amount_received: int = 0
    last_payment_error: _Problem | None = None
    latest_charge: _Charge | str | None = None


class _Refund(msgspec.Struct):
    id: str
    status: RefundStatus
    amount: int
    currency: str
    metadata: dict[str, str] | None = None
    failure_reason: str | None = None


def _read_intent(row: dict[str, Any]) -> Intent:
    read = _convert(row, _Intent)
    charge = read.latest_charge if isinstance(read.latest_charge, _Charge) else _Charge()
    method = charge.payment_method_details or _Method()
    card = method.card or _Card()
    problem = read.last_payment_error or _Problem()
    return Intent(
        id=read.id,
        status=read.status,
        amount=from_minor(read.amount, read.currency),
        currency=read.currency.upper(),
        is_live=read.livemode,
        metadata=read.metadata,
        created_at=_moment(read.created),
        client_secret=read.client_secret or "",
        method=f"{card.brand} {card.last4}" if card.last4 else method.type,
        problem=problem.decline_code or problem.code or "",
        amount_taken=from_minor(read.amount_received, read.currency),
        # The charge of a hold that was released says "refunded", too.
        amount_refunded=from_minor(charge.amount_refunded if read.amount_received else 0, read.currency),
        capture_before=_moment(card.capture_before) if card.capture_before else None,
    )


def _read_refund(row: dict[str, Any]) -> RefundFact:
    read = _convert(row, _Refund)
    return RefundFact(
        id=read.id,
        status=read.status,
        amount=from_minor(read.amount, read.currency),
        metadata=read.metadata or {},
        problem=read.failure_reason or "",
    )


def _convert(row: dict[str, Any], shape: type[T]) -> T:
    try:
        return msgspec.convert(row, shape)
    except msgspec.ValidationError as error:
        raise UpstreamChanged(str(error)) from error


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


make_ready(globals())
