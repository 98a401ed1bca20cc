"""No store, no rows; a host leads to its store and to no other."""

import uuid

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from store.models import Domain, Email, Store
from store.queries import find_store_by_host, forget_hosts
from store.services import HostTaken, create_store, queue_email
from store.tenancy import NoStoreScope, StoreInfo, StoreManager, StoreOwned, current_store, store_scope

pytestmark = pytest.mark.django_db

OURS = ("store", "analytics", "catalog", "assistant", "payments", "booking", "webhooks", "studio")
# Models without a store of their own: the store itself, what hangs on it, what the platform sees whole.
WITHOUT = {
    *("store.Store", "store.Domain", "store.Membership", "store.AuditEntry", "store.TimeSlot"),
    "analytics.Alert",
}


def our_models():
    return [model for model in apps.get_models() if model._meta.app_label in OURS]


def test_every_model_is_guarded() -> None:
    """Walks all models: what belongs to a store raises outside a scope, and the way round is named."""
    assert len(our_models()) > 4
    for model in our_models():
        if model._meta.label in WITHOUT:
            continue
        assert issubclass(model, StoreOwned), model
        assert isinstance(model._default_manager, StoreManager), model
        assert model._meta.base_manager_name == "across_stores", model
        with pytest.raises(NoStoreScope):
            model.objects.count()
        assert model.across_stores.count() == 0


def test_rows_of_the_neighbour_are_not_there(luna: StoreInfo, barber: StoreInfo) -> None:
    with store_scope(luna):
        email = queue_email(fact="x", recipient="a@example.com", subject="s", text="t", html="h")
    assert email is not None
    with store_scope(barber):
        assert not Email.objects.filter(pk=email.pk).exists()
        # The same fact of another store is another fact.
        assert queue_email(fact="x", recipient="a@example.com", subject="s", text="t", html="h")


def test_scopes_nest_and_close(luna: StoreInfo, barber: StoreInfo) -> None:
    with store_scope(luna):
        with store_scope(barber):
            assert current_store() == barber
        assert current_store() == luna
    with pytest.raises(NoStoreScope):
        current_store()


@pytest.mark.parametrize(
    "host",
    ["luna-hair.localhost", "LUNA-HAIR.localhost:8000", "luna-hair.localhost.", "luna-hair.localhost:1"],
)
def test_a_port_and_case_do_not_matter(luna: StoreInfo, host: str) -> None:
    assert find_store_by_host(host) == luna


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "nobody.localhost",
        "luna-hair.example.com",
        "a.luna-hair.localhost",
        "luna-hair.localhost.evil.com",
        "",
        ".",
    ],
)
def test_other_hosts_lead_nowhere(luna: StoreInfo, host: str) -> None:
    assert find_store_by_host(host) is None


@pytest.mark.parametrize(
    "host", ["nobody.localhost", "evil.example.com", "luna-hair.localhost.evil.com", "bad_host!"]
)
def test_an_unknown_host_gets_404_and_no_default_store(luna: StoreInfo, host: str) -> None:
    for path in ("/services/", "/healthz", "/admin/"):
        response = Client(headers={"host": host}).get(path)
        assert response.status_code == 404
        assert b"Luna" not in response.content
        assert not response.cookies


def test_the_admin_is_not_on_a_stores_host_and_stores_are_not_on_ours(luna: StoreInfo) -> None:
    assert Client(headers={"host": "luna-hair.localhost"}).get("/admin/").status_code == 404
    assert Client(headers={"host": "localhost"}).get("/admin/").status_code == 302
    assert Client(headers={"host": "localhost"}).get("/services/").status_code == 404


def test_a_domain_leads_to_the_store_once_verified(luna: StoreInfo) -> None:
    domain = Domain.objects.create(store_id=luna.id, host="www.luna.example.com")
    assert find_store_by_host("www.luna.example.com") is None
    domain.verified_at = timezone.now()
    domain.save()
    found = find_store_by_host("www.luna.example.com")
    assert found is not None
    assert found.id == luna.id


def test_a_draft_store_is_not_shown(luna: StoreInfo) -> None:
    Store.objects.filter(pk=luna.id).update(is_published=False)
    forget_hosts()
    assert find_store_by_host("luna-hair.localhost") is None


def test_create_store_updates_and_takes_no_other_stores_host(
    luna: StoreInfo, barber: StoreInfo, salons
) -> None:
    def update(**changes):
        salon = salons["luna-hair"]
        values = {
            "slug": "luna-hair",
            "name": "Luna",
            "tenant_id": salon.tenant_id,
            "api_key": "k",
            "webhook_secrets": ["whsec_x"],
        }
        return create_store(**(values | changes))

    assert update(hosts=["Luna.Example.com"]).pk == luna.id
    assert Store.objects.count() == 2
    found = find_store_by_host("luna.example.com")
    assert found is not None
    assert found.name == "Luna"
    with pytest.raises(HostTaken):
        update(slug="one-chair", tenant_id=barber.tenant_id, hosts=["luna.example.com"])


@pytest.mark.parametrize("slug", ["stores", "www", "admin"])
def test_the_platforms_own_names_are_nobodys(db: None, slug: str) -> None:
    with pytest.raises(ValidationError, match="the platform’s own"):
        create_store(slug=slug, name="N", tenant_id=uuid.uuid4(), api_key="k", webhook_secrets=["whsec_eA=="])


def test_the_first_host_an_operator_gives_is_where_visitors_are_to_be(db: None) -> None:
    hosts = ["www.n.example", "n.example"]
    store = create_store(
        slug="n", name="N", tenant_id=uuid.uuid4(), api_key="k", webhook_secrets=["whsec_eA=="], hosts=hosts
    )
    assert store.host == "www.n.example"
