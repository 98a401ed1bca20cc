from datetime import datetime

from celery import shared_task
from django.utils import translation

from store.audit import purge_audit
from studio.account import letters
from studio.account.sessions import purge_attempts
from studio.people.services import purge_invitations


@shared_task(
    soft_time_limit=50,
    time_limit=60,
    autoretry_for=(Exception,),
    retry_backoff=15,
    retry_backoff_max=900,
    max_retries=8,
)
def send_letter(kind: str, user_id: int, language: str, at: str) -> None:
    with translation.override(language):
        letters.send(kind, user_id, datetime.fromisoformat(at))


@shared_task(soft_time_limit=110, time_limit=120)
def purge_log_ins() -> None:
    purge_attempts()


@shared_task(soft_time_limit=110, time_limit=120)
def purge_people() -> None:
    purge_invitations()
    purge_audit()
