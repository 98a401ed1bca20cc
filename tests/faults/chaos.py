"""What happens to a stack while something else goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.faults.stack import Stack

KILL_SECONDS = 2.0


@contextmanager
def every(seconds: float, act: Callable[[int], object]) -> Iterator[list[int]]:
    """Call `act(0)`, `act(1)`, ... so often until the block ends. Yields the numbers so far.

    False from `act` says that it could not, and it is called with the same number again. What it raises is
    raised at the end of the block.
    """
    done: list[int] = []
    problems: list[Exception] = []
    is_over = threading.Event()

    def run() -> None:
        while not is_over.wait(seconds):
            try:
                if act(len(done)) is not False:
                    done.append(len(done))
            except Exception as problem:
                problems.append(problem)
                return

    thread = threading.Thread(target=run, name="chaos", daemon=True)
    thread.start()
    try:
        yield done
    finally:
        is_over.set()
        thread.join()
    if problems:
        raise problems[0]


def killing_workers(stack: Stack) -> Callable[[int], None]:
    """kill -9 one worker's main process after another; every other time its children go with it."""
    return lambda number: stack.restart_worker(number, with_children=number % 2 == 1)
