"""Which day it is at a salon: rows that are counted by day hold it.

The salon's zone is the catalogue's to know, which builds on this app: it says how to find it.
"""

from collections.abc import Callable
from datetime import date, tzinfo
from zoneinfo import ZoneInfo

from django.utils import timezone

_find_zone: list[Callable[[], tzinfo]] = []


def register_zones(find: Callable[[], tzinfo]) -> None:
    """`find` gives the zone of the store in scope and never raises. From AppConfig.ready; the last counts."""
    _find_zone[:] = [find]


def today_at_salon() -> date:
    zone = _find_zone[0]() if _find_zone else ZoneInfo("UTC")
    return timezone.now().astimezone(zone).date()
