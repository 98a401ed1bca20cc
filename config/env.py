"""Typed reads of the environment, after `.env` (or the file that ENV_FILE names) was loaded.

Real environment variables win over the file. Nothing secret has a default: a process that lacks one
stops at boot with the variable's name.
"""

import base64
import binascii
import ipaddress
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(os.environ.get("ENV_FILE", str(BASE_DIR / ".env")))


def read_database() -> dict[str, Any]:
    """DATABASE_URL as Django's dict; SQLite in WAL mode beside the code when it is unset."""
    config: dict[str, Any] = env.db("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}")
    options: dict[str, Any] = config.setdefault("OPTIONS", {})
    if config["ENGINE"] == "django.db.backends.sqlite3":
        # IMMEDIATE takes the write lock at BEGIN: two writers queue instead of failing half-way.
        options.setdefault("transaction_mode", "IMMEDIATE")
        options.setdefault("timeout", 20)
        options.setdefault("init_command", "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;")
    elif config["ENGINE"] == "mssql":
        options.setdefault("driver", "ODBC Driver 18 for SQL Server")
        # Without it a query inside `.iterator()` fails with "Connection is busy" on Linux.
        options.setdefault("extra_params", "MARS_Connection=no")
    config.setdefault("CONN_MAX_AGE", 60)
    return config


def read_encryption_keys() -> dict[str, bytes]:
    """FIELD_ENCRYPTION_KEYS, `id:base64 of 32 bytes`, comma-separated, as {id: key}, first one first."""
    keys: dict[str, bytes] = {}
    for entry in env.list("FIELD_ENCRYPTION_KEYS"):
        key_id, _, encoded = entry.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error as error:
            raise ImproperlyConfigured(f"FIELD_ENCRYPTION_KEYS: key {key_id!r} is not base64.") from error
        if not key_id or len(key) != 32:
            raise ImproperlyConfigured(f"FIELD_ENCRYPTION_KEYS: key {key_id!r} needs an id and 32 bytes.")
        keys[key_id] = key
    if not keys:
        raise ImproperlyConfigured("FIELD_ENCRYPTION_KEYS names no key.")
    return keys


def read_upstream_url(name: str, *, default: str | None = None) -> str:
    """An upstream's base URL without its trailing slash; plain http only to this machine."""
    url = str(env.str(name) if default is None else env.str(name, default=default)).rstrip("/")
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback_name(parts.hostname or "")):
        return url
    raise ImproperlyConfigured(f"{name} has to be https (http only on loopback): {url!r}.")


def read_optional_upstream_url(name: str) -> str:
    """As read_upstream_url; empty where it is unset."""
    return read_upstream_url(name) if env.str(name, default="") else ""


def read_dns_servers() -> list[tuple[str, int]]:
    """DNS_SERVERS, `address` or `address:port`, comma-separated ("9.9.9.9, 127.0.0.1:53, [::1]:53")."""
    servers: list[tuple[str, int]] = []
    for entry in env.list("DNS_SERVERS", default=[]):
        parts = urlsplit(f"//{entry}" if entry.startswith("[") or entry.count(":") < 2 else f"//[{entry}]")
        try:
            servers.append((str(ipaddress.ip_address(parts.hostname or "")), parts.port or 53))
        except ValueError as error:
            raise ImproperlyConfigured(f"DNS_SERVERS: {entry!r} is not an address and a port.") from error
    return servers


def is_loopback_name(host: str) -> bool:
    return host in {"localhost", "127.0.0.1", "::1"} or host.endswith(".localhost")
