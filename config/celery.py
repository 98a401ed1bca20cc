"""The Celery app. Tasks are doors (docs/adr): ids in, the store's scope reopened, a service called."""

import os
from contextlib import suppress
from pathlib import Path

from celery import Celery
from celery.signals import celeryd_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("mango")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# How far background work steps back for pages and webhooks where both share a machine.
NICENESS = 10


@celeryd_init.connect
def _step_back(**_: object) -> None:
    """Once, in the main process: those it forks inherit it."""
    os.nice(NICENESS)
    # Linux weighs sessions against each other, and niceness counts inside one only (sched(7), autogroup).
    if os.getsid(0) == os.getpid():
        with suppress(OSError):  # switched off, or another system
            Path("/proc/self/autogroup").write_text(str(NICENESS))
