from celery import shared_task

from store.domains.services import check_due_domains
from store.idempotency import purge_replies
from store.services import publish_due_versions, purge_emails, send_due_emails


@shared_task(soft_time_limit=110, time_limit=120)
def sweep_emails() -> None:
    send_due_emails()


@shared_task(soft_time_limit=110, time_limit=120)
def publish_looks() -> None:
    publish_due_versions()


@shared_task(soft_time_limit=110, time_limit=120)
def check_domains() -> None:
    check_due_domains()


@shared_task(soft_time_limit=110, time_limit=120)
def purge() -> None:
    purge_replies()
    purge_emails()
