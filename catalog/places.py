"""Where the salon is and how to reach it, for e-mails and calendar entries."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.urls import get_urlconf, set_urlconf
from django.utils import timezone

from catalog.presenters.salon import make_salon
from catalog.queries import CatalogUnavailable, get_catalog


@dataclass(frozen=True, slots=True)
class Place:
    lines: tuple[str, ...] = ()
    phone: str = ""
    phone_url: str = ""
    email: str = ""
    map_url: str = ""

    @property
    def one_line(self) -> str:
        return ", ".join(self.lines)


def find_place() -> Place:
    """Empty while there is no catalogue: an e-mail that must go out does not wait for an address."""
    try:
        with _store_urls():
            salon = make_salon(get_catalog(), timezone.now(), "/")
    except CatalogUnavailable:
        return Place()
    return Place(
        lines=salon.address,
        phone=salon.phone.text if salon.phone else "",
        phone_url=salon.phone.url if salon.phone else "",
        email=salon.email,
        map_url=salon.map_url,
    )


@contextmanager
def _store_urls() -> Iterator[None]:
    """Addresses as on a store's host, which a worker is not on."""
    before = get_urlconf()
    set_urlconf(settings.STORE_URLCONF)
    try:
        yield
    finally:
        set_urlconf(before)
