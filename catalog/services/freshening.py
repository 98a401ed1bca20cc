"""Before something is paid: asking Mango Biz now, instead of believing a copy of up to five minutes."""

from collections.abc import Iterable

import structlog

from catalog import kept, renewal
from catalog.entries import Name
from catalog.errors import UpstreamError
from catalog.services.speaking import mango_biz
from store.tenancy import current_store

log = structlog.get_logger(__name__)


def freshen(names: Iterable[Name]) -> bool:
    """Bring these copies of the store in scope up to date, cheaply where nothing changed (ETags).

    False where Mango Biz could not be asked for all of them: then the copies are as old as they were. Not
    inside a transaction, and before the first get_catalog of a request: it waits for HTTP.
    """
    store_id = current_store().id
    try:
        client = mango_biz()
        renewal.check_may_ask(store_id, client)
        for name in names:
            renewal.ask_now(store_id, name, client, kept.find_newest(store_id, name))
    except UpstreamError as error:
        log.warning("catalogue_not_freshened", store=current_store().slug, error=str(error)[:200])
        return False
    return True
