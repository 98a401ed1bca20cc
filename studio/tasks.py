from celery import shared_task

from store.audit import purge_audit
from studio.account.letters import send_letter
from studio.account.sessions import purge_attempts
from studio.people.services import purge_invitations

__all__ = ["purge_log_ins", "purge_people", "send_letter"]


@shared_task(soft_time_limit=110, time_limit=120)
def purge_log_ins() -> None:
    purge_attempts()


@shared_task(soft_time_limit=110, time_limit=120)
def purge_people() -> None:
    purge_invitations()
    purge_audit()
