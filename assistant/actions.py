"""What a model proposes to do, as offers of the salon's own catalogue and pages of its own store."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from uuid import UUID

from django.utils import timezone

from assistant.links import as_own_path
from assistant.schemas import Action
from assistant.talk import Offer, Way
from assistant.wording import cut
from catalog.queries import Catalog
from config.readers import read_uuid

MOST_OFFERS, MOST_WAYS = 4, 3
LONGEST_LABEL = 60
FURTHEST_DAY = timedelta(days=366)


def read_offers(actions: Iterable[Action], catalog: Catalog) -> tuple[Offer, ...]:
    """Each item once, in the model's order; what the catalogue does not have is left out."""
    found: dict[UUID, Offer] = {}
    for action in actions:
        if action.type in {"book_appointment", "add_to_cart", "view_details"}:
            for offer in _read_offer(action, catalog):
                found.setdefault(offer.id, offer)
    return tuple(found.values())[:MOST_OFFERS]


def _read_offer(action: Action, catalog: Catalog) -> Iterator[Offer]:
    service_id, product_id = read_uuid(action.payload.service_id), read_uuid(action.payload.product_id)
    if service_id and catalog.service(service_id):
        yield Offer("service", service_id, _read_day(action.payload.appointment_data, catalog))
    if product_id and catalog.product(product_id):
        yield Offer("product", product_id)


def read_ways(actions: Iterable[Action]) -> tuple[Way, ...]:
    """Only to pages of this store; the words on it are the model's, as text."""
    ways: dict[str, Way] = {}
    for action in actions:
        url = as_own_path(action.payload.url) if action.type == "navigate" else ""
        if url and (label := cut(action.label, LONGEST_LABEL)):
            ways.setdefault(url, Way(label, url))
    return tuple(ways.values())[:MOST_WAYS]


def _read_day(said: dict[str, object], catalog: Catalog) -> str:
    """A day to begin looking at, from "date" or "startTime"; which times are free only Mango Biz knows."""
    text = str(said.get("date") or said.get("startTime") or "")[:10]
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return ""
    today = timezone.now().astimezone(catalog.zone).date()
    return day.isoformat() if today <= day <= today + FURTHEST_DAY else ""
