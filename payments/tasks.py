"""Doors for Celery: the rows are the record, these only ring."""

from celery import shared_task

from payments import services


@shared_task(soft_time_limit=110, time_limit=120)
def sweep_payments() -> None:
    services.settle_due_payments()


@shared_task(soft_time_limit=110, time_limit=120)
def sweep_orders() -> None:
    services.deliver_due_orders()


@shared_task(soft_time_limit=110, time_limit=120)
def sweep_refunds() -> None:
    services.send_due_refunds()
