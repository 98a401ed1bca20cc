"""A store keeps an owner, whoever is quicker."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROUNDS = 15


def test_two_owners_remove_each_other_at_once(tmp_path: Path) -> None:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "ENV_FILE": str(ROOT / "tests/test.env"),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'race.sqlite3'}",
        "LOG_LEVEL": "ERROR",
    }

    def python(*arguments: str) -> str:
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True, timeout=240
        ).stdout

    python("manage.py", "migrate", "-v0")
    result = json.loads(python("-m", "tests.studio.owners_race", str(ROUNDS)).splitlines()[-1])
    assert result["left"] == [1] * ROUNDS
    for number in range(ROUNDS):
        told = sorted(answer for at, answer in result["answers"] if at == number)
        assert told == ["LastOwner", "done"], number
