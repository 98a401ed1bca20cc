"""The salons and their demo credentials, derived from the slug so that none stands in the code."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from uuid import NAMESPACE_DNS, uuid5

from .state import State, all_entities
from .wire import Row

LANGUAGES = {"luna-hair": "en", "sen-nails": "en", "stille-spa": "de", "one-chair": "en", "fern-row": "en"}
OVERLAP_SECONDS = 24 * 3600


def tenant_id(slug: str) -> str:
    return str(uuid5(NAMESPACE_DNS, f"{slug}.sandbox.example"))


def demo_api_key(slug: str) -> str:
    return f"sandbox-{slug}-{_digest(f'api key of {slug}').hex()[:32]}"


def demo_webhook_secret(slug: str) -> str:
    return _secret_from(_digest(f"webhook secret of {slug}"))


def ai_service_key() -> str:
    return f"sandbox-ai-{_digest('api key of the AI Service').hex()[:32]}"


def add_tenant(state: State, slug: str, webhook_target: str | None) -> None:
    state.run(
        "INSERT INTO tenant VALUES (?, ?, ?, ?)", slug, tenant_id(slug), LANGUAGES[slug], webhook_target
    )
    state.run("INSERT INTO api_key VALUES (?, ?, ?, NULL)", demo_api_key(slug), slug, time.time())
    state.run(
        "INSERT INTO webhook_secret VALUES (?, ?, ?, NULL)", demo_webhook_secret(slug), slug, time.time()
    )


def find_slug_by_key(state: State, key: str) -> str | None:
    row = state.row(
        "SELECT slug FROM api_key WHERE key = ? AND (expires IS NULL OR expires > ?)", key, time.time()
    )
    return row["slug"] if row else None


def find_slug_by_tenant(state: State, identifier: str) -> str | None:
    row = state.row("SELECT slug FROM tenant WHERE tenant_id = ?", identifier.lower())
    return row["slug"] if row else None


def rotate_api_key(state: State, slug: str, used_key: str) -> tuple[str, float]:
    """The new key, and when the one used for the call stops working (seconds since 1970)."""
    fresh = f"sandbox-{slug}-{secrets.token_hex(16)}"
    with state.transaction():
        state.run(
            "UPDATE api_key SET expires = ? WHERE slug = ? AND expires IS NULL",
            time.time() + OVERLAP_SECONDS,
            slug,
        )
        state.run("INSERT INTO api_key VALUES (?, ?, ?, NULL)", fresh, slug, time.time())
        used = state.rows("SELECT expires FROM api_key WHERE key = ?", used_key)[0]
    return fresh, used["expires"]


def rotate_webhook_secret(state: State, slug: str) -> str:
    """A new secret; for a day the old one signs beside it."""
    fresh = _secret_from(secrets.token_bytes(32))
    with state.transaction():
        state.run(
            "UPDATE webhook_secret SET expires = ? WHERE slug = ? AND expires IS NULL",
            time.time() + OVERLAP_SECONDS,
            slug,
        )
        state.run("INSERT INTO webhook_secret VALUES (?, ?, ?, NULL)", fresh, slug, time.time())
    return fresh


def signing_secrets(state: State, slug: str) -> list[str]:
    """Every secret that signs now, the newest first."""
    rows = state.rows(
        "SELECT secret FROM webhook_secret WHERE slug = ? AND (expires IS NULL OR expires > ?) "
        "ORDER BY created DESC",
        slug,
        time.time(),
    )
    return [row["secret"] for row in rows]


def describe_tenants(state: State) -> list[Row]:
    """What the demo needs to create a store for each salon; the newest key and secret."""
    return [_describe(state, slug) for slug in LANGUAGES]


def _describe(state: State, slug: str) -> Row:
    tenant = state.rows("SELECT * FROM tenant WHERE slug = ?", slug)[0]
    key = state.rows("SELECT key FROM api_key WHERE slug = ? AND expires IS NULL", slug)[0]
    return {
        "slug": slug,
        "name": all_entities(state, slug, "business")[0]["name"],
        "tenantId": tenant["tenant_id"],
        "apiKey": key["key"],
        "webhookSecret": signing_secrets(state, slug)[0],
        "language": tenant["language"],
        "webhookTarget": tenant["webhook_target"],
    }


def _digest(text: str) -> bytes:
    return hashlib.sha256(f"mango sandbox: {text}".encode()).digest()


def _secret_from(raw: bytes) -> str:
    return "whsec_" + base64.b64encode(raw).decode()
