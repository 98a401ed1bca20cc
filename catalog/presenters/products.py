"""Products: the shelf by category, and one product with its stock."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.presenters.parts import (
    Crumb,
    Fact,
    Picture,
    first_picture,
    first_sentences,
    locale,
    make_key,
    make_picture,
    page_url,
    to_text,
)
from catalog.queries import Catalog
from catalog.schemas import Product
from catalog.stock import find_most
from store import formats

SHAPE = (1000, 1000)
RELATED = 4


@dataclass(frozen=True, slots=True)
class Stock:
    text: str
    sentence: str
    css_class: str
    is_noteworthy: bool


@dataclass(frozen=True, slots=True)
class ProductCard:
    """What components/product_card.html shows, wherever it is: the same for every visitor."""

    id: UUID
    can_be_added: bool  # to a cart
    name: str
    url: str
    brand: str
    price: str
    was: str
    picture: Picture | None
    stock: Stock


@dataclass(frozen=True, slots=True)
class ProductGroup:
    key: str
    name: str
    products: tuple[ProductCard, ...]


@dataclass(frozen=True, slots=True)
class ProductPage:
    """`most` is how many may be put into a cart, 0 for none."""

    id: UUID
    most: int
    name: str
    brand: str
    crumbs: tuple[Crumb, ...]
    summary: str
    description: str
    price: str
    was: str
    stock: Stock
    picture: Picture | None
    more_pictures: tuple[Picture, ...]
    facts: tuple[Fact, ...]
    related: tuple[ProductCard, ...]


def say_stock(product: Product) -> Stock:
    """A status we do not know promises nothing."""
    match product.stock_status:
        case "in_stock":
            return Stock(_("In stock"), _("It’s on the shelf at the salon."), "tag--good", False)
        case "low_stock":
            return Stock(_("Only a few left"), _("There are a few left at the salon."), "tag--warn", True)
        case "out_of_stock":
            return Stock(_("Sold out"), _("It’s sold out right now."), "tag--plain", True)
        case "pre_order":
            return Stock(_("Pre-order"), _("It’s on its way to the salon."), "", True)
        case _unknown:
            return Stock(_("Ask us"), _("Ask us whether we have it."), "tag--plain", True)


def list_shelves(catalog: Catalog) -> tuple[ProductGroup, ...]:
    """By category, in the order in which each first appears."""
    by_category: dict[str, list[Product]] = {}
    for product in catalog.products:
        by_category.setdefault(product.category, []).append(product)
    keys: list[str] = []
    groups = []
    for name, rows in by_category.items():
        keys.append(make_key(name, keys))
        groups.append(ProductGroup(keys[-1], say_category(name), make_product_cards(catalog, rows)))
    return tuple(groups)


def show_product(catalog: Catalog, product: Product) -> ProductPage:
    currency = catalog.business.currency
    pictures = (make_picture(image, width=240, shape=SHAPE) for image in product.images[1:5])
    shelf = f"{reverse('shop')}#{make_key(product.category, ())}"
    return ProductPage(
        id=product.id,
        most=find_most(product),
        name=to_text(product.name),
        brand=to_text(product.brand),
        crumbs=(
            Crumb(_("Shop"), reverse("shop")),
            Crumb(say_category(product.category), shelf),
            Crumb(to_text(product.name)),
        ),
        summary=first_sentences(to_text(product.description), 155),
        description=to_text(product.description),
        price=formats.format_money(product.price, currency, locale()),
        was=_say_was(product, currency),
        stock=say_stock(product),
        picture=first_picture(product.images, width=720, shape=SHAPE),
        more_pictures=tuple(picture for picture in pictures if picture),
        facts=_list_facts(product),
        related=make_product_cards(catalog, list_related(catalog, product)),
    )


def list_related(catalog: Catalog, product: Product) -> list[Product]:
    """Those beside it on the shelf, then those of other shelves."""
    others = [other for other in catalog.products if other != product]
    return sorted(others, key=lambda other: other.category != product.category)[:RELATED]


def say_category(name: str) -> str:
    """Mango Biz's own words in ours; a salon's words as they are, with a capital."""
    known = {
        "hair": _("Hair"),
        "nails": _("Nails"),
        "spa": _("Spa"),
        "makeup": _("Make-up"),
        "tools": _("Tools"),
        "accessories": _("Accessories"),
        "sets": _("Sets"),
        "home": _("Home"),
        "hands": _("Hands"),
        "feet": _("Feet"),
        "face": _("Face"),
        "body": _("Body"),
        "beard": _("Beard"),
        "shaving": _("Shaving"),
    }
    text = to_text(name)
    return known.get(text) or text[:1].upper() + text[1:]


def make_product_cards(catalog: Catalog, products: Sequence[Product]) -> tuple[ProductCard, ...]:
    currency = catalog.business.currency
    return tuple(
        ProductCard(
            id=product.id,
            can_be_added=find_most(product) > 0,
            name=to_text(product.name),
            url=page_url("product", product.id, product.name),
            brand=to_text(product.brand),
            price=formats.format_money(product.price, currency, locale()),
            was=_say_was(product, currency),
            picture=first_picture(product.images, width=480, shape=SHAPE),
            stock=say_stock(product),
        )
        for product in products
    )


def _say_was(product: Product, currency: str) -> str:
    before = product.compare_at_price
    return formats.format_money(before, currency, locale()) if before and before > product.price else ""


def _list_facts(product: Product) -> tuple[Fact, ...]:
    facts = []
    if grams := product.weight_grams:
        weight = _("%(grams)s g") if grams < 1000 else _("%(kilos)s kg")
        values = {
            "grams": formats.format_number(grams, locale()),
            "kilos": formats.format_number(grams / 1000, locale(), "0.##"),
        }
        facts.append(Fact(_("Weight, packed"), weight % values))
    if product.sku:
        facts.append(Fact(_("Item"), to_text(product.sku)))
    return tuple(facts)
