"""Speaking with Mango Biz as the store in scope."""

from functools import lru_cache

from django.conf import settings

from catalog.client import MangoBizClient
from catalog.wire import Wire
from config.breaker import Breaker
from config.http import TimedSession, build_session
from store.queries import find_api_key
from store.tenancy import current_store


@lru_cache(maxsize=1)
def _session() -> TimedSession:
    return build_session()


def mango_biz() -> MangoBizClient:
    """A client that speaks as the store in scope. Costs a query: ask for one when it is really needed."""
    store = current_store()
    breaker = Breaker(f"mango-biz:{store.id}")
    return MangoBizClient(Wire(_session(), settings.MANGO_BIZ_URL, find_api_key(store.id), breaker))
