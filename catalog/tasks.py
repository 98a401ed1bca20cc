import random
import uuid

from celery import shared_task

from catalog.images import purge_images
from catalog.services import check_sync, may_sync, sync_store
from store.queries import load_store_info, published_stores
from store.tenancy import store_scope

# Spread, so that not all salons are asked at the same moment; under a minute
# because Celery keeps longer countdowns in a worker's memory.
SPREAD_SECONDS = 55


@shared_task(soft_time_limit=50, time_limit=60)
def sync_stores() -> None:
    for store in published_stores():
        sync_one.apply_async((str(store.id),), countdown=random.uniform(0, SPREAD_SECONDS))  # noqa: S311
    check_sync()


@shared_task(soft_time_limit=110, time_limit=120)
def sync_one(store_id: str) -> None:
    with store_scope(load_store_info(uuid.UUID(store_id))):
        if may_sync():
            sync_store()
        purge_images()
