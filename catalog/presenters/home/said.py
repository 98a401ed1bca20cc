"""A section's settings with their types, and where its buttons lead."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.presenters.parts import Link, booking_url
from catalog.presenters.salon import make_phone
from catalog.queries import Catalog
from store.design import Value


@dataclass(frozen=True, slots=True)
class Said:
    """What a merchant set in one section; store.design has checked every value."""

    settings: Mapping[str, Value]

    def text(self, key: str) -> str:
        return str(self.settings[key])

    def number(self, key: str) -> int:
        return int(self.settings[key])


def find_way(catalog: Catalog, wish: str) -> Link:
    """Where a button leads that a merchant points somewhere; where there is nothing, to what there is."""
    can_book = any(service.is_bookable_online for service in catalog.services)
    ways = {
        "book": Link(_("Book a time"), booking_url()) if can_book else None,
        "services": Link(_("Services and prices"), reverse("services")) if catalog.services else None,
        "shop": Link(_("To the shop"), reverse("shop")) if catalog.products else None,
        "gallery": Link(_("See our work"), reverse("gallery")) if catalog.gallery else None,
        "about": Link(_("About us"), reverse("about")),
    }
    return (
        ways[wish]
        or ways["book"]
        or _call(catalog)
        or ways["services"]
        or Link(_("About us"), reverse("about"))
    )


def _call(catalog: Catalog) -> Link | None:
    phone = make_phone(catalog.business)
    return Link(phone.text, phone.url) if phone else None
