"""A merchant's long text as paragraphs: plain words, and links where an address of the web stands in them."""

import re

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

LINK = re.compile(r"https?://[^\s<>\"'“”„]+")
NOT_THE_END = ".,;:!?)]}…"  # of an address in a sentence


def split_paragraphs(text: str) -> tuple[SafeString, ...]:
    """Blank lines part them. Safe HTML: an address becomes a link, everything else is text."""
    parts = re.split(r"\n[ \t]*(?:\n[ \t]*)+", text.replace("\r\n", "\n").strip())
    return tuple(_link_addresses(part) for part in parts if part.strip())


def _link_addresses(text: str) -> SafeString:
    made, end = [], 0
    for found in LINK.finditer(text):
        address = found[0].rstrip(NOT_THE_END)
        made += [conditional_escape(text[end : found.start()]), _link(address)]
        end = found.start() + len(address)
    made.append(conditional_escape(text[end:]))
    return mark_safe("".join(made))  # noqa: S308  # nosec B308 B703 (each piece is escaped)


def _link(address: str) -> SafeString:
    return format_html('<a href="{}" rel="nofollow noopener">{}</a>', address, address)
