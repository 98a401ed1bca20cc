"""Looks and hands inside a deployment: a process with its environment that answers questions.

    inside = Inside(environment, log)
    inside("count_bookings", slug="luna-hair")   # runs tests.faults.questions.count_bookings there

The test process itself has other settings and another database, so it cannot look for itself.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from tests.faults.processes import ROOT

ANSWER_SECONDS = 240


class Inside:
    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._log = log
        self._lock = threading.Lock()
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.inside"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def __call__(self, question: str, **values: Any) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        with self._lock:
            watchdog = threading.Timer(ANSWER_SECONDS, self._process.kill)
            watchdog.start()
            try:
                self._process.stdin.write(json.dumps([question, values]) + "\n")
                self._process.stdin.flush()
                line = self._process.stdout.readline()
            finally:
                watchdog.cancel()
        if not line:
            raise AssertionError(f"No answer to {question}: {self._log.read_text()[-3000:]}")
        kind, answer = json.loads(line)
        if kind == "error":
            raise AssertionError(f"{question}: {answer}")
        return answer

    def stop(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def main() -> None:
    """Questions by line from stdin; answers by line to what was stdout, everything else to stderr."""
    import traceback

    import django

    answers, sys.stdout = sys.stdout, sys.stderr
    django.setup()
    from django.db import close_old_connections

    from tests.faults import questions

    for line in sys.stdin:
        close_old_connections()
        name, values = json.loads(line)
        try:
            answer = ["answer", getattr(questions, name)(**values)]
        except Exception:
            answer = ["error", traceback.format_exc()[-3000:]]
        answers.write(json.dumps(answer, default=str) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
