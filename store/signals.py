"""Signals only clear caches."""

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from store.models import Domain, Store
from store.queries import forget_hosts


@receiver([post_save, post_delete], sender=Store)
@receiver([post_save, post_delete], sender=Domain)
def on_hosts_changed(**_kwargs: Any) -> None:
    forget_hosts()
