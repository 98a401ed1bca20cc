"""The domains of the store in scope: adding, checking, releasing, choosing the main address."""

import time
import uuid

import structlog
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from store.audit import record
from store.domains.dns import look_at
from store.domains.names import normalize_host
from store.domains.schedule import SOON, UNANSWERED
from store.domains.settling import SeenLater, settle
from store.models import Domain, Store
from store.ratelimit import hit
from store.tenancy import current_store

log = structlog.get_logger(__name__)

MOST_DOMAINS = 10  # of one store, proved or not
ADDS = 20  # within an hour, of one store
CHECKS = 30  # within ten minutes, of one store
BATCH = 100
SWEEP_SECONDS = 50.0  # ends before the next slot of beat
# Longer than a look and its settling take.
LEASE = UNANSWERED


class TooManyDomains(Exception):
    """The store has as many claims as it may."""


class AlreadyAdded(Exception):
    """The store has claimed this host before."""


class TryLater(Exception):
    """Asked too often; `seconds` until it may be asked again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class NotConnected(Exception):
    """Not a domain that visitors could be sent to: unproved, in trouble, or without a certificate."""


def add_domain(*, host: str, by: str, user: AbstractBaseUser | None = None) -> Domain:
    """Claim a host, as it was typed. Raises BadHost, TooManyDomains, AlreadyAdded, TryLater."""
    name = normalize_host(host)
    store_id = current_store().id
    _slow_down("domain-add", store_id, ADDS, seconds=3600)
    with transaction.atomic():
        Store.objects.select_for_update().get(pk=store_id)  # one at a time, so that the count holds
        claims = Domain.objects.filter(store=store_id)
        if claims.filter(host=name).exists():
            raise AlreadyAdded(name)
        if claims.count() >= MOST_DOMAINS:
            raise TooManyDomains(MOST_DOMAINS)
        # Its first look follows at once; should that fail, the schedule makes up for it.
        domain = Domain.objects.create(store_id=store_id, host=name, next_check_at=timezone.now() + SOON)
        record("domain.added", by=by, user=user, subject=name)
    return domain


def check_domain(*, domain_id: int) -> Domain | None:
    """Look at the DNS now, which takes seconds, and let follow what follows. None where the claim is gone."""
    domain = Domain.objects.filter(store=current_store().id, pk=domain_id).first()
    return _check(domain) if domain else None


def check_again(*, domain_id: int) -> Domain | None:
    """As check_domain, because a person asks: what was given up is watched again. Raises TryLater."""
    store_id = current_store().id
    _slow_down("domain-check", store_id, CHECKS, seconds=600)
    given_up = Domain.objects.filter(store=store_id, pk=domain_id, verified_at=None, next_check_at=None)
    given_up.update(created_at=timezone.now())
    return check_domain(domain_id=domain_id)


def _check(domain: Domain) -> Domain | None:
    try:
        return settle(look_at(domain.host), domain_id=domain.pk)
    except SeenLater:
        return settle(look_at(domain.host), domain_id=domain.pk)


@transaction.atomic
def release_domain(*, domain_id: int, by: str, user: AbstractBaseUser | None = None) -> None:
    """Give a host up. Whoever claims it afterwards, this store too, has to prove it with a new text."""
    domain = Domain.objects.select_for_update().filter(store=current_store().id, pk=domain_id).first()
    if domain is not None:
        domain.delete()
        record("domain.released", by=by, user=user, subject=domain.host)


@transaction.atomic
def choose_primary(*, domain_id: int | None, by: str, user: AbstractBaseUser | None = None) -> None:
    """Make a connected domain the main address; None is the one under the platform. Raises NotConnected."""
    store = Store.objects.select_for_update().get(pk=current_store().id)
    chosen = None
    if domain_id is not None:
        chosen = Domain.objects.select_for_update().filter(store=store, pk=domain_id).first()
        if chosen is None or not chosen.can_take_visitors:
            raise NotConnected(domain_id)
    before = store.host
    for former in Domain.objects.filter(store=store, is_primary=True):
        former.is_primary = False
        former.save(update_fields=["is_primary"])
    if chosen is not None:  # after the others: there is one at any moment
        chosen.is_primary = True
        chosen.save(update_fields=["is_primary"])
    if store.host != before:
        details = [{"label": "host", "before": before, "after": store.host}]
        record("domain.primary", by=by, user=user, subject=store.host, details=details)


def check_due_domains(*, seconds: float = SWEEP_SECONDS) -> int:
    """Check what is due, in every store, the longest due first; how many. Safe to run side by side."""
    deadline = time.monotonic() + seconds
    due = Domain.objects.filter(next_check_at__lte=timezone.now()).order_by("next_check_at")
    checked = 0
    for domain in due[:BATCH]:
        if time.monotonic() > deadline:
            break
        mine = Domain.objects.filter(pk=domain.pk, next_check_at=domain.next_check_at)
        if not mine.update(next_check_at=timezone.now() + LEASE):
            continue  # another worker has it, or it is gone
        try:
            _check(domain)
        except Exception:  # one domain's bug must not hold up the others; its lease brings it back
            log.exception("domain_not_checked", domain_id=domain.pk)
        checked += 1
    return checked


def _slow_down(what: str, store_id: uuid.UUID, limit: int, *, seconds: int) -> None:
    if wait := hit(f"{what}:{store_id}", limit=limit, seconds=seconds):
        raise TryLater(wait)
