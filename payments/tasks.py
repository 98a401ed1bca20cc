"""Doors for Celery: the rows are the record, these only ring."""

from uuid import UUID

from celery import shared_task

from payments import services
from store.queries import load_store_info, published_stores
from store.tenancy import store_scope


@shared_task(soft_time_limit=110, time_limit=120)
def sweep_payments() -> None:
    services.settle_due_payments()


@shared_task(soft_time_limit=110, time_limit=120)
def sweep_orders() -> None:
    services.deliver_due_orders()


@shared_task(soft_time_limit=110, time_limit=120)
def sweep_refunds() -> None:
    services.send_due_refunds()


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
