"""What strangers send as text, read strictly: None for whatever is something else."""

from uuid import UUID


def read_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def read_number(text: str, *, digits: int) -> int | None:
    """From 0 up, in ASCII digits and no more of them than that."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None
