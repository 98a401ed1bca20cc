"""E-mails as text and as HTML: what they say, in the reader's language and the store's colours."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from store.tenancy import current_store, in_locale_of
from store.theme import Theme, derive_palette

PLATFORM = "Mango Online Store"  # who writes where no salon does


@dataclass(frozen=True, slots=True)
class Way:
    """Where a link leads, and its words."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What an e-mail says. `kind` names what it tells of, `options` are links beside the action."""

    kind: str
    subject: str
    title: str
    paragraphs: tuple[str, ...]
    action: Way | None = None
    options: tuple[Way, ...] = ()


def write_letter(letter: Letter, *, template: str = "letter", **parts: Any) -> tuple[str, str]:
    """Text and HTML, from the store in scope. `parts` are what else the template shows: `facts`, `place`."""
    store = current_store()
    return write_as(
        letter, name=store.name, locale=store.locale, theme=store.theme, template=template, **parts
    )


def write_as(
    letter: Letter, *, name: str, locale: str, theme: Theme, template: str = "letter", **parts: Any
) -> tuple[str, str]:
    """Text and HTML, from somebody of that name."""
    palette = derive_palette(theme, "light")  # programs that show e-mails know no custom properties
    context = {
        "letter": letter,
        "sender": name,
        "locale": locale,
        "button": {"ground": palette["brand"], "text": palette["brand-ink"]},
        **parts,
    }
    text = render_to_string(f"emails/{template}.txt", context).strip() + "\n"
    return text, render_to_string(f"emails/{template}.html", context)


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
