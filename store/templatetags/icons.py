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
    "brush": '<path d="M14.5 4.5 19.5 9.5 11 18l-5-5zM9 15.5 4.5 20H3v-1.5l4.5-4.5"/>',
    "chart": '<path d="M4 20V4M4 20h16M8.5 16v-4m4 4V8m4 8v-6"/>',
    "chat": '<path d="M4 5.5h16v11H11l-4.5 4v-4H4z"/>',
    "check": '<path d="m5 12.5 4.5 4.5L19 7"/>',
    "clock": '<circle cx="12" cy="12" r="8"/><path d="M12 7.5V12l3 2"/>',
    "close": '<path d="m6 6 12 12M18 6 6 18"/>',
    "down": '<path d="m6 10 6 6 6-6"/>',
    "eye": '<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z"/>'
    '<circle cx="12" cy="12" r="2.8"/>',
    "filter": '<path d="M4 7h16M7 12h10m-7 5h4"/>',
    "flag": '<path d="M6 21V4m0 1h12l-2.5 4L18 13H6"/>',
    "gear": '<circle cx="12" cy="12" r="3"/><path d="M12 3.5v3m0 11v3M3.5 12h3m11 0h3M6 6l2.1 2.1m7.8 7.8'
    'L18 18M18 6l-2.1 2.1M8.1 15.9 6 18"/>',
    "globe": '<circle cx="12" cy="12" r="8.5"/><path d="M3.5 12h17M12 3.5c2.5 2.5 3.5 5.5 3.5 8.5s-1 6-3.5 '
    '8.5c-2.5-2.5-3.5-5.5-3.5-8.5s1-6 3.5-8.5z"/>',
    "grip": '<path d="M9 6v.1M9 12v.1M9 18v.1M15 6v.1M15 12v.1M15 18v.1" stroke-width="2.75"/>',
    "half": '<circle cx="12" cy="12" r="8"/><path d="M12 4v16a8 8 0 0 0 0-16z" fill="currentColor"/>',
    "history": '<path d="M4 12a8 8 0 1 1 2.5 5.8M4 12V7m0 5h5"/><path d="M12 8v4.5l3 1.8"/>',
    "home": '<path d="m4 11 8-7 8 7v9h-5.5v-6h-5v6H4z"/>',
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
    "redo": '<path d="m16 5 4 4-4 4M20 9H10a5.5 5.5 0 0 0 0 11h4"/>',
    "scissors": '<circle cx="6.5" cy="7" r="2.5"/><circle cx="6.5" cy="17" r="2.5"/>'
    '<path d="M8.7 8.3 20 16.5M8.7 15.7 20 7.5"/>',
    "search": '<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/>',
    "send": '<path d="M4 12 20 4.5 15 20l-4-6.5z"/>',
    "sun": '<circle cx="12" cy="12" r="3.8"/><path d="M12 3v2m0 14v2M3 12h2m14 0h2M5.6 5.6 7 7m10 10 1.4 1.4'
    'M18.4 5.6 17 7M7 17l-1.4 1.4"/>',
    "undo": '<path d="M8 5 4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11h-4"/>',
    "up": '<path d="m6 14 6-6 6 6"/>',
    "user": '<circle cx="12" cy="8.5" r="4"/><path d="M4.5 20c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5"/>',
    "users": '<circle cx="9" cy="8.5" r="3.5"/><path d="M2.5 19.5c.8-3.5 3.3-5 6.5-5s5.7 1.5 6.5 5"/>'
    '<path d="M15 5.3a3.5 3.5 0 0 1 0 6.4m2.5 3.3c2 .7 3.4 2.2 4 4.5"/>',
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
