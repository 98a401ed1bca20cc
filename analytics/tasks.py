from celery import shared_task

from analytics import services


@shared_task(soft_time_limit=50, time_limit=60)
def check_emails() -> None:
    services.check_emails()


@shared_task(soft_time_limit=110, time_limit=120)
def purge_interactions() -> None:
    services.purge_interactions()
