"""The same Idempotency-Key with the same body gets the first call's answer, whatever that was."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

from .state import State
from .wire import ApiError, Row, dumps, loads

KEPT_SECONDS = 8 * 86400

Answer = tuple[int, Row]


def answer_once(
    state: State, slug: str, operation: str, *, key: str, body: Row, act: Callable[[], Answer]
) -> Answer:
    """Run `act` unless this key was answered before; the effect and the answer are stored together.

    A refusal (409, 422) is an answer too and is kept. Raises ApiError 422 IDEMPOTENCY_MISMATCH where
    the key came with another body.
    """
    fingerprint = hashlib.sha256(dumps(body, canonical=True).encode()).hexdigest()
    with state.transaction():
        known = state.row(
            "SELECT * FROM idempotent_answer WHERE slug = ? AND operation = ? AND key = ? AND created > ?",
            slug,
            operation,
            key,
            time.time() - KEPT_SECONDS,
        )
        if known and known["body"] != fingerprint:
            raise ApiError(422, "IDEMPOTENCY_MISMATCH", "This Idempotency-Key was used with another body.")
        if known:
            return known["status"], loads(known["answer"])
        try:
            status, answer = act()
        except ApiError as refusal:
            status, answer = refusal.status, refusal.body()
            if status not in (409, 422):
                raise
        state.run(
            "INSERT OR REPLACE INTO idempotent_answer VALUES (?, ?, ?, ?, ?, ?, ?)",
            slug,
            operation,
            key,
            fingerprint,
            status,
            dumps(answer),
            time.time(),
        )
    return status, answer
