"""Offers as cards: every name, price and picture is the catalogue's, as it is now."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from assistant.talk import Offer
from catalog.presenters.parts import Picture, booking_url, first_picture, locale, page_url, to_text
from catalog.presenters.products import say_stock
from catalog.presenters.services import say_price
from catalog.queries import Catalog
from catalog.schemas import Product, Service
from catalog.stock import find_most
from store import formats

SHAPE = (1000, 1000)


@dataclass(frozen=True, slots=True)
class OfferView:
    """`book_url` is empty where it cannot be booked online, `product_id` None where nothing can be bought."""

    kind: str
    name: str
    url: str
    price: str
    note: str
    picture: Picture | None
    book_url: str = ""
    product_id: UUID | None = None


def show_offers(offers: Iterable[Offer], catalog: Catalog) -> tuple[OfferView, ...]:
    """What is not in the catalogue any more is left out."""
    return tuple(view for offer in offers if (view := show_offer(offer, catalog)))


def show_offer(offer: Offer, catalog: Catalog) -> OfferView | None:
    if offer.kind == "service":
        service = catalog.service(offer.id)
        return _show_service(service, catalog, offer.day) if service else None
    product = catalog.product(offer.id)
    return _show_product(product, catalog) if product else None


def _show_service(service: Service, catalog: Catalog, day: str) -> OfferView:
    book_url = booking_url(service=service.id) if service.is_bookable_online else ""
    if book_url and day:
        book_url = f"{book_url}&{urlencode({'day': day})}"
    return OfferView(
        kind="service",
        name=to_text(service.name),
        url=page_url("service", service.id, service.name),
        price=say_price(service, catalog.business.currency),
        note=formats.format_minutes(service.duration),
        picture=first_picture(service.images, width=96, shape=SHAPE),
        book_url=book_url,
    )


def _show_product(product: Product, catalog: Catalog) -> OfferView:
    return OfferView(
        kind="product",
        name=to_text(product.name),
        url=page_url("product", product.id, product.name),
        price=formats.format_money(product.price, catalog.business.currency, locale()),
        note=say_stock(product).text,
        picture=first_picture(product.images, width=96, shape=SHAPE),
        product_id=product.id if find_most(product) else None,
    )
