"""The schedule looks again by itself, rarer with time, and never takes a domain for trouble of our own."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User

from store.domains import services
from store.domains.services import add_domain, check_again, check_due_domains, choose_primary
from store.models import AuditEntry, Domain, Email, Membership, Role, Store
from store.queries import find_store_by_host, forget_hosts
from store.services import create_store
from store.tasks import check_domains
from store.tenancy import StoreInfo, store_scope
from tests.dns_desk import ELSEWHERE, HOST, DnsDesk

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def domain(luna: StoreInfo, dns: DnsDesk, clock: time_machine.Traveller) -> Domain:
    """Claimed at noon, nothing entered yet."""
    for number in (1, 2):
        user = User.objects.create_user(f"owner-{number}@luna-hair.example")
        Membership.objects.create(store_id=luna.id, user=user, role=Role.OWNER)
    editor = User.objects.create_user("editor@luna-hair.example")
    Membership.objects.create(store_id=luna.id, user=editor, role=Role.EDITOR)
    with store_scope(luna):
        return add_domain(host=HOST, by="owner-1@luna-hair.example")


@pytest.fixture
def connected(domain: Domain, dns: DnsDesk, clock: time_machine.Traveller) -> Domain:
    dns.serve_right(domain)
    run_at(clock, NOON + 5 * MINUTE, domain)
    assert domain.is_verified
    return domain


def run_at(clock: time_machine.Traveller, at: datetime, domain: Domain) -> Domain:
    """The schedule's task at this moment, as its worker runs it: in no store's scope."""
    clock.move_to(at)
    check_domains.delay()
    domain.refresh_from_db()
    return domain


def mails(store: StoreInfo, kind: str) -> list[Email]:
    with store_scope(store):
        return list(Email.objects.filter(kind=kind))


def actions(store: StoreInfo) -> list[str]:
    return list(AuditEntry.objects.filter(store=store.id).order_by("pk").values_list("action", flat=True))


def test_it_is_connected_without_anybody_asking(domain: Domain, dns: DnsDesk, clock, luna: StoreInfo) -> None:
    dns.serve_right(domain)
    assert not run_at(clock, NOON + 4 * MINUTE, domain).is_verified  # not due yet
    assert run_at(clock, NOON + 5 * MINUTE, domain).is_verified
    forget_hosts()
    assert find_store_by_host(HOST) is not None
    assert domain.next_check_at == NOON + 5 * MINUTE + 6 * HOUR


@pytest.mark.parametrize(
    ("after", "pause"),
    [
        (5 * MINUTE, 5 * MINUTE),
        (3 * DAY - MINUTE, 5 * MINUTE),
        (3 * DAY, HOUR),
        (17 * DAY - MINUTE, HOUR),
        (17 * DAY, None),
    ],
)
def test_how_often_a_claim_is_looked_at(
    domain: Domain, clock: time_machine.Traveller, after: timedelta, pause: timedelta | None
) -> None:
    run_at(clock, NOON + after, domain)
    assert domain.checked_at == NOON + after
    assert domain.next_check_at == (NOON + after + pause if pause else None)


def test_a_claim_that_was_given_up_is_watched_again_when_asked(
    domain: Domain, dns: DnsDesk, clock, luna: StoreInfo
) -> None:
    late = NOON + 30 * DAY
    run_at(clock, late, domain)
    assert domain.next_check_at is None
    dns.serve_right(domain)
    assert not run_at(clock, late + DAY, domain).is_verified  # nobody looks
    dns.serve()
    clock.move_to(late + 2 * DAY)
    with store_scope(luna):
        check_again(domain_id=domain.pk)
    dns.serve_right(domain)
    assert run_at(clock, late + 2 * DAY + 5 * MINUTE, domain).is_verified


def test_trouble_begins_is_told_and_ends_well(
    connected: Domain, dns: DnsDesk, clock, luna: StoreInfo
) -> None:
    dns.serve((HOST, "A", ELSEWHERE))
    broke = NOON + 7 * HOUR
    run_at(clock, broke, connected)
    assert connected.failing_since == broke
    assert connected.is_verified
    forget_hosts()
    assert find_store_by_host(HOST) is not None  # it goes on leading to the store
    told = mails(luna, "domain/failing")
    assert sorted(mail.recipient for mail in told) == [
        "owner-1@luna-hair.example",
        "owner-2@luna-hair.example",
    ]
    assert "72" in told[0].text
    assert "http://localhost/admin/stores/luna-hair/domains/" in told[0].text
    run_at(clock, broke + HOUR, connected)
    assert len(mails(luna, "domain/failing")) == 2  # told once
    dns.serve_right(connected)
    run_at(clock, broke + 2 * HOUR, connected)
    assert connected.failing_since is None
    assert connected.is_verified
    assert actions(luna)[-3:] == ["domain.verified", "domain.failing", "domain.recovered"]


def test_after_three_days_of_trouble_it_is_lost(
    connected: Domain, dns: DnsDesk, clock, luna: StoreInfo
) -> None:
    with store_scope(luna):
        choose_primary(domain_id=connected.pk, by="owner-1@luna-hair.example")
    dns.serve((HOST, "A", ELSEWHERE))
    broke = NOON + 7 * HOUR
    for hours in range(72):
        run_at(clock, broke + hours * HOUR, connected)
        assert connected.is_verified, hours
    run_at(clock, broke + 72 * HOUR, connected)
    assert (connected.is_verified, connected.is_primary, connected.failing_since) == (False, False, None)
    assert Store.objects.get(pk=luna.id).host == "luna-hair.localhost"
    forget_hosts()
    assert find_store_by_host(HOST) is None
    assert len(mails(luna, "domain/lost")) == 2
    assert actions(luna)[-1] == "domain.lost"
    # It is looked at again as if just added, and comes back once the records are right.
    dns.serve_right(connected)
    assert run_at(clock, broke + 72 * HOUR + 5 * MINUTE, connected).is_verified


@pytest.mark.parametrize("fault", ["servfail", "timeout"])
def test_trouble_of_the_dns_takes_nothing(
    connected: Domain, dns: DnsDesk, clock, luna: StoreInfo, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.domains.dns.BUDGET_SECONDS", 1.0)
    monkeypatch.setattr("store.domains.dns.TRY_SECONDS", 0.3)
    dns.serve((HOST, "A", ELSEWHERE))
    broke = NOON + 7 * HOUR
    run_at(clock, broke, connected)
    dns.faults(**{fault: True})
    for days in (1, 4, 30):
        run_at(clock, broke + days * DAY, connected)
        assert connected.is_verified
        assert "no_answer" in [finding["key"] for finding in connected.findings]
    assert not mails(luna, "domain/lost")


def test_trouble_of_the_dns_is_no_trouble_of_the_domain(connected: Domain, dns: DnsDesk, clock) -> None:
    dns.faults(servfail=True)
    run_at(clock, NOON + 7 * HOUR, connected)
    assert connected.failing_since is None
    assert connected.next_check_at == NOON + 7 * HOUR + 15 * MINUTE


def test_what_an_operator_gave_is_not_looked_at(luna: StoreInfo, salons, dns: DnsDesk, clock) -> None:
    salon = salons["luna-hair"]
    create_store(
        slug="luna-hair",
        name="Luna Hair",
        tenant_id=salon.tenant_id,
        api_key=salon.api_key,
        webhook_secrets=[salon.webhook_secret],
        hosts=["given.salon.example"],
    )
    given = Domain.objects.get(host="given.salon.example")
    for days in (1, 10, 100):
        run_at(clock, NOON + days * DAY, given)
        assert given.is_verified
        assert given.checked_at is None


def test_an_unpublished_store_keeps_its_domain_checked(connected: Domain, clock, luna: StoreInfo) -> None:
    Store.objects.filter(pk=luna.id).update(is_published=False)
    run_at(clock, NOON + 7 * HOUR, connected)
    assert connected.is_verified
    assert connected.checked_at == NOON + 7 * HOUR


def test_twice_at_once_looks_once(connected: Domain, clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second worker that found the same row due gets nothing."""
    clock.move_to(NOON + 7 * HOUR)
    looks: list[str] = []
    look_at = services.look_at

    def look_while_another_sweeps(host: str):
        looks.append(host)
        if len(looks) == 1:
            assert check_due_domains() == 0
        return look_at(host)

    monkeypatch.setattr(services, "look_at", look_while_another_sweeps)
    assert check_due_domains() == 1
    assert looks == [HOST]


def test_one_that_cannot_be_checked_holds_up_no_other(
    connected: Domain, luna: StoreInfo, dns: DnsDesk, clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store_scope(luna):
        other = add_domain(host="other.salon.example", by="owner")
    clock.move_to(NOON + 7 * HOUR)
    look_at = services.look_at

    def look_and_break(host: str):
        if host == other.host:
            raise RuntimeError("a bug")
        return look_at(host)

    monkeypatch.setattr(services, "look_at", look_and_break)
    assert check_due_domains() == 2
    connected.refresh_from_db()
    other.refresh_from_db()
    assert connected.checked_at == NOON + 7 * HOUR
    assert other.next_check_at == NOON + 7 * HOUR + services.LEASE


def test_a_sweep_ends_in_time(luna: StoreInfo, dns: DnsDesk, clock) -> None:
    with store_scope(luna):
        for number in range(3):
            add_domain(host=f"w{number}.salon.example", by="owner")
    clock.move_to(NOON + HOUR)
    assert check_due_domains(seconds=-1) == 0
    assert check_due_domains() == 3
