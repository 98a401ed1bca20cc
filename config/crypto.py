"""AES-256-GCM for columns, keyed hashes for look-ups, unguessable tokens.

A sealed value is `version(1) | len(key id)(1) | key id | nonce(12) | ciphertext and tag`. The associated
data names where the value lives, so that a value copied to another column or store does not open.
Source for sizes: NIST SP 800-38D (96-bit nonces, at most 2^32 values a key with random ones).
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

VERSION = 1
NONCE_BYTES = 12


class CannotDecrypt(Exception):
    """The value was sealed with a key we do not have, for another place, or was altered."""


def seal(plaintext: bytes, *, context: bytes) -> bytes:
    """Encrypt with the first key. `context` is bound to the value but not stored in it."""
    key_id, key = next(iter(settings.FIELD_ENCRYPTION_KEYS.items()))
    nonce = os.urandom(NONCE_BYTES)
    name = key_id.encode()
    return bytes([VERSION, len(name)]) + name + nonce + AESGCM(key).encrypt(nonce, plaintext, context)


def unseal(sealed: bytes, *, context: bytes) -> bytes:
    """Decrypt with whichever key sealed it. Raises CannotDecrypt."""
    key_id, rest = _split(sealed)
    key = settings.FIELD_ENCRYPTION_KEYS.get(key_id)
    if key is None:
        raise CannotDecrypt(f"No key {key_id!r} in FIELD_ENCRYPTION_KEYS.")
    try:
        return AESGCM(key).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], context)
    except InvalidTag as error:
        raise CannotDecrypt("The value was altered or belongs elsewhere.") from error


def key_id_of(sealed: bytes) -> str:
    """Which key sealed the value: what a rotation looks for. Raises CannotDecrypt."""
    return _split(sealed)[0]


def _split(sealed: bytes) -> tuple[str, bytes]:
    if len(sealed) < 2 + NONCE_BYTES or sealed[0] != VERSION:
        raise CannotDecrypt("Not a sealed value.")
    end = 2 + sealed[1]
    return sealed[2:end].decode(errors="replace"), sealed[end:]


def keyed_hash(value: str, *, purpose: str) -> str:
    """HMAC-SHA-256 as 64 hex digits, under the first key: what a row is stored with."""
    return next(keyed_hashes(value, purpose=purpose))


def keyed_hashes(value: str, *, purpose: str) -> Iterator[str]:
    """The same value under every key: what a look-up compares with while keys rotate."""
    for key_id in settings.FIELD_ENCRYPTION_KEYS:
        key = _derived_key(settings.FIELD_ENCRYPTION_KEYS[key_id], purpose)
        yield hmac.new(key, value.encode(), hashlib.sha256).hexdigest()


@lru_cache(maxsize=64)
def _derived_key(key: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"look-up {purpose}".encode()).derive(key)


def new_token() -> str:
    """256 random bits, safe in a URL: 43 characters."""
    return secrets.token_urlsafe(32)
