"""Intents, charges, refunds and payment methods: rows with a document, each in its account.

Names in a document that begin with an underscore are the sandbox's own and are told to nobody.
"""

from __future__ import annotations

import secrets
import string
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox.wire import Row, dumps, loads

from .errors import bad_param, no_such

if TYPE_CHECKING:
    from sandbox.state import State

LETTERS = string.ascii_letters + string.digits
DEFAULT_PAGE, LARGEST_PAGE = 10, 100
NAMES = {"pi": "payment_intent", "ch": "charge", "re": "refund", "pm": "payment_method", "py": "charge"}
COMPARE = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
# What `expand[]` may name: fields that hold an id.
EXPANDABLE = ("latest_charge", "payment_intent", "charge", "payment_method")


def new_id(prefix: str) -> str:
    return f"{prefix}_{new_token(24)}"


def new_token(length: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(length))


def seconds() -> int:
    return int(time.time())


def save(state: State, owner: str, doc: Row, *, parent: str = "") -> None:
    """`parent` is the intent of a charge or a refund; it stays as it was first told."""
    state.run(
        "INSERT INTO stripe_object VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET doc = excluded.doc",
        doc["id"],
        owner,
        doc["object"],
        parent,
        doc.get("created", seconds()),
        dumps(doc),
    )


def find(state: State, owner: str, kind: str, identifier: str) -> Row | None:
    row = state.row(
        "SELECT doc FROM stripe_object WHERE id = ? AND owner = ? AND kind = ?", identifier, owner, kind
    )
    return loads(row["doc"]) if row else None


def get(state: State, owner: str, kind: str, identifier: str, param: str = "id") -> Row:
    """Raises StripeError 404, also for an object of another account."""
    doc = find(state, owner, kind, identifier)
    if doc is None:
        raise no_such(kind, identifier[:100], param)
    return doc


def find_owner(state: State, identifier: str) -> str | None:
    row = state.row("SELECT owner FROM stripe_object WHERE id = ?", identifier)
    return row["owner"] if row else None


def children(state: State, kind: str, parent: str) -> list[Row]:
    """Newest first."""
    rows = state.rows(
        "SELECT doc FROM stripe_object WHERE kind = ? AND parent = ? ORDER BY rowid DESC", kind, parent
    )
    return [loads(row["doc"]) for row in rows]


def list_page(state: State, owner: str, kind: str, url: str, given: Row, *, parent: str | None = None) -> Row:
    """A page as Stripe gives it, newest first. Raises StripeError."""
    limit = given.get("limit", DEFAULT_PAGE)
    if not 1 <= limit <= LARGEST_PAGE:
        raise bad_param("limit", f"This value must be between 1 and {LARGEST_PAGE}.")
    where, values = "owner = ? AND kind = ?", [owner, kind]
    if parent:
        where, values = f"{where} AND parent = ?", [*values, parent]
    for name, moment in (given.get("created") or {}).items():
        where, values = f"{where} AND created {COMPARE[name]} ?", [*values, moment]
    for name, sign in (("starting_after", "<"), ("ending_before", ">")):
        if name in given:
            get(state, owner, kind, given[name], name)
            cursor = f"rowid {sign} (SELECT rowid FROM stripe_object WHERE id = ?)"
            where, values = f"{where} AND {cursor}", [*values, given[name]]
    backwards = "ending_before" in given
    order = "ASC" if backwards else "DESC"
    rows = state.rows(
        f"SELECT doc FROM stripe_object WHERE {where} ORDER BY rowid {order} LIMIT ?", *values, limit + 1
    )
    docs = [loads(row["doc"]) for row in rows[:limit]]
    docs = docs[::-1] if backwards else docs
    return {"object": "list", "url": url, "has_more": len(rows) > limit, "data": docs}


def show(doc: Any) -> Any:
    """Without what is the sandbox's own."""
    if isinstance(doc, dict):
        return {name: show(value) for name, value in doc.items() if not name.startswith("_")}
    return [show(value) for value in doc] if isinstance(doc, list) else doc


def expand(state: State, owner: str, doc: Row, paths: list[str]) -> Row:
    """`latest_charge` or `data.latest_charge`. Raises StripeError 400 for what is none."""
    for path in paths:
        _expand(doc, path.split("."), path, lambda kind, identifier: find(state, owner, kind, identifier))
    return doc


def _expand(doc: Row, steps: list[str], path: str, look: Callable[[str, str], Row | None]) -> None:
    name, rest = steps[0], steps[1:]
    if name == "data" and doc.get("object") == "list" and rest:
        for entry in doc["data"]:
            _expand(entry, rest, path, look)
        return
    if name not in EXPANDABLE or name not in doc:
        raise bad_param("expand", f"This property cannot be expanded ({path}).")
    if isinstance(doc[name], str):
        doc[name] = look(NAMES[doc[name].partition("_")[0]], doc[name])
    if rest and isinstance(doc[name], dict):
        _expand(doc[name], rest, path, look)
