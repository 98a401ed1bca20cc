"""Texts as they are kept: one spelling, and nothing in them that cannot be shown."""

import unicodedata


def settle_text(text: str, *, most: int, allowed: str = "") -> str:
    """In composed form (NFC), with line feeds alone, without blanks around. Raises ValueError.

    `most` counts letters; `allowed` are control characters it may hold.
    """
    settled = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()
    if len(settled) > most:
        raise ValueError(f"{len(settled)} letters are more than {most}")
    if has_control_characters(settled, allowed=allowed):
        raise ValueError("this holds characters that cannot be shown")
    return settled


def has_control_characters(text: str, *, allowed: str = "") -> bool:
    """Anything invisible that could break a line, a header or a terminal; halves of surrogate pairs, too."""
    return any(unicodedata.category(letter) in {"Cc", "Cs"} and letter not in allowed for letter in text)
