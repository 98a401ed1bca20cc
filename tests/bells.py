"""What a worker was rung for, without a broker."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from config import bell


@contextmanager
def hear_rings() -> Iterator[set[str]]:
    """The tasks that are rung for inside. The bell's own thread, which speaks with the broker, stays away.

    One that an earlier test started waits at the old condition and takes from the old set.
    """
    with pytest.MonkeyPatch.context() as patch:  # not the test's own, which it may undo
        patch.setattr(bell, "_start_thread", lambda: None)
        patch.setattr(bell, "_rung", threading.Condition())
        patch.setattr(bell, "_wanted", set[str]())
        yield bell._wanted
