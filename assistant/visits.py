"""The cookie by which a visitor's conversation is found again until the browser is closed, and limits."""

import re
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from config.crypto import keyed_hash, new_token
from config.readers import read_uuid
from store import ratelimit
from store.consent import Consent
from store.tenancy import current_store

COOKIE = "chat"
KEY = re.compile(r"[\w-]{20,100}", re.ASCII)
# Several people may share an address; what one of them may send is the store's own number.
VISITORS_AN_ADDRESS = 5
SEARCHES_A_MINUTE = 200
MOST_ITEMS = 30  # as many as a cart has lines
RECOMMENDATIONS_A_MINUTE = 50  # what the AI Service takes for one visitor


def read_key(request: HttpRequest) -> str:
    """Empty for one who has not said anything yet."""
    key = request.COOKIES.get(COOKIE, "")
    return key if KEY.fullmatch(key) else ""


def make_key() -> str:
    return new_token()


def keep_key(response: HttpResponse, key: str) -> None:
    response.set_cookie(COOKIE, key, samesite="Lax", secure=settings.USES_TLS, httponly=True)


def drop_key(response: HttpResponse) -> None:
    response.delete_cookie(COOKIE, samesite="Lax")


def count_message(request: HttpRequest, key: str) -> int:
    """0, or seconds to wait before the next message is taken."""
    store = current_store()
    limit, visitor = store.chat_per_minute, ratelimit.visitor_key(request)
    wait = ratelimit.hit(f"chat:{store.id}:{visitor}", limit=limit * VISITORS_AN_ADDRESS, seconds=60)
    if key and not wait:
        mine = keyed_hash(key, purpose="conversation")[:24]
        wait = ratelimit.hit(f"chat:{store.id}:{mine}", limit=limit, seconds=60)
    return wait


def may_ask_search(request: HttpRequest) -> bool:
    """Whether the AI Service may be asked for this visitor once more."""
    key = f"search:{current_store().id}:{ratelimit.visitor_key(request)}"
    return not ratelimit.hit(key, limit=SEARCHES_A_MINUTE, seconds=60)


def read_items(request: HttpRequest) -> list[UUID]:
    """What the page is about: ids of services and products; what is none is left out."""
    said = request.GET.get("items", "").split(",")[:MOST_ITEMS]
    return [item for text in said if (item := read_uuid(text))]


def count_recommendations(request: HttpRequest, consent: Consent) -> int:
    """0, or seconds to wait before the next ones are looked for."""
    return _count_visitor("recommendations", request, consent)


def count_click(request: HttpRequest, consent: Consent) -> int:
    """0, or seconds until the next one counts."""
    return _count_visitor("clicks", request, consent)


def _count_visitor(what: str, request: HttpRequest, consent: Consent) -> int:
    visitor = consent.visitor or ratelimit.visitor_key(request)
    key = f"{what}:{current_store().id}:{visitor}"
    return ratelimit.hit(key, limit=RECOMMENDATIONS_A_MINUTE, seconds=60)
