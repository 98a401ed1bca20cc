"""A store has one address: whoever opens another of its hosts is sent there, and nothing breaks for it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from store.domains.services import choose_primary, release_domain
from store.models import Domain, Store
from store.queries import forget_hosts
from store.tenancy import StoreInfo, store_scope
from tests.dns_desk import HOST

pytestmark = pytest.mark.django_db
OTHER = "salon.example"


@pytest.fixture
def primary(luna: StoreInfo) -> Domain:
    """HOST is the main address; OTHER is connected, too."""
    Domain.objects.create(store_id=luna.id, host=OTHER, verified_at=timezone.now())
    domain = Domain.objects.create(store_id=luna.id, host=HOST, verified_at=timezone.now())
    with store_scope(luna):
        choose_primary(domain_id=domain.pk, by="owner")
    return domain


def browser(host: str) -> Client:
    return Client(headers={"host": host})


@pytest.mark.parametrize("host", ["luna-hair.localhost", OTHER, OTHER.upper(), f"{OTHER}:8000", f"{OTHER}."])
@pytest.mark.parametrize("path", ["/", "/services/?a=1&b=%C3%BC", "/nothing/", "/admin/"])
def test_another_host_sends_to_the_main_one(primary: Domain, host: str, path: str) -> None:
    answer = browser(host).get(path)
    assert answer.status_code == 301
    assert answer["Location"] == f"http://{HOST}{path}"
    assert answer["Cache-Control"] == "max-age=300"


def test_a_path_that_looks_like_a_host_stays_a_path(primary: Domain) -> None:
    answer = browser(OTHER).get("/", PATH_INFO="//evil.example/")
    assert answer["Location"] == f"http://{HOST}//evil.example/"


def test_the_main_host_sends_nowhere(primary: Domain) -> None:
    for host in (HOST, HOST.upper(), f"{HOST}.", f"{HOST}:8000"):
        assert browser(host).get("/preferences/").status_code == 200


def test_a_port_is_kept_where_links_need_one(primary: Domain, settings) -> None:
    settings.PLATFORM_PORT = 8000
    forget_hosts()
    assert browser(OTHER).get("/team/")["Location"] == f"http://{HOST}:8000/team/"
    assert browser(f"{HOST}:8000").get("/team/").status_code == 200


def test_without_a_choice_the_address_under_the_platform_is_the_main_one(luna: StoreInfo) -> None:
    Domain.objects.create(store_id=luna.id, host=OTHER, verified_at=timezone.now())
    assert browser(OTHER).get("/team/")["Location"] == "http://luna-hair.localhost/team/"
    assert browser("luna-hair.localhost").get("/team/").status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_what_is_sent_arrives_where_it_was_sent(primary: Domain, method: str) -> None:
    """A redirect would lose a form."""
    assert getattr(browser(OTHER), method)("/preferences/").status_code not in (301, 302, 307, 308)


@pytest.mark.parametrize(
    "path",
    [
        *("/api/v1/cart", "/api/v1/nothing", "/healthz", "/readyz", "/webhooks/stripe"),
        *(f"/images/{'0' * 24}-320.webp", "/theme-0000.css", "/static/nothing.css", "/internal/tls-ask"),
    ],
)
def test_machines_and_open_pages_stay(primary: Domain, path: str) -> None:
    assert browser(OTHER).get(path).status_code != 301


@pytest.mark.parametrize(("mode", "status"), [("navigate", 301), ("cors", 200), ("same-origin", 200)])
def test_what_an_open_page_asks_for_stays(primary: Domain, mode: str, status: int) -> None:
    """Its policy lets it ask its own host only."""
    client = Client(headers={"host": OTHER, "sec-fetch-mode": mode})
    assert client.get("/search/instant/?q=cut").status_code == status


def test_a_head_is_sent_on(primary: Domain) -> None:
    assert browser(OTHER).head("/team/").status_code == 301


def test_nobody_is_sent_to_a_host_in_trouble(primary: Domain) -> None:
    primary.refresh_from_db()
    primary.failing_since = timezone.now() - timedelta(hours=1)
    primary.save()
    for host in (HOST, OTHER, "luna-hair.localhost"):
        assert browser(host).get("/preferences/").status_code == 200


def test_it_follows_the_choice(luna: StoreInfo, primary: Domain) -> None:
    with store_scope(luna):
        choose_primary(domain_id=None, by="owner")
    assert browser(HOST).get("/team/")["Location"] == "http://luna-hair.localhost/team/"
    with store_scope(luna):
        choose_primary(domain_id=primary.pk, by="owner")
        release_domain(domain_id=primary.pk, by="owner")
    assert browser(HOST).get("/team/").status_code == 404
    assert browser(OTHER).get("/team/")["Location"] == "http://luna-hair.localhost/team/"


def test_a_neighbours_host_is_not_part_of_it(primary: Domain, barber: StoreInfo) -> None:
    assert browser("one-chair.localhost").get("/preferences/").status_code == 200


def test_it_costs_no_query(primary: Domain, django_assert_num_queries) -> None:
    for host in (HOST, OTHER):
        browser(host).get("/preferences/mode/")
    with django_assert_num_queries(0):
        assert browser(OTHER).get("/team/").status_code == 301
        assert browser(HOST).get("/preferences/mode/").status_code == 405


def test_links_in_mails_name_the_main_address(primary: Domain) -> None:
    info = Store.objects.get(slug="luna-hair").as_info()
    assert (info.base_url, info.host, info.canonical_host) == (f"http://{HOST}", HOST, HOST)
