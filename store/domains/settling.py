"""What follows from a look at a domain: verified, in trouble, lost, or another store's.

Everything about one host is decided in one transaction that holds all claims to it, so that two stores that
prove the same host at the same moment come one after the other.
"""

from datetime import datetime

import msgspec
from django.db import transaction
from django.utils import timezone

from store.audit import record
from store.domains.dns import Sight
from store.domains.doctor import Diagnosis, Finding, diagnose, holds_proof
from store.domains.mails import tell_failing, tell_lost
from store.domains.names import proof_name
from store.domains.schedule import is_grace_over, next_check
from store.models import Domain
from store.queries import load_store_info
from store.tenancy import store_scope

SYSTEM = "system"  # the actor in the log where nobody pressed anything


class SeenLater(Exception):
    """What was seen is out of date: by now something else was decided on a later look."""


@transaction.atomic
def settle(sight: Sight, *, domain_id: int) -> Domain | None:
    """Write down what was seen. None where the claim is gone. Raises SeenLater."""
    claims = list(Domain.objects.select_for_update().filter(host=sight.host).order_by("pk"))
    domain = next((claim for claim in claims if claim.pk == domain_id), None)
    if domain is None:
        return None
    rival = next((claim for claim in claims if claim.pk != domain_id and claim.is_verified), None)
    if any(claim and claim.checked_at and claim.checked_at > sight.at for claim in (domain, rival)):
        raise SeenLater(sight.host)
    diagnosis = diagnose(sight, token=domain.token)
    with store_scope(load_store_info(domain.store_id)):
        _apply(domain, rival, diagnosis, sight)
    return domain


def _apply(domain: Domain, rival: Domain | None, diagnosis: Diagnosis, sight: Sight) -> None:
    now = timezone.now()
    was_vouched = domain.is_vouched
    findings = diagnosis.findings
    if diagnosis.is_sound:
        if rival and not _yields(rival, sight):
            findings = (*findings, Finding("host_taken", "wrong", about=proof_name(sight.host)))
        else:
            if rival:
                lose(rival, now)
            _hold(domain, now)
            was_vouched = False  # from now on the DNS has it
    elif diagnosis.is_broken and domain.is_verified and not was_vouched:
        _fail(domain, now)
    domain.findings = msgspec.to_builtins(findings)
    domain.checked_at = sight.at
    is_answered = diagnosis.is_sound or diagnosis.is_broken
    domain.next_check_at = None if was_vouched else next_check(domain, now, is_answered=is_answered)
    domain.save()


def _yields(rival: Domain, sight: Sight) -> bool:
    """Whether the store that has the host can no longer prove it, by the answer that proves another's."""
    return not rival.is_vouched and not holds_proof(sight.proof, rival.token)


def _hold(domain: Domain, now: datetime) -> None:
    if not domain.is_verified:
        domain.verified_at = now
        record("domain.verified", by=SYSTEM, subject=domain.host)
    elif domain.failing_since:
        record("domain.recovered", by=SYSTEM, subject=domain.host)
    domain.failing_since = None


def _fail(domain: Domain, now: datetime) -> None:
    if domain.failing_since is None:
        domain.failing_since = now
        record("domain.failing", by=SYSTEM, subject=domain.host)
        tell_failing(domain)
    elif is_grace_over(domain, now):
        lose(domain, now)


def lose(domain: Domain, now: datetime) -> None:
    """Take a verified domain from its store, save that, and tell its owners. The claim stays."""
    domain.verified_at, domain.failing_since, domain.is_primary = None, None, False
    domain.created_at, domain.next_check_at = now, now  # watched again as if just added
    domain.save()
    with store_scope(load_store_info(domain.store_id)):
        record("domain.lost", by=SYSTEM, subject=domain.host)
        tell_lost(domain, at=now)
