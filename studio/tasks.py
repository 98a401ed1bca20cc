from celery import shared_task
from django.utils import translation

from store.audit import purge_audit
from studio.account.letters import send_reset_letter
from studio.account.sessions import purge_attempts
from studio.people.services import purge_invitations


@shared_task(soft_time_limit=50, time_limit=60)
def send_reset(user_id: int, language: str) -> None:
    with translation.override(language):
        send_reset_letter(user_id)


@shared_task(soft_time_limit=110, time_limit=120)
def purge_log_ins() -> None:
    purge_attempts()


@shared_task(soft_time_limit=110, time_limit=120)
def purge_people() -> None:
    purge_invitations()
    purge_audit()
