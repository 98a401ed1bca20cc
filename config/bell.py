"""Telling a worker at once that there is something to do; the sweeps of beat find it anyway.

    ring("webhooks.tasks.process_inbox")     # after the commit of the row

Never waits: a thread of its own speaks with the broker, so a broker that is down or hangs costs its caller
nothing, and a thousand rings within a moment are one message.
"""

import os
import threading
import time

import structlog
from celery import current_app

log = structlog.get_logger(__name__)

# Rings within this time are one: enough to spare the broker, too short to be noticed.
GATHER_SECONDS = 0.02
# A broker that did not answer is left alone for this long; meanwhile the sweeps do the work.
REST_SECONDS = 5.0

_wanted: set[str] = set()
_rung = threading.Condition()
_thread: threading.Thread | None = None


def ring(task: str) -> None:
    """Ask for one run of this task soon. Safe to call from anywhere, as often as one likes."""
    with _rung:
        _wanted.add(task)
        _start_thread()
        _rung.notify()


def _start_thread() -> None:
    global _thread  # noqa: PLW0603 (one bell a process)
    if _thread is None:
        _thread = threading.Thread(target=_run, name="bell", daemon=True)
        _thread.start()


def _begin_afresh() -> None:
    """A forked child has neither its parent's thread nor anybody to release a lock held at that moment."""
    global _rung, _thread
    _rung, _thread = threading.Condition(), None
    _wanted.clear()


os.register_at_fork(after_in_child=_begin_afresh)


def _run() -> None:
    while True:
        with _rung:
            while not _wanted:
                _rung.wait()
        time.sleep(GATHER_SECONDS)
        with _rung:
            tasks = sorted(_wanted)
            _wanted.clear()
        for task in tasks:
            if not _send(task):
                time.sleep(REST_SECONDS)
                break


def _send(task: str) -> bool:
    try:
        current_app.send_task(task, retry=False, ignore_result=True)
    except Exception as error:  # noqa: BLE001 (whatever a broker's driver raises: the thread must go on)
        log.warning("bell_not_heard", task=task, error=type(error).__name__)
        return False
    return True
