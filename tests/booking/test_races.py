"""Two at once: real processes against one SQLite file and one sandbox, fifty times over."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.booking.helpers import Control
from tests.conftest import Salon
from tests.sandbox_process import SandboxProcess

ROOT = Path(__file__).parents[2]
ROUNDS = 50
SETUP = """
import django; django.setup()
from store.services import create_store
import uuid
tenant = uuid.UUID({tenant!r})
create_store(slug={slug!r}, name={name!r}, tenant_id=tenant, api_key={key!r}, webhook_secrets=["x"])
"""


@pytest.fixture
def run(tmp_path: Path, reset_sandbox: SandboxProcess) -> Callable[..., str]:
    """Run Python with the tests' settings, a database file of its own and the sandbox."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "ENV_FILE": str(ROOT / "tests/test.env"),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'race.sqlite3'}",
        "MANGO_BIZ_URL": f"{reset_sandbox.url}/biz-api/v1",
        "DRAFTS_PER_VISITOR": "1000",
        "LOG_LEVEL": "ERROR",
    }

    def python(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            check=False,
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    return python


def test_one_slot_goes_to_one_visitor(
    run: Callable[..., str], salons: dict[str, Salon], reset_sandbox: SandboxProcess
) -> None:
    salon = salons["luna-hair"]
    run("manage.py", "migrate", "-v0")
    run("-c", SETUP.format(slug=salon.slug, name=salon.name, tenant=str(salon.tenant_id), key=salon.api_key))
    result = json.loads(run("-m", "tests.booking.race", salon.slug, str(ROUNDS)).splitlines()[-1])
    assert len(result["slots"]) == ROUNDS
    for number in range(ROUNDS):
        answers = [answer for answer in result["answers"] if answer[0] == number]
        assert sorted(answer[1] for answer in answers) == [201, 409], answers
        assert [answer[2] for answer in answers] == [201, 201], answers
        assert len({answer[3] for answer in answers}) == 1, answers
    bookings = Control(reset_sandbox, salon.slug).bookings()
    assert len(bookings) == ROUNDS
    assert len({(booking["startTime"], booking["staffId"]) for booking in bookings}) == ROUNDS
