"""Ids that strangers give."""

from uuid import UUID


def read_uuid(text: str) -> UUID | None:
    """None for whatever is no UUID."""
    try:
        return UUID(text)
    except ValueError:
        return None
