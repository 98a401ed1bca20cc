"""`{% icon "phone" %}`: a small drawing in the text's own colour, inline so that it costs no request."""

from django import template
from django.utils.safestring import SafeString

register = template.Library()

# Strokes of 1.75 on a 24 x 24 grid.
PATHS = {
    "alert": '<path d="M12 4 2.8 19.5h18.4z"/><path d="M12 10v4.5m0 2.4v.1"/>',
    "arrow": '<path d="M4 12h15m-6-6 6 6-6 6"/>',
    "back": '<path d="M20 12H5m6-6-6 6 6 6"/>',
    "bag": '<path d="M5 8.5h14l-1 11.5H6z"/><path d="M9 11V7a3 3 0 0 1 6 0v4"/>',
    "bag-plus": '<path d="M5 8.5h14l-1 11.5H6z"/><path d="M9 8.5V7a3 3 0 0 1 6 0v1.5"/>'
    '<path d="M12 11.5V17m-2.75-2.75h5.5"/>',
    "bell": '<path d="M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 20.5h4"/>',
    "calendar": '<rect x="4" y="5.5" width="16" height="15" rx="2"/><path d="M4 10.5h16M8.5 3v4m7-4v4"/>',
    "card": '<rect x="3" y="5.5" width="18" height="13" rx="2"/><path d="M3 10h18M7 15h3"/>',
    "chat": '<path d="M4 5.5h16v11H11l-4.5 4v-4H4z"/>',
    "check": '<path d="m5 12.5 4.5 4.5L19 7"/>',
    "clock": '<circle cx="12" cy="12" r="8"/><path d="M12 7.5V12l3 2"/>',
    "close": '<path d="m6 6 12 12M18 6 6 18"/>',
    "filter": '<path d="M4 7h16M7 12h10m-7 5h4"/>',
    "half": '<circle cx="12" cy="12" r="8"/><path d="M12 4v16a8 8 0 0 0 0-16z" fill="currentColor"/>',
    "image": '<rect x="3.5" y="5" width="17" height="14" rx="2"/><circle cx="9" cy="10" r="1.6"/>'
    '<path d="m4 17.5 5-4 3.5 3L16 12l4.5 4.5"/>',
    "info": '<circle cx="12" cy="12" r="8"/><path d="M12 11v5m0-8.2v.1"/>',
    "mail": '<rect x="3.5" y="5.5" width="17" height="13" rx="2"/><path d="m4 7 8 6 8-6"/>',
    "menu": '<path d="M4 8h16M4 16h11"/>',
    "minus": '<path d="M5 12h14"/>',
    "moon": '<path d="M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z"/>',
    "phone": '<path d="M6 4h3l1.5 4.5L8.5 10a12 12 0 0 0 5.5 5.5l1.5-2L20 15v3.5c0 1-.8 1.7-1.8 1.5'
    'A16 16 0 0 1 4.5 6C4.3 5 5 4 6 4z"/>',
    "pin": '<path d="M12 21s7-6.2 7-11.5a7 7 0 0 0-14 0C5 14.8 12 21 12 21z"/>'
    '<circle cx="12" cy="9.7" r="2.3"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "quote": '<path d="M5 17c3 0 5-2.5 5-6V7H5v5h3m6 5c3 0 5-2.5 5-6V7h-5v5h3"/>',
    "scissors": '<circle cx="6.5" cy="7" r="2.5"/><circle cx="6.5" cy="17" r="2.5"/>'
    '<path d="M8.7 8.3 20 16.5M8.7 15.7 20 7.5"/>',
    "search": '<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/>',
    "send": '<path d="M4 12 20 4.5 15 20l-4-6.5z"/>',
    "sun": '<circle cx="12" cy="12" r="3.8"/><path d="M12 3v2m0 14v2M3 12h2m14 0h2M5.6 5.6 7 7m10 10 1.4 1.4'
    'M18.4 5.6 17 7M7 17l-1.4 1.4"/>',
    "user": '<circle cx="12" cy="8.5" r="4"/><path d="M4.5 20c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5"/>',
}


def _draw(name: str, classes: str) -> SafeString:
    """Safe as it is: both arguments come from this file."""
    return SafeString(f'<svg class="{classes}" viewBox="0 0 24 24" aria-hidden="true">{PATHS[name]}</svg>')  # nosec B703


LARGE = {name: _draw(name, "icon") for name in PATHS}
SMALL = {name: _draw(name, "icon icon--s") for name in PATHS}


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """Every drawing is hidden from assistive technology: the words beside it speak. A typo is a KeyError."""
    return (SMALL if size == "s" else LARGE)[name]
