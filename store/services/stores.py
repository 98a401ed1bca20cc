"""Creating a store, or bringing it up to date."""

import uuid
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from store.models import Domain, Store
from store.theme import Theme


@transaction.atomic
def create_store(
    *,
    slug: str,
    name: str,
    tenant_id: uuid.UUID,
    api_key: str,
    webhook_secrets: Iterable[str],
    hosts: Iterable[str] = (),
    locale: str = "en-US",
    is_published: bool = True,
    theme: Theme | None = None,
) -> Store:
    """Create the store of a slug, or bring it up to date. Hosts given here count as verified.

    Raises django.core.exceptions.ValidationError for what a store cannot be.
    """
    store = Store.objects.filter(slug=slug).first() or Store(slug=slug)
    store.name, store.tenant_id, store.locale = name, tenant_id, locale
    store.api_key, store.webhook_secrets = api_key, "\n".join(webhook_secrets)
    store.is_published = is_published
    if theme is not None:
        store.theme = theme.to_dict()
    store.full_clean()
    store.save()
    for host in hosts:
        domain, _created = Domain.objects.get_or_create(
            host=host.lower().rstrip("."), defaults={"store": store}
        )
        if domain.store_id != store.pk:
            raise HostTaken(host)
        domain.verified_at = domain.verified_at or timezone.now()
        domain.save(update_fields=["verified_at"])
    return store


class HostTaken(Exception):
    """The host name leads to another store already."""
