"""Use cases of the catalogue: speaking with Mango Biz as a store, and keeping its copies up to date."""

from catalog.services.catching_up import catch_up, expire
from catalog.services.freshening import freshen
from catalog.services.speaking import mango_biz
from catalog.services.syncing import SyncReport, check_sync, may_sync, sync_store

__all__ = ["SyncReport", "catch_up", "check_sync", "expire", "freshen", "mango_biz", "may_sync", "sync_store"]
