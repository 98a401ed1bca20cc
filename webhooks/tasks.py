"""Doors for Celery: the rows are the record, these only ring."""

from celery import shared_task

from webhooks import services


@shared_task(soft_time_limit=110, time_limit=120)
def process_inbox() -> None:
    services.process_due()


@shared_task(soft_time_limit=110, time_limit=120)
def purge_inbox() -> None:
    services.purge_inbox()
