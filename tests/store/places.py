"""Somewhere else to run our code: its own database and provider, processes that can be killed."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.faults.processes import ROOT, Kin, find_children


@dataclass
class Place:
    """An environment and the processes started in it; `close` ends them."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    hands: list["Hand"] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        settings = {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "ENV_FILE": str(ROOT / "tests" / "test.env"),
            "DATABASE_URL": f"sqlite:///{self.folder / 'store.sqlite3'}",
            "ELSEWHERE": str(self.folder),
        }
        return os.environ | settings | self.variables

    def migrate(self) -> None:
        command = [sys.executable, "manage.py", "migrate", "-v0"]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True, timeout=240)

    def hire(self, **variables: str) -> "Hand":
        """One more process, ready to be told what to do."""
        hand = Hand(self.environment | variables, self.folder / "elsewhere.log")
        self.hands.append(hand)
        assert hand.read_line() == "ready"
        return hand

    @cached_property
    def _helper(self) -> "Hand":
        return self.hire()

    def ask(self, what: str, **values: Any) -> Any:
        """Have it done by a process that is kept for it."""
        return self._helper.tell(what, **values).answer()

    def close(self) -> None:
        for hand in self.hands:
            hand.kill()


class Hand:
    """One process of tests.store.elsewhere."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.log = log
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.store.elsewhere"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def tell(self, what: str, **values: Any) -> "Hand":
        """Does not wait for the answer."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps([what, values]) + "\n")
        self.process.stdin.flush()
        return self

    def answer(self) -> Any:
        return json.loads(self.read_line())

    def read_line(self) -> str:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, self.log.read_text()[-3000:]
        return line.strip()

    def kill(self) -> None:
        """kill -9, what it has forked too."""
        children: set[Kin] = set() if self.process.poll() is not None else {*find_children(self.process.pid)}
        self.process.kill()
        self.process.wait()
        for child in children:
            child.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()
