"""Starts the sandbox as its users do: a process of its own, reached over HTTP."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 30


@dataclass
class SandboxProcess:
    """A running sandbox; `url` has no slash at its end."""

    url: str
    process: subprocess.Popen[str]

    @property
    def pid(self) -> int:
        return self.process.pid

    def stop(self) -> None:
        """Ask first, then insist; only this very process."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
        if self.process.stdout:
            self.process.stdout.close()


def start_sandbox(
    data_dir: Path | str,
    *,
    port: int = 0,
    webhook_target_template: str | None = None,
    appointments: bool = True,
    rate_limits: bool = True,
    retry_scale: float = 1.0,
) -> SandboxProcess:
    """Start and wait until it answers; port 0 takes a free one.

    `appointments=False` starts with empty calendars, `rate_limits=False` lets the AI Service answer however
    often it is asked, `retry_scale` is a factor on the pauses between webhook retries.
    """
    arguments = [sys.executable, "-m", "sandbox", "--port", str(port), "--data-dir", str(data_dir)]
    arguments += ["--retry-scale", str(retry_scale)]
    arguments += [] if appointments else ["--empty-calendar"]
    arguments += [] if rate_limits else ["--no-rate-limits"]
    if webhook_target_template:
        arguments += ["--webhook-target-template", webhook_target_template]
    log = Path(data_dir) / "sandbox.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as errors:
        process = subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True)
    sandbox = SandboxProcess(_read_url(process, log), process)
    _wait_until_answering(sandbox, log)
    return sandbox


def _read_url(process: subprocess.Popen[str], log: Path) -> str:
    """The sandbox prints `Sandbox on http://127.0.0.1:PORT` first of all."""
    assert process.stdout
    watchdog = threading.Timer(START_SECONDS, process.kill)
    watchdog.start()
    line = process.stdout.readline()
    watchdog.cancel()
    if not line.startswith("Sandbox on "):
        raise RuntimeError(f"The sandbox did not start: {log.read_text()[-2000:]}")
    return line.removeprefix("Sandbox on ").strip()


def _wait_until_answering(sandbox: SandboxProcess, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and sandbox.process.poll() is None:
        try:
            with urllib.request.urlopen(f"{sandbox.url}/sandbox/settings.json", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    sandbox.stop()
    raise RuntimeError(f"The sandbox does not answer: {log.read_text()[-2000:]}")
