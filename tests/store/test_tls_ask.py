"""Whether the proxy may get a certificate: yes for what leads somewhere, no for all else."""

from unittest.mock import patch

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from store.models import Domain, Store
from store.queries import forget_hosts
from store.tenancy import StoreInfo
from tests.dns_desk import HOST

pytestmark = pytest.mark.django_db
ASK = "/internal/tls-ask"


def ask(host: str, platform: str = "localhost") -> int:
    return Client(headers={"host": platform}).get(ASK, {"domain": host}).status_code


@pytest.fixture
def domain(luna: StoreInfo) -> Domain:
    return Domain.objects.create(store_id=luna.id, host=HOST, verified_at=timezone.now())


@pytest.mark.parametrize(
    "host", ["localhost", "testserver", "luna-hair.localhost", "LUNA-HAIR.localhost", HOST, HOST.upper()]
)
def test_yes(luna: StoreInfo, domain: Domain, host: str) -> None:
    assert ask(host) == 200


@pytest.mark.parametrize(
    "host",
    [
        *("", " ", ".", "nobody.localhost", "a.luna-hair.localhost", ".localhost", "stores.localhost"),
        *(
            "waiting.salon.example",
            "salon.example",
            f"{HOST}.",
            f"{HOST}:443",
            f"https://{HOST}",
            f"*.{HOST}",
        ),
        *(
            f"{HOST}/",
            f"{HOST}\x00",
            f"x.{HOST}",
            "127.0.0.1",
            "::1",
            "1.2.3.4",
            "münchen.example",
            "a" * 300,
        ),
        *("luna_hair.localhost", "luna-hair.localhost,x", "%", "' OR 1=1 --"),
    ],
)
def test_no(luna: StoreInfo, domain: Domain, host: str) -> None:
    Domain.objects.create(store_id=luna.id, host="waiting.salon.example")
    assert ask(host) == 404


def test_only_a_published_store_has_certificates(luna: StoreInfo, domain: Domain) -> None:
    Store.objects.filter(pk=luna.id).update(is_published=False)
    assert ask(HOST) == ask("luna-hair.localhost") == 404


def test_a_change_counts_at_once(luna: StoreInfo, domain: Domain) -> None:
    """What another process has changed, too: nothing is remembered."""
    assert ask(HOST) == 200
    Domain.objects.filter(pk=domain.pk).update(verified_at=None)
    assert ask(HOST) == 404


@pytest.mark.parametrize(
    "query", ["", "?", "?domain", "?host=localhost", "?domain=localhost&domain=localhost"]
)
def test_the_question_has_to_be_one(luna: StoreInfo, query: str) -> None:
    assert Client(headers={"host": "localhost"}).get(ASK + query).status_code == 404


def test_patterns_among_our_own_hosts_are_no_yes(luna: StoreInfo, settings) -> None:
    settings.PLATFORM_HOSTS = ["localhost", "*", ".admin.example"]
    assert ask("made-up.admin.example") == ask("anything.example") == ask("admin.example") == 404


def test_an_address_of_ours_is_no_name(luna: StoreInfo, settings) -> None:
    settings.PLATFORM_HOSTS = ["localhost", "127.0.0.1"]
    assert ask("127.0.0.1") == 404


def test_it_is_never_cached_and_takes_no_post(luna: StoreInfo, domain: Domain) -> None:
    client = Client(headers={"host": "localhost"})
    for host in (HOST, "nobody.example"):
        assert "no-store" in client.get(ASK, {"domain": host})["Cache-Control"]
    assert client.head(ASK, {"domain": HOST}).status_code == 200
    assert client.post(f"{ASK}?domain={HOST}").status_code == 405


def test_it_is_not_on_a_stores_host(luna: StoreInfo, domain: Domain) -> None:
    assert ask("localhost", platform="luna-hair.localhost") == ask("localhost", platform=HOST) == 404


def test_without_the_database_it_says_that_it_does_not_know(luna: StoreInfo, domain: Domain) -> None:
    forget_hosts()
    with patch("django.db.backends.utils.CursorWrapper.execute", side_effect=OperationalError("down")):
        client = Client(headers={"host": "localhost"})
        answer = client.get(ASK, {"domain": HOST})
        assert answer.status_code == 503
        assert "no-store" in answer["Cache-Control"]
        assert client.get(ASK, {"domain": "localhost"}).status_code == 200  # our own needs no database


def test_it_costs_one_query(luna: StoreInfo, domain: Domain, django_assert_num_queries) -> None:
    for host in (HOST, "luna-hair.localhost", "nobody.example"):
        with django_assert_num_queries(1):
            ask(host)
