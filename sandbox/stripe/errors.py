"""Refusals in Stripe's shape.

Source: https://docs.stripe.com/api/errors and https://docs.stripe.com/error-codes
"""

from __future__ import annotations

from typing import Any

from sandbox.wire import Row

DOCS = "https://docs.stripe.com/error-codes"


class StripeError(Exception):
    """`kept` says that work had begun: the refusal is the answer to its Idempotency-Key for good."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        kind: str = "invalid_request_error",
        kept: bool = False,
        headers: dict[str, str] | None = None,
        **fields: Any,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.code, self.kind = status, message, code, kind
        self.kept, self.headers, self.fields = kept, headers or {}, fields

    def body(self) -> Row:
        error: Row = {"type": self.kind, "message": self.message}
        if self.code:
            error |= {"code": self.code, "doc_url": f"{DOCS}/{self.code.replace('_', '-')}"}
        return {"error": error | {name: value for name, value in self.fields.items() if value is not None}}


def bad_param(param: str, message: str, code: str | None = None) -> StripeError:
    return StripeError(400, message, code=code, param=param)


def no_such(kind: str, identifier: str, param: str = "id") -> StripeError:
    return StripeError(404, f"No such {kind}: '{identifier}'", code="resource_missing", param=param)


def unexpected_state(message: str, **fields: Any) -> StripeError:
    return StripeError(400, message, code="payment_intent_unexpected_state", kept=True, **fields)
