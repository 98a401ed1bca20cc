"""Doors for Celery: the rows are the record, these only ring."""

from celery import shared_task

from booking import services


@shared_task(soft_time_limit=110, time_limit=120)
def sweep_bookings() -> None:
    services.deliver_due_bookings()


@shared_task(soft_time_limit=110, time_limit=120)
def sweep_reminders() -> None:
    services.send_due_reminders()


@shared_task(soft_time_limit=110, time_limit=120)
def purge_drafts() -> None:
    services.purge_drafts()
