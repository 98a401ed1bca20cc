"""One message of a visitor, from the page or the JSON API: its limits, its conversation, its answer."""

from django.http import HttpRequest

from assistant import services, visits
from assistant.links import as_own_path
from assistant.talk import Turn
from catalog.basket import read_basket
from store.consent import read_consent


def say(request: HttpRequest, *, message: str, page: str) -> tuple[str, Turn]:
    """The conversation's key, for `visits.keep_key`, and the answer. `page` is said by the browser.

    Raises services.TooManyMessages, CatalogUnavailable.
    """
    key = visits.read_key(request)
    if wait := visits.count_message(request, key):
        raise services.TooManyMessages(wait)
    key = key or visits.make_key()
    turn = services.answer(
        key=key,
        message=message,
        where=services.Circumstances(read_page(page), read_basket(request)),
        visitor=read_consent(request).visitor,
    )
    return key, turn


def read_page(said: str) -> str:
    """Where the visitor was: only pages of this store, without their queries."""
    return as_own_path(said).partition("?")[0]
