"""What every e-mail of a store needs: the client's language, absolute addresses and the store's colours."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from django.conf import settings
from django.urls import reverse

from store.tenancy import current_store, in_locale_of
from store.theme import derive_palette


class ClientsRow(Protocol):
    """A booking, an order: `language` is the locale its client was reading."""

    language: str


Row = TypeVar("Row", bound=ClientsRow)
Rest = ParamSpec("Rest")


def in_its_language(
    queue: Callable[Concatenate[Row, Rest], None],
) -> Callable[Concatenate[Row, Rest], None]:
    """In the language the client booked or ordered in, whoever queues it: a page, a webhook or a sweep."""

    @wraps(queue)
    def wrapped(row: Row, /, *args: Rest.args, **kwargs: Rest.kwargs) -> None:
        with in_locale_of(row.language):
            queue(row, *args, **kwargs)

    return wrapped


def store_url(name: str, *args: str) -> str:
    """The absolute address of a page of the store in scope, from wherever: a worker is on no store's host."""
    return current_store().base_url + reverse(name, args=args, urlconf=settings.STORE_URLCONF)


def platform_url(name: str, *args: str) -> str:
    """The absolute address of a page of the platform's own host: the admin and the studio."""
    port = f":{settings.PLATFORM_PORT}" if settings.PLATFORM_PORT else ""
    path = reverse(name, args=args, urlconf=settings.ROOT_URLCONF)
    return f"{settings.PLATFORM_SCHEME}://{settings.PLATFORM_HOST}{port}{path}"


def mail_colours() -> dict[str, str]:
    """`brand` and `ink`, of the light palette: programs that show e-mails know no custom properties."""
    palette = derive_palette(current_store().theme, "light")
    return {"brand": palette["brand"], "ink": palette["brand-ink"]}
