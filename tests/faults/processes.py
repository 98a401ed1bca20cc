"""Real processes that are started, killed -9, frozen and in the end all gone, also after a failure."""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90
STOP_SECONDS = 5


@dataclass(frozen=True)
class Kin:
    """A process by number and start, so that a number used again is never taken for it."""

    pid: int
    started: str

    def kill(self) -> None:
        if _read_stat(self.pid)[1] == self.started:
            _signal(self.pid, signal.SIGKILL)


@dataclass
class Process:
    """One process and its children, in a session of their own. `ready` says whether it answers yet."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    ready: Callable[[], bool] = lambda: True
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    popen: subprocess.Popen[bytes] | None = None
    left_behind: set[Kin] = field(default_factory=set)

    @property
    def pid(self) -> int:
        assert self.popen
        return self.popen.pid

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=self.user,
                group=self.user and _group_of(self.user),
                extra_groups=[] if self.user else None,
            )

    def wait_until_ready(self) -> None:
        wait_until(self._is_up, START_SECONDS, lambda: f"{self.name} to answer:\n{self.tail()}")

    def _is_up(self) -> bool:
        assert self.popen
        if self.popen.poll() is not None:
            raise AssertionError(f"{self.name} has ended:\n{self.tail()}")
        return self.ready()

    def kill_main(self) -> None:
        """kill -9 the main process alone, as the system does when memory is short; its children linger."""
        assert self.popen
        self.left_behind |= set(find_children(self.pid))
        _signal(self.pid, signal.SIGKILL)
        self.popen.wait()

    def kill_all(self) -> None:
        """kill -9 the whole of it, as a container that ends."""
        self.kill_main()
        self.bury()

    def bury(self) -> None:
        """End what earlier kills left behind."""
        while self.left_behind:
            self.left_behind.pop().kill()

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def stop(self) -> None:
        """Ask first, then insist; what it left behind too."""
        if self.popen and self.popen.poll() is None:
            self.left_behind |= set(find_children(self.pid))
            _signal(self.pid, signal.SIGCONT)
            _signal(self.pid, self.stop_signal)
            try:
                self.popen.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill_main()
        self.bury()

    def tail(self, lines: int = 25) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def find_children(pid: int) -> Iterator[Kin]:
    """Its children and theirs, as far as they live now."""
    stats = {int(entry.name): _read_stat(int(entry.name)) for entry in Path("/proc").glob("[0-9]*")}
    parents = [pid]
    while parents:
        parent = parents.pop()
        for child, (its_parent, started) in stats.items():
            if its_parent == parent:
                yield Kin(child, started)
                parents.append(child)


def _read_stat(pid: int) -> tuple[int, str]:
    """(parent, start in clock ticks since boot); zeros for one that is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0, ""
    return int(fields[1]), fields[19]


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _group_of(user: str) -> int:
    return pwd.getpwnam(user).pw_gid


def wait_until(
    condition: Callable[[], object],
    seconds: float,
    what: str | Callable[[], str],
    *,
    between: Callable[[], object] = lambda: None,
    pause: float = 0.05,
) -> None:
    """Look until it holds, doing `between` after each look in vain; AssertionError with `what` in the end."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"Waited {seconds:g} s for {what if isinstance(what, str) else what()}")
        between()
        time.sleep(pause)


def wait_at_most(seconds: float, condition: Callable[[], object]) -> None:
    """Until it holds or the time is over, whichever comes first."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.25)


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
