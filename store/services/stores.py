"""Creating a store, or bringing it up to date."""

import uuid
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from store.audit import record
from store.design import DEFAULT_TEMPLATE, Design
from store.models import Domain, Store
from store.services.designs import publish_design
from store.tenancy import current_store, store_scope


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
    design: Design | None = None,
) -> Store:
    """Create the store of a slug, or bring it up to date. Hosts given here count as verified,
    whatever the DNS says.

    `design` is published; without it a new store shows the default template and an old one what it showed.

    Raises django.core.exceptions.ValidationError for what a store cannot be.
    """
    store = Store.objects.filter(slug=slug).first() or Store(slug=slug)
    store.name, store.tenant_id, store.locale = name, tenant_id, locale
    store.api_key = api_key or store.api_key
    store.webhook_secrets = "\n".join(webhook_secrets) or store.webhook_secrets
    store.is_published = is_published
    # A draft's keys may come later: its merchant enters them in the studio's first steps.
    store.full_clean(exclude=[] if is_published else ["api_key", "webhook_secrets"])
    store.save()
    if design is not None or (is_published and store.live_version_id is None):
        with store_scope(store.as_info()):
            publish_design(
                design=design or Design.of_template(DEFAULT_TEMPLATE), by="create_store", opens_store=False
            )
        store.refresh_from_db(fields=["live_version"])
    for host in hosts:
        name = host.lower().rstrip(".")
        if Domain.objects.filter(host=name, verified_at__isnull=False).exclude(store=store).exists():
            raise HostTaken(host)
        domain, _created = Domain.objects.get_or_create(host=name, store=store)
        if not domain.is_verified:
            domain.verified_at, domain.next_check_at = timezone.now(), None
            # The first host given is where visitors are to be.
            domain.is_primary = not store.domains.filter(is_primary=True).exists()
            domain.save(update_fields=["verified_at", "next_check_at", "is_primary"])
    return store


class HostTaken(Exception):
    """The host name leads to another store already."""


@transaction.atomic
def open_store(*, by: str) -> None:
    """Clients see the store in scope again. Raises NothingToShow where no look was ever published."""
    store = Store.objects.select_for_update().get(pk=current_store().id)
    if store.live_version_id is None:
        raise NothingToShow(store.slug)
    _set_open(store, True, by)


@transaction.atomic
def close_store(*, by: str) -> None:
    """Take the store in scope offline: its addresses answer as if there were none. Nothing is lost."""
    _set_open(Store.objects.select_for_update().get(pk=current_store().id), False, by)


class NothingToShow(Exception):
    """The store has never published a look."""


def _set_open(store: Store, is_open: bool, by: str) -> None:
    if store.is_published != is_open:
        store.is_published = is_open
        store.save(update_fields=["is_published"])
        record("store.opened" if is_open else "store.closed", by=by)
