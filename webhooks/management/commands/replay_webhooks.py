"""manage.py replay_webhooks: once more, by filter."""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from store.models import Store
from webhooks import services
from webhooks.models import InboxEvent

State = InboxEvent.State


class Command(BaseCommand):
    help = "Process webhooks again, as if they had just come. Says how many; without a filter it wants --all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--store", metavar="SLUG", help="of this store only")
        parser.add_argument("--state", choices=State.values, help="in this state only, such as dead")
        parser.add_argument("--kind", help="of this kind only, such as services.updated")
        parser.add_argument("--since", type=_read_instant, metavar="ISO", help="received at or after (UTC)")
        parser.add_argument("--until", type=_read_instant, metavar="ISO", help="received before (UTC)")
        parser.add_argument("--id", nargs="+", metavar="ID", help="with these webhook-ids only")
        parser.add_argument("--all", action="store_true", help="whatever the filters leave; all without any")
        parser.add_argument("--dry-run", action="store_true", help="say how many, and leave it at that")

    def handle(self, *args: Any, **options: Any) -> None:
        filters = self._read_filters(options)
        if not filters and not options["all"]:
            raise CommandError("Say which: --store, --state, --kind, --since, --until, --id, or --all.")
        events: QuerySet[InboxEvent] = InboxEvent.across_stores.filter(**filters)
        if options["dry_run"]:
            self.stdout.write(f"{_count(events.count())} would be processed again.")
            return
        self.stdout.write(f"{_count(services.replay(events))} will be processed again.")

    def _read_filters(self, options: dict[str, Any]) -> dict[str, Any]:
        slug = options["store"]
        if slug and not Store.objects.filter(slug=slug).exists():
            raise CommandError(f"There is no store {slug!r}.")
        filters = {
            "store__slug": slug,
            "state": options["state"],
            "kind": options["kind"],
            "received_at__gte": options["since"],
            "received_at__lt": options["until"],
            "event_id__in": options["id"],
        }
        return {name: value for name, value in filters.items() if value is not None}


def _read_instant(text: str) -> datetime:
    """Without an offset it is UTC. Raises ValueError, which argparse tells of."""
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _count(number: int) -> str:
    return f"{number} webhook{'' if number == 1 else 's'}"
