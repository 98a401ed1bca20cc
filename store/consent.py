"""What a visitor has agreed to: to be known again, under a random number, on this store alone.

Without consent there is no cookie and nothing that tells one visitor from another. The number stands in a
signed cookie; rows and upstreams see a keyed hash of it, which leads back to nobody. Whoever keeps rows by
`Consent.visitor` registers with `on_withdrawal`, so that they go when the visitor takes consent back.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from config.crypto import keyed_hash, keyed_hashes
from store.tenancy import current_store

COOKIE = "consent"
MAX_AGE = 180 * 24 * 3600
NUMBER_BYTES = 16
PURPOSE = "consent"


@dataclass(frozen=True, slots=True)
class Consent:
    """`visitor`: 64 hex digits, the same at each visit to this store and nowhere else; "" without consent."""

    is_personal: bool = False
    visitor: str = ""


def read_consent(request: HttpRequest) -> Consent:
    """None given where the cookie is not one that this store signed within 180 days."""
    number = _read_number(request)
    return Consent(is_personal=True, visitor=keyed_hash(number, purpose=PURPOSE)) if number else Consent()


def write_consent(response: HttpResponse, *, is_personal: bool) -> None:
    """Give it, under a new number, or take it back, which forgets the number. For what was kept under it
    call `forget_visitor` first."""
    if not is_personal:
        response.delete_cookie(COOKIE, samesite="Lax")
        return
    value = signing.dumps(secrets.token_hex(NUMBER_BYTES), salt=_salt())
    response.set_cookie(
        COOKIE, value, max_age=MAX_AGE, samesite="Lax", secure=settings.USES_TLS, httponly=True
    )


# --- taking it back -------------------------------------------------------------------------------------

# Called with the store in scope and the visitor's hash under every key: rows may have been written under an
# older one.
Forget = Callable[[tuple[str, ...]], None]

_forgetters: list[Forget] = []


def on_withdrawal(forget: Forget) -> None:
    """Have it called when a visitor takes consent back. From AppConfig.ready; twice is once."""
    if forget not in _forgetters:
        _forgetters.append(forget)


def forget_visitor(request: HttpRequest) -> None:
    """Delete what is kept under this visitor's number. Raises what the database does: then it is not done."""
    if visitors := list_visitors(request):
        for forget in _forgetters:
            forget(visitors)


def list_visitors(request: HttpRequest) -> tuple[str, ...]:
    """This visitor's hash under every key, since rows may have been written under an older one; none without
    consent."""
    number = _read_number(request)
    return tuple(keyed_hashes(number, purpose=PURPOSE)) if number else ()


def _read_number(request: HttpRequest) -> str:
    try:
        number = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_salt(), max_age=MAX_AGE)
    except signing.BadSignature:
        return ""
    return number if isinstance(number, str) else ""


def _salt() -> str:
    """Of the store in scope: what another store signed is no consent here."""
    return f"consent:{current_store().id}"
