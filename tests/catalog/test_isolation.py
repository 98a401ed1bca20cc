"""Two salons side by side: neither ever sees the other's catalogue, copies or pictures."""

from collections.abc import Callable

import pytest
from django.core.cache import cache as django_cache
from django.test import Client

from catalog import kept, memory
from catalog.errors import CatalogUnavailable
from catalog.images import image_url
from catalog.models import Snapshot
from catalog.queries import get_catalog
from store.tenancy import NoStoreScope, StoreInfo, store_scope
from tests.catalog.upstream import Asked, Reply, Upstream, make_row

Visit = Callable[[StoreInfo], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(make_store: Callable[[str], StoreInfo], upstream: Upstream) -> tuple[StoreInfo, StoreInfo]:
    """Two stores; each is told its own key in every name."""

    def by_key(asked: Asked) -> Reply:
        owner = asked.headers["Authorization"].removeprefix("Bearer key-of-")
        upstream.rows["services"] = [make_row("services", 0, name=owner)]
        upstream.business = make_row("business", 0, name=owner)
        return upstream.honestly(asked)

    upstream.answer = by_key
    return make_store("luna"), make_store("barber")


def name_in(store: StoreInfo) -> str:
    with store_scope(store):
        catalog = get_catalog()
        assert catalog.business.name == catalog.services[0].name
        return catalog.business.name


@pytest.mark.parametrize("forget", [lambda: None, memory.forget_all, django_cache.clear])
def test_every_layer_keeps_them_apart(
    redis: None, pair: tuple[StoreInfo, StoreInfo], upstream: Upstream, forget: Callable[[], None]
) -> None:
    luna, barber = pair
    assert (name_in(luna), name_in(barber)) == ("luna", "barber")
    upstream.answer = lambda _asked: Reply(503)
    forget()
    assert (name_in(luna), name_in(barber)) == ("luna", "barber")


def test_snapshots_are_the_stores_own(pair: tuple[StoreInfo, StoreInfo]) -> None:
    luna, barber = pair
    name_in(luna)
    with store_scope(barber):
        assert not Snapshot.objects.exists()
    with pytest.raises(NoStoreScope):
        Snapshot.objects.count()


def test_expiring_one_leaves_the_other(
    redis: None, pair: tuple[StoreInfo, StoreInfo], upstream: Upstream
) -> None:
    luna, barber = pair
    name_in(luna), name_in(barber)
    upstream.asked.clear()
    kept.expire(luna.id, "services")
    name_in(barber)
    assert not upstream.asked
    name_in(luna)
    assert len(upstream.asked) == 1


def test_the_neighbours_trouble_is_not_ours(
    redis: None, pair: tuple[StoreInfo, StoreInfo], upstream: Upstream
) -> None:
    """Neither its breaker nor its rest."""
    luna, barber = pair
    by_key = upstream.answer
    upstream.answer = lambda asked: (
        Reply(500) if "barber" in asked.headers["Authorization"] else by_key(asked)
    )
    name_in(luna)
    kept.expire(luna.id, "services")
    for _ in range(3):
        with pytest.raises(CatalogUnavailable):
            name_in(barber)
    upstream.asked.clear()
    with store_scope(luna):
        assert not get_catalog().is_stale
    assert len(upstream.asked) == 1


def test_a_picture_of_the_neighbours_is_none_of_ours(
    luna: StoreInfo, barber: StoreInfo, visit: Visit
) -> None:
    with store_scope(luna):
        picture = get_catalog().gallery[0].image
    path = image_url(picture, 160)
    assert visit(barber).get(path).status_code == 404
    assert visit(luna).get(path).status_code == 200
    # Not even once it lies on the disk.
    assert visit(barber).get(path).status_code == 404
