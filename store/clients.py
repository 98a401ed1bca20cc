"""Clients by their e-mail address, which is sealed: found by its keyed hash, shown by its shape."""

from django.db.models import Q

from config.crypto import keyed_hash, keyed_hashes

PURPOSE = "client email"  # one client has one hash, whatever they bought or booked


def hash_email(email: str) -> str:
    """For a column that is searched by address, whose owner is not to be read from it."""
    return keyed_hash(email.lower(), purpose=PURPOSE)


def match_email(email: str) -> Q:
    """Rows with this address in `email_hash`, whichever key it was made with."""
    return Q(email_hash__in=list(keyed_hashes(email.lower(), purpose=PURPOSE)))


def mask_email(email: str | None) -> str:
    """ "z…@e…": enough to tell two clients apart."""
    name, _at, host = (email or "").partition("@")
    return f"{name[:1]}…@{host[:1]}…" if name else "–"
