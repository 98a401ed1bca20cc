"""What of a store is searched: its services, products, people, and the pages that answer questions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from catalog.presenters.parts import to_text
from catalog.queries import Catalog


class Kind(StrEnum):
    SERVICE = "service"
    PRODUCT = "product"
    STAFF = "staff"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Document:
    """`id` is a row's, or the name of a page's route. `weight` is below 1 for what is rarely meant."""

    kind: Kind
    id: str
    title: str
    labels: tuple[str, ...] = ()
    text: str = ""
    weight: float = 1.0


# Somebody who looks for a thing by name wants the thing, before the page that also speaks of it.
PAGE_WEIGHT = 0.8
# What cannot be had now is found after what can.
UNAVAILABLE_WEIGHT = 0.95


def list_documents(catalog: Catalog) -> tuple[Document, ...]:
    """In the store's language, which has to be in force."""
    return (*_list_services(catalog), *_list_products(catalog), *_list_staff(catalog), *_list_pages(catalog))


def _list_services(catalog: Catalog) -> Iterator[Document]:
    for service in catalog.services:
        texts = (service.description, *service.benefits, *(add_on.name for add_on in service.add_ons))
        yield Document(
            Kind.SERVICE,
            str(service.id),
            to_text(service.name),
            (to_text(service.category),),
            " ".join(to_text(text) for text in texts),
        )


def _list_products(catalog: Catalog) -> Iterator[Document]:
    for product in catalog.products:
        labels = (product.category, product.brand, *product.tags)
        yield Document(
            Kind.PRODUCT,
            str(product.id),
            to_text(product.name),
            tuple(to_text(label) for label in labels),
            to_text(product.description),
            1.0 if product.is_available else UNAVAILABLE_WEIGHT,
        )


def _list_staff(catalog: Catalog) -> Iterator[Document]:
    for person in catalog.staff:
        labels = (to_text(person.title), *(to_text(label) for label in person.specialties))
        # Whom one looks for by what they do, one finds behind what they do.
        yield Document(Kind.STAFF, str(person.id), to_text(person.name), labels, to_text(person.bio), 0.9)


def _page_titles() -> dict[str, str]:
    return {
        "about": _("Opening hours, address and contact"),
        "policies": _("Policies and questions"),
        "services": _("All services"),
        "team": _("Team"),
        "shop": _("Shop"),
        "gallery": _("Gallery"),
        "reviews": _("Reviews"),
        "book": _("Book an appointment"),
    }


def find_page_title(route: str) -> str:
    """In the language in force; empty for what is no page that search leads to."""
    return _page_titles().get(route, "")


def _list_pages(catalog: Catalog) -> Iterator[Document]:
    policies, address = catalog.business.policies, catalog.business.address
    asked = " ".join(f"{item.question} {item.answer}" for item in policies.faq)
    rules = " ".join((policies.cancellation_text, policies.deposit_text, policies.returns_text, asked))
    place = " ".join((address.line1, address.line2, address.city, catalog.business.description))
    # Further words by which clients look for a page; the lexicon knows them in other languages.
    words: dict[str, tuple[tuple[str, ...], str]] = {
        "about": (("opening hours", "address", "parking", "contact", "phone"), place),
        "policies": (("cancellation", "deposit", "returns"), rules),
        "services": (("prices",), ""),
        "team": (("stylists", "people"), ""),
        "shop": (("products",), ""),
        "gallery": (("pictures", "portfolio"), ""),
        "reviews": (("ratings",), ""),
        "book": (("appointment", "free times"), ""),
    }
    shown: dict[str, Callable[[], bool]] = {
        "shop": lambda: bool(catalog.products),
        "gallery": lambda: bool(catalog.gallery),
        "reviews": lambda: bool(catalog.reviews),
        "team": lambda: bool(catalog.staff),
    }
    for route, title in _page_titles().items():
        if shown.get(route, lambda: True)():
            labels, text = words[route]
            yield Document(Kind.PAGE, route, title, labels, to_text(text), PAGE_WEIGHT)
