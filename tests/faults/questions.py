"""What is asked inside a deployment (tests.faults.inside): plain JSON in, plain JSON out."""

from __future__ import annotations

import re
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest import mock

from django.core.cache import cache as redis
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from booking.models import Booking
from catalog import kept, memory, snapshots
from catalog import services as catalog
from catalog.client import MangoBizClient
from catalog.entries import NAMES, SHAPES, Entry, Name, opened
from catalog.models import Snapshot, SyncRun
from catalog.queries import get_catalog
from catalog.reading import convert_tolerantly
from catalog.services import expire, mango_biz, sync_store
from config.bell import ring
from config.breaker import Breaker
from payments import services as paying
from payments.models import Order, OrderLine, Payment, Refund, pack_lines
from payments.services import comparing
from store.models import Email, Store
from store.queries import load_store_info
from store.services import create_store
from store.tenancy import current_store, store_scope
from webhooks.models import InboxEvent

Row = dict[str, Any]
SWEEPS = (
    *("booking.tasks.sweep_bookings", "webhooks.tasks.process_inbox", "store.tasks.sweep_emails"),
    "payments.tasks.sweep",
)
LEASED = (InboxEvent, Email, Payment, Order, Refund)


@contextmanager
def scope(slug: str) -> Iterator[None]:
    with store_scope(load_store_info(Store.objects.get(slug=slug).pk)):
        yield


# --- making ready -------------------------------------------------------------------------------------


def prepare(salons: list[Row]) -> None:
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    for salon in salons:
        create_store(
            slug=salon["slug"],
            name=salon["name"],
            tenant_id=uuid.UUID(salon["tenantId"]),
            api_key=salon["apiKey"],
            webhook_secrets=[salon["webhookSecret"]],
            locale="de-DE" if salon["language"] == "de" else "en-US",
        )


def set_webhook_secrets(slug: str, secrets: list[str]) -> None:
    """As an operator saves them."""
    store = Store.objects.get(slug=slug)
    create_store(
        slug=slug,
        name=store.name,
        tenant_id=store.tenant_id,
        api_key=store.api_key,
        webhook_secrets=secrets,
        locale=store.locale,
    )


# --- bookings -----------------------------------------------------------------------------------------


def choose_service(slug: str) -> str:
    """The shortest one that several people do: it leaves the most times."""
    with scope(slug):
        services = [s for s in get_catalog().services if s.is_bookable_online and len(s.staff_ids) > 0]
        return str(max(services, key=lambda s: (len(s.staff_ids), -s.duration)).id)


def bookings(ids: list[str]) -> list[Row]:
    """State and upstream id of each."""
    found: list[Row] = []
    for start in range(0, len(ids), 500):
        rows = Booking.across_stores.filter(pk__in=ids[start : start + 500])
        found += rows.values("id", "state", "upstream_id", "start_at", "version", "unknown_outcome")
    return found


def add_rivals(draft: str, count: int) -> list[str]:
    """Drafts for the very time another one holds, as if its hold had been overlooked."""
    row = Booking.across_stores.get(pk=draft)
    rivals = []
    for _ in range(count):
        row.pk = uuid.uuid4()
        row.set_token()
        row.save(force_insert=True)
        rivals.append(str(row.pk))
    return rivals


# --- orders and their payments -------------------------------------------------------------------------


def place_orders(slug: str, product: str, count: int) -> list[Row]:
    """As the checkout leaves them: one of the product each, a payment that can be paid."""
    with scope(slug):
        found = get_catalog().product(uuid.UUID(product))
        assert found
        currency = get_catalog().business.currency
        return [_place_order(found.id, found.name, found.price, currency) for _number in range(count)]


def _place_order(product_id: uuid.UUID, name: str, price: Decimal, currency: str) -> Row:
    order = Order(
        store_id=current_store().id,
        items=pack_lines((OrderLine(product_id, name, 1, price),)),
        subtotal=price,
        tax=Decimal(0),
        shipping=Decimal(0),
        total=price,
        currency=currency,
        method=Order.Method.PICKUP,
        first_name="Test",
        last_name="Client",
    )
    order.set_email(f"{order.pk}@example.com")
    order.set_token()
    with transaction.atomic():
        order.save(force_insert=True)
        payment = paying.open_payment(
            purpose="order",
            subject_id=order.pk,
            amount=order.total,
            currency=currency,
            expires_at=timezone.now() + timedelta(hours=2),
            language="en-US",
        )
    payment = paying.start_payment(payment_id=payment.pk)
    slug = current_store().slug
    return {
        "slug": slug,
        "order": str(order.pk),
        "token": order.token,
        "payment": str(payment.pk),
        "pay_token": payment.token,
        "intent": payment.intent_id,
    }


def orders(ids: list[str]) -> list[Row]:
    """Each order with its only payment's state and what is open about it."""
    rows: dict[str, Row] = {}
    for start in range(0, len(ids), 500):
        chunk = ids[start : start + 500]
        for row in Order.across_stores.filter(pk__in=chunk).values("id", "state", "upstream_id", "total"):
            rows[str(row["id"])] = row
        for payment in Payment.across_stores.filter(subject_id__in=chunk):
            rows[str(payment.subject_id)] |= {
                "payment": payment.state,
                "left": payment.amount_left,
                "is_open": payment.due_at is not None or payment.lease is not None,
            }
        for refund in Refund.across_stores.filter(payment__subject_id__in=chunk).select_related("payment"):
            rows[str(refund.payment.subject_id)].setdefault("refunds", []).append(refund.state)
    return list(rows.values())


def orders_by_email(domain: str) -> dict[str, Row]:
    """Orders of clients with an address there: slug, lines, sums, and what their payments ask for."""
    found = {}
    for order in Order.across_stores.select_related("store"):
        if order.email.endswith(f"@{domain}"):
            names = ("items", "subtotal", "tax", "shipping", "total", "currency", "method")
            payments = Payment.across_stores.filter(subject_id=order.pk)
            found[order.email] = {
                "slug": order.store.slug,
                **{name: getattr(order, name) for name in names},
                "asked": list(payments.values_list("amount", "currency", "intent_id")),
            }
    return found


def compare(slug: str) -> dict[str, list[str]]:
    """What the daily compare finds, with nothing so young that it might be under way."""
    with scope(slug), mock.patch.object(comparing, "UNDER_WAY", timedelta(0)):
        report = paying.compare_books()
    return {**report.differences, **({"unanswered": report.unanswered} if report.unanswered else {})}


def find_in_database(pattern: str) -> list[str]:
    """Tables and columns with a value that matches, whatever their type."""
    wanted, found = re.compile(pattern.encode()), set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    raw = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                    if wanted.search(raw):
                        found.add(f"{table}.{name}")
    return sorted(found)


# --- time that passes ---------------------------------------------------------------------------------


def end_leases() -> int:
    """As if they had run out: for when all workers are dead. Returns how many."""
    now = timezone.now()
    ended = Booking.across_stores.filter(leased_until__gt=now).update(leased_until=now, due_at=now)
    for model in LEASED:
        ended += model.across_stores.filter(lease__isnull=False, due_at__gt=now).update(due_at=now)
    return ended


def end_pauses() -> int:
    """As if the time until the next try were over, and the breaker's pause too. Returns how many waited."""
    now = timezone.now()
    held = Q(leased_until__gt=now)
    waiting = Booking.across_stores.filter(due_at__gt=now).exclude(held).update(due_at=now)
    for model in LEASED:
        waiting += model.across_stores.filter(lease__isnull=True, due_at__gt=now).update(due_at=now)
    redis.delete_pattern("breaker:*")
    for mark in ("rest", "pause"):
        redis.delete_pattern(f"catalog:*:{mark}")
    for task in SWEEPS:  # as beat does every ten seconds
        ring(task)
    return waiting


# --- e-mails ------------------------------------------------------------------------------------------


def count_unsent_mails() -> int:
    return Email.across_stores.filter(due_at__isnull=False).count()


# --- webhooks and what they are about -----------------------------------------------------------------


def inbox(ids: list[str]) -> dict[str, int]:
    """The rows of these events by state."""
    counts: Counter[str] = Counter()
    for start in range(0, len(ids), 500):
        rows = InboxEvent.across_stores.filter(event_id__in=ids[start : start + 500])
        counts.update(rows.values_list("state", flat=True))
    return counts


def count_taken_again(ids: list[str]) -> int:
    """Those that a first worker left undone: it died, or Mango Biz did not answer it."""
    chunks = [ids[start : start + 500] for start in range(0, len(ids), 500)]
    return sum(
        InboxEvent.across_stores.filter(event_id__in=chunk, attempts__gt=1).count() for chunk in chunks
    )


def count_events(*, only_waiting: bool = False) -> int:
    events = InboxEvent.across_stores.all()
    return (events.filter(state=InboxEvent.State.RECEIVED) if only_waiting else events).count()


def find_differences(slug: str) -> list[str]:
    """Where the copies differ from Mango Biz."""
    found = []
    with scope(slug):
        # What earlier tests did to Mango Biz must not keep this look from asking.
        wire = replace(mango_biz()._wire, breaker=Breaker("find differences"))
        for name in NAMES:
            theirs = _ask_for(MangoBizClient(wire), name)
            layers = {"snapshot": _snapshot(name), "redis": _kept_in_redis(name)}
            for layer, ours in layers.items():
                if ours is None and layer == "redis":
                    continue
                found += [
                    f"{layer} {name} {row_id}: {ours.get(row_id) if ours else ours} is {theirs.get(row_id)}"
                    for row_id in sorted({*theirs, *(ours or ())})
                    if ours is None or ours.get(row_id) != theirs.get(row_id)
                ]
    return [text[:300] for text in found]


def find_rows(ids: list[str]) -> list[str]:
    """Those of these entities that any store's copies still have."""
    found: set[str] = set()
    for slug in Store.objects.values_list("slug", flat=True):
        with scope(slug):
            for name in NAMES:
                found |= {*(_snapshot(name) or ()), *(_kept_in_redis(name) or ())} & set(ids)
    return sorted(found)


def _ask_for(client: MangoBizClient, name: Name) -> dict[str, Any]:
    fetched = client.fetch_business() if name == "business" else client.fetch_collection(name)
    return {str(row["id"]): convert_tolerantly(row, SHAPES[name])[0] for row in fetched.rows}


def _snapshot(name: Name) -> dict[str, Any] | None:
    return next((_by_id(entry) for entry in snapshots.load([name])), None)


def _kept_in_redis(name: Name) -> dict[str, Any] | None:
    """What a page would show without asking; None for a copy that is missing or to be asked for again."""
    memory.forget_all()
    entry = kept.find(current_store().id, (name,)).entries.get(name)
    return _by_id(entry) if entry and entry.fresh_until > time.time() else None


def _by_id(entry: Entry) -> dict[str, Any]:
    return {str(row.id): row for row in opened.open(current_store().id, entry).rows}


def expire_copies(slug: str) -> None:
    with scope(slug):
        expire(NAMES)


def freshen(slug: str, names: Iterable[Name] = NAMES) -> bool:
    """Bring copies up to now; whether Mango Biz answered."""
    with scope(slug):
        return catalog.freshen(names)


def forget_copies(slug: str) -> None:
    """As if nobody had ever read this salon's catalogue; the processes' own memory is theirs."""
    with scope(slug):
        Snapshot.objects.all().delete()
        redis.delete_pattern(f"catalog:*{current_store().id}*")


def count_recent_syncs(slug: str, seconds: float) -> int:
    with scope(slug):
        return SyncRun.objects.filter(started_at__gt=timezone.now() - timedelta(seconds=seconds)).count()


def sync_later(slug: str) -> dict[str, int]:
    """One sync, to which no change is so young that its webhook may be under way. Rows of drift by kind."""
    with scope(slug), mock.patch("catalog.drift.UNDER_WAY", timedelta(0)):
        report = sync_store()
        assert not report.failed, report
        drift: dict[str, dict[str, int]] = SyncRun.objects.latest("started_at").drift
        return {name: sum(counts.values()) for name, counts in drift.items()}
