"""Who does what with which kind of event: one table, filled while this module is imported.

Two sorts. `together` takes many events of one store at once, outside a transaction, and may ask Mango Biz; it
returns the entities that have to be asked for again. `alone` takes one inside the transaction that marks it
done, and returns a few words about what came of it. Both run twice without harm, compare versions, and find
the store in scope. A kind without a handler is ignored, not failed.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.core.exceptions import ImproperlyConfigured

from analytics.models import Alert
from analytics.services import raise_alert
from booking.services import forget_slots, take_in
from catalog.entries import NAMES, Name
from catalog.queries import catalog_at_hand
from catalog.reading import convert_tolerantly
from catalog.schemas import Booking, Order
from catalog.services import catch_up
from payments import services as payments
from webhooks import stripe
from webhooks.mangobiz import ACTIONS
from webhooks.models import InboxEvent

Together = Callable[[list[InboxEvent]], frozenset[UUID]]
Alone = Callable[[InboxEvent], str]

# A change of these changes what can be booked when.
MOVES_TIMES: frozenset[Name] = frozenset({"business", "services", "staff"})


@dataclass(frozen=True, slots=True)
class Handler:
    """`name` groups the events that are taken together; `ready` is entered before the transaction."""

    name: str
    together: Together | None = None
    alone: Alone | None = None
    ready: Callable[[], AbstractContextManager[Any]] = nullcontext


_handlers: dict[str, Handler] = {}


def register(handler: Handler, kinds: Iterable[str]) -> None:
    """Raises ImproperlyConfigured, which ends the start of any process, where a kind has an owner already."""
    for kind in kinds:
        if kind in _handlers:
            raise ImproperlyConfigured(
                f"Webhooks {kind!r} belong to {_handlers[kind].name!r} already, not to {handler.name!r}."
            )
        _handlers[kind] = handler


def find_handler(kind: str) -> Handler | None:
    return _handlers.get(kind)


def _kinds_of(resource: str) -> list[str]:
    return [f"{resource}.{action}" for action in ACTIONS[resource]]


# --- the catalogue --------------------------------------------------------------------------------------


def _catalogue(name: Name) -> Handler:
    def bring_up_to_date(events: list[InboxEvent]) -> frozenset[UUID]:
        known: dict[UUID, tuple[int, datetime]] = {}
        # Of several events about one entity the newest version has to be here, as of the last one's arrival.
        for event in sorted(events, key=lambda event: event.version):
            entity_id = UUID(event.entity_id)
            arrived = max(known[entity_id][1], event.received_at) if entity_id in known else event.received_at
            known[entity_id] = event.version, arrived
        lacking = catch_up(name, known)
        if name in MOVES_TIMES:
            forget_slots(events[0].store_id)
        return lacking

    return Handler(f"catalog:{name}", together=bring_up_to_date)


for _name in NAMES:
    register(_catalogue(_name), _kinds_of(_name))


# --- bookings -------------------------------------------------------------------------------------------


_decoder = msgspec.json.Decoder(float_hook=Decimal)


def _take_booking(event: InboxEvent) -> str:
    """Raises msgspec.ValidationError where it cannot be read: for a person to look at."""
    body = _decoder.decode(event.payload)
    booking, _problems = convert_tolerantly(body["data"], Booking)
    has_changed = take_in(booking)
    forget_slots(event.store_id)  # whoever it was for, a time was taken, moved or freed
    return "booking updated" if has_changed else "nothing to change"


# E-mails about it are written in its transaction, which must not wait for the catalogue.
register(Handler("booking", alone=_take_booking, ready=catalog_at_hand), _kinds_of("bookings"))


# --- orders and payments --------------------------------------------------------------------------------


def _take_order(event: InboxEvent) -> str:
    """Raises msgspec.ValidationError where it cannot be read: for a person to look at."""
    body = _decoder.decode(event.payload)
    order, _problems = convert_tolerantly(body["data"], Order)
    return "order updated" if payments.take_in(order) else "nothing to change"


def _look_at_payment(event: InboxEvent) -> str:
    """What Stripe tells is not believed but looked at: in whatever order, however often."""
    if event.kind == "charge.dispute.created":
        raise_alert(Alert.Kind.PAYMENT_DISPUTED, store_id=event.store_id, subject=event.entity_id)
    is_ours = payments.look_again(intent_id=event.entity_id)
    payments.look_at_refunds(intent_id=event.entity_id)
    return "looked at again" if is_ours else "no payment of this store"


register(Handler("order", alone=_take_order, ready=catalog_at_hand), _kinds_of("orders"))
register(Handler("payment", alone=_look_at_payment), stripe.KINDS)
