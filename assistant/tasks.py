from celery import shared_task

from assistant import services


@shared_task(soft_time_limit=110, time_limit=120)
def purge_conversations() -> None:
    services.purge_conversations()
