"""A beat that may run twice: every entry goes out once per slot, whoever is first.

`celery -A config beat` uses it through settings. With the database down each beat sends for itself: the
tasks only look for work and may run side by side.
"""

import math
import time
from typing import Any

import structlog
from celery.beat import PersistentScheduler, ScheduleEntry
from django.db import Error as DatabaseTrouble
from django.db import close_old_connections

from store.services import take_slot

log = structlog.get_logger(__name__)

CRONTAB_SECONDS = 60.0  # a crontab's finest grain


class OncePerSlotScheduler(PersistentScheduler):
    def apply_async(self, entry: ScheduleEntry, *args: Any, **kwargs: Any) -> Any:
        if _is_mine(entry):
            return super().apply_async(entry, *args, **kwargs)
        log.debug("slot_taken_by_another_beat", entry=entry.name)
        return None


def _is_mine(entry: ScheduleEntry) -> bool:
    name = str(entry.name)
    interval = getattr(entry.schedule, "run_every", None)
    seconds = interval.total_seconds() if interval else CRONTAB_SECONDS
    close_old_connections()
    try:
        return take_slot(name=name, slot=math.floor(time.time() / seconds))
    except DatabaseTrouble as error:
        log.warning("slot_not_taken", entry=name, error=type(error).__name__)
        return True
