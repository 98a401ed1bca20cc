"""manage.py compare_books: our payments and orders with Stripe and Mango Biz, now."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from payments import services
from store.models import Store
from store.tenancy import store_scope


class Command(BaseCommand):
    help = "Say where payments, Stripe and Mango Biz differ, and raise alerts. Exit code 1 where they do."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--store", metavar="SLUG", help="this store only")

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["store"]
        stores = Store.objects.filter(slug=slug) if slug else Store.objects.order_by("slug")
        if slug and not stores.exists():
            raise CommandError(f"There is no store {slug!r}.")
        are_right = [self._compare(store) for store in stores]  # each is told of, also after one that is not
        if not all(are_right):
            sys.exit(1)

    def _compare(self, store: Store) -> bool:
        with store_scope(store.as_info()):
            report = services.compare_books()
        for subject, details in sorted(report.differences.items()):
            self.stdout.write(f"{store.slug} {subject}: {'; '.join(details)}")
        for reason in report.unanswered:
            self.stderr.write(f"{store.slug}: not asked to the end: {reason}")
        is_right = not report.differences and not report.unanswered
        if is_right:
            self.stdout.write(f"{store.slug}: {report.compared} payments compared, nothing differs.")
        return is_right
