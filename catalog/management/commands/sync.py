"""manage.py sync: bring the stores' copies of Mango Biz up to date now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.services import sync_store
from store.queries import published_stores
from store.tenancy import StoreInfo, store_scope


class Command(BaseCommand):
    help = "Bring the stores' copies of Mango Biz's data up to date."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--store", metavar="SLUG", help="this store only")
        parser.add_argument("--full", action="store_true", help="ask for everything, changed or not")

    def handle(self, *args: Any, **options: Any) -> None:
        stores = [store for store in published_stores() if options["store"] in {None, store.slug}]
        if not stores:
            raise CommandError("There is no such published store.")
        broken = [
            store.slug
            for number, store in enumerate(stores, start=1)
            if not self._sync(store, f"[{number}/{len(stores)}] {store.slug}", is_full=options["full"])
        ]
        if broken:
            raise CommandError(f"Not all of it: {', '.join(broken)}.")

    def _sync(self, store: StoreInfo, label: str, *, is_full: bool) -> bool:
        try:
            with store_scope(store):
                report = sync_store(is_full=is_full)
        except Exception as error:  # noqa: BLE001 (one store's trouble does not hold up the others)
            self.stderr.write(f"{label}: {type(error).__name__}: {error}")
            return False
        counts = f"{len(report.changed)} changed, {len(report.unchanged)} as before"
        failed = f", failed: {', '.join(report.failed)}" if report.failed else ""
        self.stdout.write(f"{label}: {counts}{failed}")
        return not report.failed
