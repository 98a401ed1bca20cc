"""Doors for Celery: the rows are the record, these only ring."""

import time
from uuid import UUID

from celery import shared_task

from payments import services
from store.queries import load_store_info, published_stores
from store.tenancy import store_scope

RUN_SECONDS, TURN_SECONDS = 60.0, 1.0


@shared_task(soft_time_limit=110, time_limit=120)
def sweep() -> None:
    """Orders, refunds and payments in turn: with a task for each, a crowd of payments would fill the queue,
    all workers would look at payments, and none would deliver the orders that these wait for.
    """
    deadline = time.monotonic() + RUN_SECONDS
    while time.monotonic() < deadline:
        done = services.deliver_due_orders(seconds=TURN_SECONDS)
        done += services.send_due_refunds(seconds=TURN_SECONDS)
        done += services.settle_due_payments(seconds=TURN_SECONDS)
        if not done:
            return


@shared_task(soft_time_limit=110, time_limit=120)
def compare_books() -> None:
    for store in published_stores():
        compare_store.delay(str(store.id))


@shared_task(soft_time_limit=480, time_limit=500)  # less than the broker waits before it rings again
def compare_store(store_id: str) -> None:
    with store_scope(load_store_info(UUID(store_id))):
        services.compare_books()


@shared_task(soft_time_limit=110, time_limit=120)
def purge_abandoned() -> None:
    services.purge_abandoned()
