"""In which language a visitor reads a store: the one they chose, else their browser's, else the store's own.

What differs is words and formats; what the salon itself wrote is shown as it is. A store that offers one
language asks for nothing and looks at nothing.
"""

from functools import lru_cache

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from store.tenancy import StoreInfo

COOKIE = "language"
LONGEST_HEADER = 200  # a browser's is shorter; the rest of a longer one is not read
READ_IN_A_LANGUAGE = ("text/html", "text/plain", "application/json")


def for_visitor(store: StoreInfo, request: HttpRequest) -> StoreInfo:
    """The store in the visitor's language."""
    if len(store.languages) < 2:
        return store
    chosen = request.COOKIES.get(COOKIE, "")
    if chosen not in store.languages:
        asked = request.headers.get("Accept-Language", "")[:LONGEST_HEADER]
        chosen = _find_wanted(asked, store.languages)
    return store.speaking(chosen)


def label_language(response: HttpResponseBase, store: StoreInfo) -> None:
    """Say which language it is in; and to caches, what that depended on."""
    if not response.headers.get("Content-Type", "").startswith(READ_IN_A_LANGUAGE):
        return
    response.headers.setdefault("Content-Language", store.locale)
    if len(store.languages) > 1:
        patch_vary_headers(response, ("Accept-Language", "Cookie"))


@lru_cache(maxsize=1024)
def _find_wanted(header: str, offered: tuple[str, ...]) -> str:
    """The offered language the browser would like most; the store's own where it names none of them."""
    for tag, weight in parse_accept_lang_header(header.lower()):
        language = tag.partition("-")[0]
        if weight > 0 and language in offered:
            return language
    return offered[0]
