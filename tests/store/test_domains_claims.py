"""Claiming a host, proving it, and nobody taking it from whoever can still prove it."""

import json

import pytest
from django.contrib.auth.models import User

from store.domains import services
from store.domains.dns import Sight, look_at
from store.domains.names import REASONS, BadHost, normalize_host, proof_name, proof_value, show_host
from store.domains.services import (
    ADDS,
    CHECKS,
    MOST_DOMAINS,
    AlreadyAdded,
    NotConnected,
    TooManyDomains,
    TryLater,
    add_domain,
    check_again,
    check_domain,
    choose_primary,
    release_domain,
)
from store.models import AuditEntry, Domain, Email, Membership, Role, Store
from store.queries import find_store_by_host, forget_hosts
from store.services import create_store
from store.tenancy import StoreInfo, store_scope
from tests.dns_desk import HOST, TARGET, DnsDesk
from tests.store.places import Place

pytestmark = pytest.mark.django_db
OWNER = "owner@luna-hair.example"


def claim(store: StoreInfo, host: str = HOST) -> Domain:
    with store_scope(store):
        return add_domain(host=host, by=OWNER)


def look(store: StoreInfo, domain: Domain) -> Domain:
    with store_scope(store):
        checked = check_domain(domain_id=domain.pk)
    assert checked is not None
    return checked


def connect(store: StoreInfo, dns: DnsDesk, host: str = HOST) -> Domain:
    domain = claim(store, host)
    dns.serve_right(domain)
    assert look(store, domain).is_verified
    return domain


def finding_keys(domain: Domain) -> list[str]:
    return [finding["key"] for finding in domain.findings]


def actions(store: StoreInfo) -> list[str]:
    return list(AuditEntry.objects.filter(store=store.id).order_by("pk").values_list("action", flat=True))


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("www.salon.example", "www.salon.example"),
        ("  WWW.Salon.Example. ", "www.salon.example"),
        ("https://www.salon.example:8443/book/?x=1#y", "www.salon.example"),
        ("//www.salon.example", "www.salon.example"),
        ("www.salon.example/", "www.salon.example"),
        ("www.Müller-Köpfe.de", "www.xn--mller-kpfe-kcb9d.de"),
        ("straße.de", "xn--strae-oqa.de"),
        ("xn--mller-kva.de", "xn--mller-kva.de"),
        ("例え。jp", "xn--r8jz45g.jp"),
        ("shop.r3---x.example", "shop.r3---x.example"),
    ],
)
def test_a_host_is_read_as_it_is_meant(typed: str, host: str) -> None:
    assert normalize_host(typed) == host
    assert normalize_host(host) == host
    assert normalize_host(show_host(host)) == host


BAD = {
    "empty": ["", " ", "https://", ".", "http:///x"],
    "email": ["hello@salon.example", "https://me:secret@salon.example/"],
    "wildcard": ["*.salon.example", "*"],
    "address": [
        "192.0.2.1",
        "127.1",
        "0x7f.1",
        "2130706433",
        "[2001:db8::1]",
        "http://[::1]:80/",
        "１９２.0.2.1",
    ],
    "single": ["salon", "com"],
    "private": ["localhost.", "salon.local", "router.internal", "x.onion"],
    "ours": ["localhost", "luna-hair.localhost", "deep.er.localhost", "stores.localhost", "testserver"],
    "long": [f"{'a' * 64}.example", ".".join(["a" * 60] * 5), f"{'a.' * 117}example"],
    "malformed": ["-a.example", "a-.example", "a_b.example", "a..example", "sa lon.example", "a,b.example"],
}
BAD["malformed"] += [
    "xn--.example",
    "xn--a\u0080.example",
    "salon.example\x00",
    "<b>.example",
    "a%2e.example",
]


@pytest.mark.parametrize(("reason", "typed"), [(r, text) for r, texts in BAD.items() for text in texts])
def test_what_cannot_be_a_host(reason: str, typed: str) -> None:
    if typed == "localhost.":
        reason = "ours"
    with pytest.raises(BadHost) as refused:
        normalize_host(typed)
    assert refused.value.reason == reason
    assert refused.value.sentence


def test_every_reason_is_tried() -> None:
    assert set(BAD) == set(REASONS)


def test_a_claim_is_not_a_domain(luna: StoreInfo, dns: DnsDesk) -> None:
    domain = claim(luna)
    assert len(domain.token) >= 32
    assert find_store_by_host(HOST) is None
    dns.serve((HOST, "CNAME", TARGET))  # the dangling CNAME of whoever was here before
    assert not look(luna, domain).is_verified
    assert find_store_by_host(HOST) is None
    assert actions(luna)[-1:] == ["domain.added"]


def test_proved_and_pointed_it_leads_to_the_store(luna: StoreInfo, dns: DnsDesk) -> None:
    connect(luna, dns)
    found = find_store_by_host(HOST)
    assert found is not None
    assert found.id == luna.id
    assert actions(luna)[-2:] == ["domain.added", "domain.verified"]


def test_the_proof_alone_does_not_do(luna: StoreInfo, dns: DnsDesk) -> None:
    domain = claim(luna)
    dns.serve((proof_name(HOST), "TXT", proof_value(domain.token)))
    assert not look(luna, domain).is_verified


def test_a_host_is_claimed_once_by_a_store(luna: StoreInfo, barber: StoreInfo) -> None:
    claim(luna)
    with pytest.raises(AlreadyAdded):
        claim(luna, "https://WWW.salon.example/")
    assert claim(barber).token != Domain.objects.get(store_id=luna.id).token


def test_a_store_has_so_many_claims(luna: StoreInfo) -> None:
    for number in range(MOST_DOMAINS):
        claim(luna, f"w{number}.salon.example")
    with pytest.raises(TooManyDomains):
        claim(luna, "one-more.salon.example")


def test_adding_and_checking_are_slowed_down(luna: StoreInfo, dns: DnsDesk, one_window: None) -> None:
    domain = claim(luna)
    with store_scope(luna):
        for _ in range(ADDS - 1):
            with pytest.raises(AlreadyAdded):
                add_domain(host=HOST, by=OWNER)
        with pytest.raises(TryLater) as wait:
            add_domain(host="new.salon.example", by=OWNER)
        assert 0 < wait.value.seconds <= 3600
        dns.faults(servfail=True)  # quick
        for _ in range(CHECKS):
            check_again(domain_id=domain.pk)
        with pytest.raises(TryLater):
            check_again(domain_id=domain.pk)


def test_a_neighbours_claim_is_not_there(luna: StoreInfo, barber: StoreInfo, dns: DnsDesk) -> None:
    domain = connect(luna, dns)
    with store_scope(barber):
        assert check_domain(domain_id=domain.pk) is None
        assert check_again(domain_id=domain.pk) is None
        release_domain(domain_id=domain.pk, by="neighbour")
        with pytest.raises(NotConnected):
            choose_primary(domain_id=domain.pk, by="neighbour")
    domain.refresh_from_db()
    assert domain.is_verified


def test_who_claims_again_needs_a_new_text(luna: StoreInfo, dns: DnsDesk) -> None:
    first = connect(luna, dns)
    with store_scope(luna):
        release_domain(domain_id=first.pk, by=OWNER)
    assert find_store_by_host(HOST) is None
    again = look(luna, claim(luna))  # the records are all still there
    assert again.token != first.token
    assert not again.is_verified
    assert "txt_old" in finding_keys(again)
    assert actions(luna)[-2:] == ["domain.released", "domain.added"]


def test_a_proved_host_is_not_taken_from_who_still_proves_it(
    luna: StoreInfo, barber: StoreInfo, dns: DnsDesk
) -> None:
    held, wanted = connect(luna, dns), claim(barber)
    dns.serve_right(held, wanted)
    wanted = look(barber, wanted)
    assert not wanted.is_verified
    assert "host_taken" in finding_keys(wanted)
    assert "luna" not in json.dumps(wanted.findings).lower()
    held.refresh_from_db()
    assert held.is_verified


def test_a_proved_host_goes_to_who_proves_it_now(luna: StoreInfo, barber: StoreInfo, dns: DnsDesk) -> None:
    held, wanted = connect(luna, dns), claim(barber)
    owner = User.objects.create_user(OWNER, email="zoe@example.com")
    Membership.objects.create(store_id=luna.id, user=owner, role=Role.OWNER)
    with store_scope(luna):
        choose_primary(domain_id=held.pk, by=OWNER)
    dns.serve_right(wanted)
    assert look(barber, wanted).is_verified
    held.refresh_from_db()
    assert (held.is_verified, held.is_primary) == (False, False)
    assert find_store_by_host(HOST).id == barber.id
    assert actions(luna)[-1] == "domain.lost"
    assert actions(barber)[-1] == "domain.verified"
    with store_scope(luna):
        mails = Email.objects.filter(kind="domain/lost")
        assert [mail.recipient for mail in mails] == ["zoe@example.com"]
        assert "http://luna-hair.localhost" in mails[0].text
    entry = AuditEntry.objects.filter(store=luna.id).latest("pk")
    assert "one-chair" not in f"{entry.subject} {entry.details}"


def test_what_was_seen_before_a_later_look_does_not_count(
    luna: StoreInfo, barber: StoreInfo, dns: DnsDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newcomer's look comes to its end only after the holder has proved the host once more."""
    held, wanted = connect(luna, dns), claim(barber)
    looks = []

    def look_slowly(host: str) -> Sight:
        looks.append(host)
        if len(looks) > 1:
            return look_at(host)
        dns.serve_right(wanted)
        seen = look_at(host)
        dns.serve_right(held, wanted)
        assert look(luna, held).is_verified
        return seen

    monkeypatch.setattr(services, "look_at", look_slowly)
    wanted = look(barber, wanted)
    assert len(looks) == 3
    assert "host_taken" in finding_keys(wanted)
    held.refresh_from_db()
    assert held.is_verified


def test_what_an_operator_gave_is_not_taken(luna: StoreInfo, barber: StoreInfo, dns: DnsDesk, salons) -> None:
    salon = salons["luna-hair"]
    create_store(
        slug="luna-hair",
        name="Luna Hair",
        tenant_id=salon.tenant_id,
        api_key=salon.api_key,
        webhook_secrets=[salon.webhook_secret],
        hosts=[HOST],
    )
    given = Domain.objects.get(store_id=luna.id)
    assert given.is_vouched
    wanted = claim(barber)
    dns.serve_right(wanted)
    assert "host_taken" in finding_keys(look(barber, wanted))
    # Its merchant may look, and loses nothing by it; once the records are there, the DNS has it.
    looked = look(luna, given)
    assert looked.is_vouched
    assert looked.failing_since is None
    dns.serve_right(given)
    checked = look(luna, given)
    assert checked.is_verified
    assert not checked.is_vouched


@pytest.mark.parametrize("end", ["unpublished", "deleted"])
def test_a_store_that_ends_frees_nothing_by_accident(
    luna: StoreInfo, barber: StoreInfo, dns: DnsDesk, end: str
) -> None:
    held, wanted = connect(luna, dns), claim(barber)
    if end == "unpublished":
        Store.objects.filter(pk=luna.id).update(is_published=False)
    else:
        Store.objects.get(pk=luna.id).delete()
    forget_hosts()
    assert find_store_by_host(HOST) is None
    wanted = look(barber, wanted)  # the records of the first are still there
    assert not wanted.is_verified
    dns.serve_right(held, wanted)
    assert look(barber, wanted).is_verified is (end == "deleted")


def test_nobody_is_sent_where_no_certificate_can_be_had(luna: StoreInfo, dns: DnsDesk) -> None:
    domain = connect(luna, dns)
    with store_scope(luna):
        choose_primary(domain_id=domain.pk, by=OWNER)
    assert Store.objects.get(pk=luna.id).as_info().canonical_host == HOST
    dns.add(("salon.example", "CAA", '0 issue "digicert.com"'))
    domain = look(luna, domain)
    assert domain.is_verified
    assert "caa_forbids" in finding_keys(domain)
    assert not Store.objects.get(pk=luna.id).as_info().canonical_host
    with store_scope(luna):
        choose_primary(domain_id=None, by=OWNER)
        with pytest.raises(NotConnected):
            choose_primary(domain_id=domain.pk, by=OWNER)


def test_the_main_address_is_a_connected_one(luna: StoreInfo, dns: DnsDesk) -> None:
    waiting = claim(luna, "waiting.salon.example")
    domain = connect(luna, dns)
    with store_scope(luna):
        with pytest.raises(NotConnected):
            choose_primary(domain_id=waiting.pk, by=OWNER)
        choose_primary(domain_id=domain.pk, by=OWNER)
        assert Store.objects.get(pk=luna.id).as_info().base_url == f"http://{HOST}"
        choose_primary(domain_id=domain.pk, by=OWNER)  # twice is once
        choose_primary(domain_id=None, by=OWNER)
        assert Store.objects.get(pk=luna.id).as_info().base_url == "http://luna-hair.localhost"
    chosen = AuditEntry.objects.filter(store=luna.id, action="domain.primary").order_by("pk")
    assert [entry.subject for entry in chosen] == [HOST, "luna-hair.localhost"]
    assert chosen[0].details == [{"label": "host", "before": "luna-hair.localhost", "after": HOST}]


def test_one_of_two_that_prove_a_host_at_once_gets_it(place: Place, dns: DnsDesk) -> None:
    """Two processes, one database, both texts in the DNS; whoever had it before can prove nothing."""
    place.variables["DNS_SERVERS"] = dns.server()
    hands = [place.hire(), place.hire()]
    for round_ in range(4):
        host = f"r{round_}.salon.example"
        claims = place.ask("claim_domain", host=host, slugs=["first", "second", "third"], verified="third")
        texts = [
            (proof_name(host), "TXT", proof_value(claims[slug]["token"])) for slug in ("first", "second")
        ]
        dns.serve(*texts, (host, "CNAME", TARGET))
        for hand, slug in zip(hands, ("first", "second"), strict=True):
            hand.tell("check_domain", slug=slug, pk=claims[slug]["pk"])
        for hand in hands:
            hand.answer()
        found = place.ask("list_domains", host=host)
        assert not found["third"]["verified"]
        winners = [slug for slug in ("first", "second") if found[slug]["verified"]]
        assert len(winners) == 1, found
        loser = {"first": "second", "second": "first"}[winners[0]]
        assert "host_taken" in found[loser]["findings"]
        assert found["third"]["actions"].count("domain.lost") == round_ + 1
