"""manage.py check_alerts: look for troubles that show by nothing happening. Also run by the schedule."""

from typing import Any

from django.core.management.base import BaseCommand

from analytics.models import Alert
from analytics.services import check_emails
from catalog.services import check_sync


class Command(BaseCommand):
    help = "Raise and clear alerts by looking at the rows: old data, e-mails that failed."

    def handle(self, *args: Any, **options: Any) -> None:
        check_sync()
        check_emails()
        alerts = Alert.objects.filter(cleared_at=None).select_related("store")
        for alert in alerts:
            about = f" ({alert.store.slug})" if alert.store else ""
            self.stdout.write(f"{alert.last_at:%Y-%m-%d %H:%M} {alert}{about}: {alert.detail}")
        if not alerts:
            self.stdout.write("No open alerts.")
