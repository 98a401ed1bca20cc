"""Webhooks to the stores, retried for three days; Mango Biz's are signed as Standard Webhooks says."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import secrets
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from .state import State
from .tenants import signing_secrets, tenant_id
from .wire import Row, dumps, now, to_rfc3339

if TYPE_CHECKING:
    import sqlite3

    from .faults import Faults

TIMEOUT_SECONDS = 15
PAUSES = (2, 10, 60, 300, 1800, 7200, 18000, 36000, 50400, 64800, 64800)
GIVE_UP_SECONDS = 3 * 86400
SENDERS = 8
LONGEST_DELAY = 3.0
NO_ADDRESS = "no address of the store is set"


class Recipient(Protocol):
    """Where a delivery goes and what is sent beside the body, both asked at every attempt."""

    def address(self, owner: str, event: str) -> str | None: ...

    def headers(self, delivery: sqlite3.Row, at: int) -> dict[str, str]: ...


class Webhooks:
    """Deliveries are rows; one thread looks for those that are due and a few others send them."""

    def __init__(self, state: State, faults: Faults, retry_scale: float) -> None:
        self._state, self._faults, self._retry_scale = state, faults, retry_scale
        self._bell = threading.Event()
        self._senders = ThreadPoolExecutor(SENDERS, thread_name_prefix="webhooks")
        # By how a delivery's owner begins; "" is any other, a salon's slug.
        self.recipients: dict[str, Recipient] = {"": Stores(state)}

    def start(self) -> None:
        """Take up what an earlier process left half done, then keep looking."""
        self._state.run("UPDATE delivery SET state = 'waiting' WHERE state = 'sending'")
        threading.Thread(target=self._run, name="webhook-clock", daemon=True).start()

    def enqueue(self, slug: str, event: str, data: Row) -> None:
        """Tell a salon's store what changed in Mango Biz."""
        body = {"type": event, "tenantId": tenant_id(slug), "timestamp": to_rfc3339(now()), "data": data}
        self.put(slug, event, body, upstream="webhooks", salon=slug)

    def put(self, owner: str, event: str, body: Row, *, upstream: str, salon: str | None) -> None:
        """Write down one delivery; without an address it is kept but not sent.

        `upstream` and `salon` say whose fault switches are in force.
        """
        settings = self._faults.active(upstream, salon)
        state, note, copies, due = "waiting", "", 1, time.time()
        if self._recipient(owner).address(owner, event) is None:
            state, note = "not sent", NO_ADDRESS
        elif self._faults.happens(settings["dropRate"]):
            state, note = "dropped", "by the fault switch"
        elif self._faults.happens(settings["doubleRate"]):
            copies, note = 2, "doubled by the fault switch"
        if settings["reorder"]:
            due += self._faults.uniform(0, LONGEST_DELAY)
        self._state.run(
            "INSERT INTO delivery VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            f"msg_{secrets.token_hex(12)}",
            owner,
            event,
            dumps(body),
            time.time(),
            state,
            due,
            copies,
            note,
        )
        self._bell.set()

    def resend(self, slug: str, delivery_id: str) -> bool:
        """Send again now, whatever became of it; False where there is no such delivery."""
        changed = self._state.run(
            "UPDATE delivery SET state = 'waiting', due = ?, copies = 1 WHERE id = ? AND slug = ?",
            time.time(),
            delivery_id,
            slug,
        )
        self._bell.set()
        return bool(changed)

    def _run(self) -> None:
        while True:
            self._bell.wait(timeout=0.2)
            self._bell.clear()
            for row in self._claim_due():
                self._senders.submit(self._deliver, row)

    def _claim_due(self) -> list[sqlite3.Row]:
        return self._state.rows(
            "UPDATE delivery SET state = 'sending' WHERE id IN (SELECT id FROM delivery "
            "WHERE state = 'waiting' AND due <= ? ORDER BY due LIMIT 200) RETURNING *",
            time.time(),
        )

    def _deliver(self, row: sqlite3.Row) -> None:
        delivered = False
        for _ in range(row["copies"]):
            delivered = self._attempt(row) or delivered
        tries = self._state.rows("SELECT count(*) AS n FROM attempt WHERE delivery_id = ?", row["id"])[0]["n"]
        pause = PAUSES[min(tries, len(PAUSES)) - 1] * self._retry_scale
        due = time.time() + pause
        given_up = due > row["created"] + GIVE_UP_SECONDS
        state = "delivered" if delivered else "failed" if given_up else "waiting"
        # A resend asked for meanwhile has put it back to waiting, and stays asked for.
        self._state.run(
            "UPDATE delivery SET state = ?, due = ?, copies = 1 WHERE id = ? AND state = 'sending'",
            state,
            due,
            row["id"],
        )

    def _attempt(self, row: sqlite3.Row) -> bool:
        """One request, its answer written down; True for any 2xx."""
        started = time.time()
        recipient = self._recipient(row["slug"])
        try:
            address = recipient.address(row["slug"], row["type"])
            if address is None:
                raise OSError(NO_ADDRESS)
            status, answer = post(address, row["body"].encode(), recipient.headers(row, int(started)))
        except (OSError, http.client.HTTPException, ValueError) as error:
            status, answer = 0, f"{type(error).__name__}: {error}"
        self._state.run(
            "INSERT INTO attempt (delivery_id, at, status, answer, seconds) VALUES (?, ?, ?, ?, ?)",
            row["id"],
            started,
            status,
            answer[:500],
            time.time() - started,
        )
        return 200 <= status < 300

    def _recipient(self, owner: str) -> Recipient:
        kind, colon, _rest = owner.partition(":")
        return self.recipients[kind + colon if colon else ""]


class Stores:
    """Mango Biz's recipients: the salons' stores."""

    def __init__(self, state: State) -> None:
        self._state = state

    def address(self, owner: str, event: str) -> str | None:
        target = find_target(self._state, owner)
        return f"{target}/webhooks/{event.replace('.', '/')}" if target else None

    def headers(self, delivery: sqlite3.Row, at: int) -> dict[str, str]:
        slug, body = delivery["slug"], delivery["body"].encode()
        signed = sign(delivery["id"], body, at, signing_secrets(self._state, slug))
        return {**signed, "Mango-Tenant": tenant_id(slug)}


def find_target(state: State, slug: str) -> str | None:
    row = state.row("SELECT webhook_target FROM tenant WHERE slug = ?", slug)
    return row["webhook_target"].rstrip("/") if row and row["webhook_target"] else None


def sign(message_id: str, body: bytes, timestamp: int, keys: Iterable[str]) -> dict[str, str]:
    """The three headers of Standard Webhooks; every key signs, the signatures stand side by side."""
    content = f"{message_id}.{timestamp}.".encode() + body
    signatures = []
    for key in keys:
        raw = base64.b64decode(key.removeprefix("whsec_"))
        digest = hmac.new(raw, content, hashlib.sha256).digest()
        signatures.append("v1," + base64.b64encode(digest).decode())
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    """Status and the start of the answer. Raises OSError, HTTPException. Redirects are not followed.

    Names under .localhost are loopback by RFC 6761, but not every resolver knows: connect there by
    number and name the host in the header.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    address = "127.0.0.1" if host == "localhost" or host.endswith(".localhost") else host
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(address, parts.port, timeout=TIMEOUT_SECONDS)
    try:
        fixed = {"Host": parts.netloc, "Content-Type": "application/json", "User-Agent": "MangoBiz-Sandbox/1"}
        connection.request("POST", parts.path, body, {**fixed, **headers})
        answer = connection.getresponse()
        return answer.status, answer.read(500).decode(errors="replace")
    finally:
        connection.close()
