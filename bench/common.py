"""What the benchmarks share: a deployment of real processes, and how a list of times is summed up."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from tests.faults.processes import Process, find_children
from tests.faults.stack import Stack


@contextmanager
def running_stack(console: Console) -> Iterator[Stack]:
    """The deployment of the fault tests (tests/faults/stack.py)."""
    stack = Stack(workers_count=2)
    try:
        stack.start(console.print)
        yield stack
    finally:
        stack.stop()


def percentile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def cpu_seconds(process: Process) -> float:
    """User and system time so far, of it and its children: what work costs however busy the machine is."""
    ticks = 0
    for pid in (process.pid, *(kin.pid for kin in find_children(process.pid))):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
