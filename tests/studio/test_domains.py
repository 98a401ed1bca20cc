"""The page of a store's domains: what an owner does there, and what it says."""

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from store.domains.names import proof_name
from store.domains.services import MOST_DOMAINS
from store.models import AuditEntry, Domain
from store.tenancy import StoreInfo
from tests.dns_desk import ELSEWHERE, HOST, OURS, TARGET, DnsDesk
from tests.studio.conftest import STUDIO

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
PAGE = f"{STUDIO}/domains/"


@pytest.fixture
def browser(owner: User, sign_in: SignIn, dns: DnsDesk) -> Client:
    dns.serve(("salon.example", "A", ELSEWHERE))
    return sign_in(owner)


def read(client: Client) -> str:
    """The page's words, one blank between them."""
    page = re.sub(r"<[^>]+>", " ", client.get(PAGE).content.decode())
    return re.sub(r"\s+", " ", html.unescape(page)).replace(" .", ".")


def add(client: Client, host: str = HOST) -> Domain:
    answer = client.post(PAGE, {"host": host})
    assert answer.status_code == 303, html.unescape(answer.content.decode())
    domain = Domain.objects.latest("pk")
    assert answer["Location"] == f"{PAGE}#domain-{domain.pk}"
    return domain


def press(client: Client, domain: Domain, what: str) -> None:
    answer = client.post(f"{PAGE}{domain.pk}/{what}/")
    assert answer.status_code == 303


def test_from_nothing_to_the_main_address(browser: Client, owner: User, dns: DnsDesk) -> None:
    """What somebody does who has just bought a domain."""
    assert "Your main address is luna-hair.localhost" in read(browser)
    domain = add(browser, "https://WWW.salon.example/")
    page = read(browser)
    assert "www.salon.example Waiting for DNS" in page
    assert "Type TXT Proves that the domain is yours Name _mango-store.www Copy name" in page
    assert f"in full: _mango-store.{HOST}" in page
    assert f"Value mango-store={domain.token} Copy" in page
    assert (
        f"Type CNAME Leads visitors to your store Name www Copy name www in full: {HOST} Value {TARGET}"
        in page
    )
    assert "We have just looked. We look again in 4 minutes." in page.replace("\xa0", " ")
    dns.serve_right(domain)
    press(browser, domain, "check")
    assert "www.salon.example is connected." in read(browser)
    assert "www.salon.example Connected" in read(browser)
    press(browser, domain, "primary")
    page = read(browser)
    assert "Your main address is now www.salon.example." in page
    assert "Your main address is www.salon.example." in page
    assert browser.post(f"{PAGE}primary/").status_code == 303
    assert "Your main address is now luna-hair.localhost." in read(browser)
    entries = AuditEntry.objects.filter(action__startswith="domain.").order_by("pk")
    assert [(entry.action, entry.actor, entry.user_id) for entry in entries] == [
        ("domain.added", owner.username, owner.pk),
        ("domain.verified", "system", None),
        ("domain.primary", owner.username, owner.pk),
        ("domain.primary", owner.username, owner.pk),
    ]


def test_what_is_wrong_is_said_with_what_is_there(browser: Client, dns: DnsDesk) -> None:
    domain = add(browser)
    dns.serve((HOST, "CNAME", "builder.other.example"), (proof_name(HOST), "TXT", "mango-store=old"))
    press(browser, domain, "check")
    page = read(browser)
    assert "To do: The CNAME record leads to builder.other.example, not to us." in page
    assert f"What is there now: {HOST} CNAME builder.other.example" in page
    assert f"What is there now: _mango-store.{HOST} TXT mango-store=old" in page


def test_the_top_of_a_domain_has_a_second_way(browser: Client) -> None:
    add(browser, "salon.example")
    page = read(browser)
    assert "Type ALIAS (or ANAME) Leads visitors to your store Name @" in page
    assert "enter these instead: Leads visitors to your store: A salon.example Type A " in page
    assert OURS in page


def test_an_international_name_is_shown_as_people_write_it(browser: Client) -> None:
    add(browser, "www.müller.example")
    page = read(browser)
    assert "www.müller.example Waiting for DNS Some providers write it www.xn--mller-kva.example." in page


def test_trouble_says_until_when(browser: Client, dns: DnsDesk) -> None:
    domain = add(browser)
    dns.serve_right(domain)
    press(browser, domain, "check")
    dns.serve(("salon.example", "A", ELSEWHERE))
    press(browser, domain, "check")
    assert re.search(r"In trouble until \w+, \w+ \d+, \d+", read(browser))
    press(browser, domain, "primary")
    assert "Only a domain whose records are right can be the main address." in read(browser)
    domain.refresh_from_db()
    assert not domain.is_primary


def test_name_servers_that_do_not_answer_are_said_once(browser: Client, dns: DnsDesk) -> None:
    domain = add(browser)
    dns.faults(servfail=True)
    press(browser, domain, "check")
    page = read(browser)
    assert page.count("The name servers of salon.example did not answer") == 1
    assert "Nothing is changed by that" in page
    assert f"mango-store={domain.token}" in page
    assert TARGET in page


def test_before_the_first_look_it_says_what_to_enter(browser: Client, luna: StoreInfo) -> None:
    domain = Domain.objects.create(store_id=luna.id, host=HOST)
    page = read(browser)
    assert "We have not looked yet." in page
    assert f"Value mango-store={domain.token}" in page
    assert "Name www Copy" in page


def test_given_up_it_says_how_to_go_on(browser: Client, luna: StoreInfo) -> None:
    Domain.objects.create(store_id=luna.id, host=HOST, next_check_at=None)
    assert "Waiting for you We looked for weeks and then stopped." in read(browser)


def test_what_an_operator_gave_is_connected(browser: Client, luna: StoreInfo) -> None:
    Domain.objects.create(store_id=luna.id, host=HOST, verified_at=timezone.now(), next_check_at=None)
    assert "Connected We set this domain up for you ourselves." in read(browser)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Enter the domain, such as www.example.com."),
        ("salon", "This has no ending such as .com."),
        ("me@salon.example", "This is an e-mail address."),
        ("x.localhost", "This address belongs to us."),
        ("<script>alert(1)</script>.example", "This is not a domain"),
    ],
)
def test_a_mistake_is_said_beside_the_field(browser: Client, typed: str, sentence: str) -> None:
    answer = browser.post(PAGE, {"host": typed})
    assert answer.status_code == 422
    page = html.unescape(answer.content.decode())
    assert page.count(sentence) == 2  # in the summary, which links to the field, and at it
    assert 'href="#id_host"' in page
    assert "<script>alert" not in answer.content.decode()
    assert not Domain.objects.exists()


def test_twice_and_too_many_are_said(browser: Client, luna: StoreInfo) -> None:
    add(browser)
    assert "You have added this domain already" in browser.post(PAGE, {"host": HOST}).content.decode()
    for number in range(MOST_DOMAINS - 1):
        Domain.objects.create(store_id=luna.id, host=f"w{number}.salon.example")
    assert "A store can have 10 domains." in browser.post(PAGE, {"host": "new.example"}).content.decode()
    assert 'name="host"' not in browser.get(PAGE).content.decode()


def test_releasing_asks_first(browser: Client, dns: DnsDesk) -> None:
    domain = add(browser)
    dns.serve_right(domain)
    press(browser, domain, "check")
    press(browser, domain, "primary")
    address = f"{PAGE}{domain.pk}/release/"
    question = browser.get(address).content.decode()
    assert "www.salon.example stops leading to your store at once." in question
    assert "Your main address is luna-hair.localhost again." in question
    assert Domain.objects.filter(pk=domain.pk).exists()
    assert browser.post(address)["Location"] == PAGE
    assert not Domain.objects.filter(pk=domain.pk).exists()
    assert "www.salon.example is released." in read(browser)
    assert browser.post(address).status_code == 404


def test_a_viewer_sees_and_cannot_press(
    browser: Client, viewer: User, editor: User, sign_in: SignIn, dns: DnsDesk
) -> None:
    domain = add(browser)
    for user in (viewer, editor):
        client = sign_in(user)
        page = client.get(PAGE).content.decode()
        assert HOST in page
        assert "Check now</button>" not in page.replace(f'<span class="sr-only">: {HOST}</span>', "")
        assert "/release/" not in page
        for what in ("check", "release", "primary"):
            assert client.post(f"{PAGE}{domain.pk}/{what}/").status_code == 403
        assert client.post(PAGE, {"host": "new.example"}).status_code == 403
    assert Domain.objects.count() == 1


def test_a_neighbours_domain_is_not_there(browser: Client, barber: StoreInfo) -> None:
    """Not even by its number, in the own studio."""
    theirs = Domain.objects.create(store_id=barber.id, host=HOST, verified_at=timezone.now())
    assert HOST not in browser.get(PAGE).content.decode()
    for what in ("check", "release", "primary"):
        assert browser.post(f"{PAGE}{theirs.pk}/{what}/").status_code == 404
    assert browser.get(f"{PAGE}{theirs.pk}/release/").status_code == 404
    theirs.refresh_from_db()
    assert theirs.is_verified


def test_records_of_others_are_shown_as_text(browser: Client, dns: DnsDesk) -> None:
    domain = add(browser)
    dns.serve((proof_name(HOST), "TXT", "<img src=x onerror=alert(1)>"))
    press(browser, domain, "check")
    page = browser.get(PAGE).content.decode()
    assert "<img" not in page
    assert "&lt;img src=x" in page


def test_findings_of_an_older_release_are_left_out(browser: Client, luna: StoreInfo) -> None:
    old = [{"key": "no_longer_said", "severity": "wrong"}, "nonsense"]
    Domain.objects.create(store_id=luna.id, host=HOST, findings=old)
    assert "We do not see the TXT record yet." in read(browser)


def test_asking_too_often_is_said(browser: Client, dns: DnsDesk, one_window: None) -> None:
    domain = add(browser)
    dns.faults(servfail=True)
    for _ in range(31):
        press(browser, domain, "check")
    assert re.search(r"That was often\. Try again in \d+ minutes?\.", read(browser))


def test_the_page_costs_as_much_for_ten_domains_as_for_one(
    browser: Client, luna: StoreInfo, django_assert_max_num_queries
) -> None:
    for number in range(MOST_DOMAINS):
        Domain.objects.create(
            store_id=luna.id,
            host=f"w{number}.salon.example",
            created_at=timezone.now() - timedelta(days=number),
        )
    browser.get(PAGE)
    with django_assert_max_num_queries(12):
        browser.get(PAGE)


def test_what_an_operator_verifies_needs_no_dns(staff: User, luna: StoreInfo, sign_in: SignIn) -> None:
    """In Django's admin: the host is read as everywhere, and the schedule leaves it alone."""
    address = f"/admin/store/store/{luna.id}/change/"
    fields = {
        "name": luna.name,
        "slug": luna.slug,
        "locale": luna.locale,
        "is_published": "on",
        "chat_per_minute": "20",
        "domains-TOTAL_FORMS": "1",
        "domains-INITIAL_FORMS": "0",
        "domains-0-host": "https://WWW.salon.example/",
        "domains-0-store": str(luna.id),
        "domains-0-verified_at_0": "2026-11-01",
        "domains-0-verified_at_1": "12:00:00",
    }
    client = sign_in(staff)
    refused = client.post(address, fields | {"domains-0-host": "x.localhost"})
    assert "This address belongs to us." in refused.content.decode()
    assert client.post(address, fields).status_code == 302
    domain = Domain.objects.get(store_id=luna.id)
    assert domain.host == HOST
    assert domain.is_vouched
