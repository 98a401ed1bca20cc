"""What may suit a page and its visitor: the AI Service's choice, or what is popular at the salon.

The model names ids and a reason. What is shown is the catalogue's own row for an id that can be booked or
bought now, its price with it; a reason is plain words and never a price.
"""

import re
import time
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.core.cache import cache

from analytics.models import Interaction
from analytics.services import record_interaction
from assistant.client import PAGES, ai_client
from assistant.errors import AiError
from catalog.basket import BasketLine
from catalog.presenters.home import list_shown
from catalog.presenters.parts import to_text
from catalog.presenters.products import list_related as related_products
from catalog.presenters.services import list_favorites
from catalog.presenters.services import list_related as related_services
from catalog.queries import Catalog, get_catalog
from catalog.schemas import Product, Service
from catalog.stock import find_most
from config.readers import read_uuid
from store.tenancy import current_store

SERVICE, PRODUCT = "service", "product"
AI, FALLBACK = Interaction.Source.AI.value, Interaction.Source.FALLBACK.value

SHOWN = 4
OF_A_KIND = 2  # services and products in equal parts, as far as there are
ASKED = 12  # more than are shown: some cannot be had, some the page shows already
USABLE_AT_LEAST = 2  # fewer are no answer
REASON_LENGTH = 80
KEEP_SECONDS = 90
KEEP_FAILURE_SECONDS = 20

_NOT_A_REASON = re.compile(
    r"[\d%@]|://|www\.|\w\.\w{2}|\b(?:dollars?|euros?|cents?|pounds?|bucks?|usd|eur|gbp|aud)\b", re.IGNORECASE
)

Row = Service | Product


@dataclass(frozen=True, slots=True)
class Pick:
    """A service that can be booked or a product that can be bought."""

    kind: str
    row: Row
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Recommended:
    """`source`: ai or fallback. `outcome`: ok, or in one word why it is not the AI Service's choice.

    `milliseconds`: what asking it took, None where nobody was asked.
    """

    picks: tuple[Pick, ...]
    source: str
    outcome: str
    milliseconds: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the AI Service said: type, id and reason of each, unchecked."""

    said: tuple[tuple[str, str, str], ...]
    outcome: str
    milliseconds: int | None = None


def recommend(
    *, context: str, items: Sequence[UUID], basket: Iterable[BasketLine], visitor: str = ""
) -> Recommended:
    """At most four, written down as shown. `context`: one of PAGES; `items`: what the page is about;
    `visitor`: Consent.visitor. Waits for the AI Service, 0.8 s at most. Raises CatalogUnavailable.
    """
    found = _choose(get_catalog(), context, items, {line.product_id for line in basket}, visitor)
    record_interaction(
        kind=Interaction.Kind.RECOMMENDATION_SHOWN,
        outcome=found.outcome,
        source=found.source,
        milliseconds=found.milliseconds,
        context=context,
        items=[(pick.kind, str(pick.row.id)) for pick in found.picks],
        visitor=visitor,
    )
    return found


def record_click(*, item: UUID, context: str, source: str, visitor: str) -> None:
    """Nothing for what the salon does not have, or words that are not ours. Raises CatalogUnavailable."""
    catalog = get_catalog()
    row = catalog.service(item) or catalog.product(item)
    if row is None or context not in PAGES or source not in {AI, FALLBACK}:
        return
    record_interaction(
        kind=Interaction.Kind.RECOMMENDATION_CLICKED,
        source=source,
        context=context,
        items=[(kind_of(row), str(row.id))],
        visitor=visitor,
    )


def _choose(
    catalog: Catalog, context: str, items: Sequence[UUID], held: set[UUID], visitor: str
) -> Recommended:
    about = [row for item in items if (row := catalog.service(item) or catalog.product(item))]
    answer = _ask_or_recall(context, sorted(str(row.id) for row in about), visitor)
    hidden = held | {row.id for row in about} | {row.id for row in _list_shown(catalog, context, about)}
    found = [pick for pick in _read_picks(catalog, answer.said) if pick.row.id not in hidden]
    if len(found) >= USABLE_AT_LEAST:
        return Recommended(_balance(found), AI, answer.outcome, answer.milliseconds)
    popular = _balance(pick for pick in _list_popular(catalog, about) if pick.row.id not in hidden)
    outcome = "empty" if answer.outcome == "ok" else answer.outcome
    return Recommended(popular, FALLBACK, outcome, answer.milliseconds)


def kind_of(row: Row) -> str:
    return SERVICE if isinstance(row, Service) else PRODUCT


# --- asking -----------------------------------------------------------------------------------------------


def _ask_or_recall(context: str, items: list[str], visitor: str) -> Answer:
    """The same for everybody who has not agreed to suggestions of their own."""
    key = f"recommend:1:{current_store().id}:{context}:{visitor}:{','.join(items)}"
    kept = cache.get(key)
    if kept is not None:
        return Answer(tuple((kind, item, reason) for kind, item, reason in kept["said"]), kept["outcome"])
    answer = _ask(context, items, visitor)
    seconds = KEEP_SECONDS if answer.outcome == "ok" else KEEP_FAILURE_SECONDS
    cache.set(key, {"said": [list(one) for one in answer.said], "outcome": answer.outcome}, timeout=seconds)
    return answer


def _ask(context: str, items: list[str], visitor: str) -> Answer:
    started = time.monotonic()
    said: tuple[tuple[str, str, str], ...] = ()
    outcome = "ok"
    try:
        found = ai_client().recommend(context=context, items=tuple(items), user_id=visitor, limit=ASKED)
        said = tuple((one.type, one.id, one.reason) for one in found)
    except AiError as error:
        outcome = error.outcome
    return Answer(said, outcome, round((time.monotonic() - started) * 1000))


# --- what can be shown --------------------------------------------------------------------------------------


def _read_picks(catalog: Catalog, said: Iterable[tuple[str, str, str]]) -> Iterator[Pick]:
    """Each once, in the model's order; what it made up, or what cannot be had, is left out."""
    seen: set[UUID] = set()
    for kind, text, reason in said:
        row = _find_row(catalog, kind, text)
        if row is not None and row.id not in seen and _can_be_had(row):
            seen.add(row.id)
            yield Pick(kind, row, say_reason(reason))


def _find_row(catalog: Catalog, kind: str, text: str) -> Row | None:
    item = read_uuid(text)
    if kind == SERVICE:
        return catalog.service(item)
    return catalog.product(item) if kind == PRODUCT else None


def _can_be_had(row: Row) -> bool:
    return row.is_bookable_online if isinstance(row, Service) else find_most(row) > 0


def _list_shown(catalog: Catalog, context: str, about: Sequence[Row]) -> Sequence[Row]:
    """What the page shows anyway."""
    if context == "homepage":
        return list_shown(catalog, current_store().design)
    shown: list[Row] = []
    for row in about:
        if isinstance(row, Service) and context == "service":
            shown += related_services(catalog, row)
        elif isinstance(row, Product) and context == "product":
            shown += related_products(catalog, row)
    return shown


def _list_popular(catalog: Catalog, about: Sequence[Row]) -> Iterator[Pick]:
    """Services praised most, then the menu's first; products of the same shelf, then on offer, then the
    shelf's first."""
    favorites = list_favorites(catalog, len(catalog.services))
    for service in dict.fromkeys((*(row.id for row in favorites), *(row.id for row in catalog.services))):
        row = catalog.service(service)
        if row and _can_be_had(row):
            yield Pick(SERVICE, row)
    shelves = {row.category for row in about if isinstance(row, Product)}
    for product in sorted(
        catalog.products, key=lambda row: (row.category not in shelves, not _is_on_offer(row))
    ):
        if _can_be_had(product):
            yield Pick(PRODUCT, product)


def _is_on_offer(product: Product) -> bool:
    return product.compare_at_price is not None and product.compare_at_price > product.price


def _balance(picks: Iterable[Pick]) -> tuple[Pick, ...]:
    """Four in their order: two of a kind, more of one where there are fewer of the other."""
    found = list(picks)
    services = [pick for pick in found if pick.kind == SERVICE]
    products = [pick for pick in found if pick.kind == PRODUCT]
    services = services[: max(OF_A_KIND, SHOWN - len(products))]
    chosen = (*services, *products[: SHOWN - len(services)])
    return tuple(pick for pick in found if pick in chosen)


def say_reason(text: str) -> str:
    """A model's words as a short plain line; none where they hold a number, a price or an address."""
    words = " ".join(to_text(text).split())
    if _NOT_A_REASON.search(words) or any(unicodedata.category(letter) == "Sc" for letter in words):
        return ""
    if len(words) <= REASON_LENGTH:
        return words
    return words[: REASON_LENGTH - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"
