"""The initial migrations as T-SQL, rendered without a server (they are create-only)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps

OURS = ("store", "analytics", "catalog", "payments", "booking", "webhooks")
ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.tsql


@pytest.fixture(scope="module")
def tsql() -> dict[str, str]:
    """Statements by migration, such as "store.0001_initial"."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ENV_FILE": str(ROOT / "tests" / "test.env"),
        "DATABASE_URL": "mssql://nobody:nothing@127.0.0.1:1/store?connection_timeout=1&connection_retries=0",
    }
    command = [sys.executable, "-W", "ignore", "-m", "tests.store.render_tsql", *OURS]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    parts = (part.partition("\n") for part in done.stdout.split("-- ") if part.strip())
    return {name: statements for name, _, statements in parts}


def test_every_table_of_ours_is_created(tsql: dict[str, str]) -> None:
    everything = "".join(tsql.values())
    for model in apps.get_models():
        if model._meta.app_label in OURS:
            assert f"CREATE TABLE [{model._meta.db_table}]" in everything, model


def test_what_the_columns_become(tsql: dict[str, str]) -> None:
    store = tsql["store.0001_initial"]
    assert "[api_key] varbinary(max) NOT NULL" in store
    assert "[due_at] datetimeoffset NOT NULL" in store
    # Unique over a nullable column allows one NULL only, unless the constraint has a condition.
    assert "WHERE [is_primary] = 1" in store


@pytest.mark.parametrize("app", OURS)
def test_initial_migrations_only_create(tsql: dict[str, str], app: str) -> None:
    statements = tsql[f"{app}.0001_initial"]
    assert "CREATE TABLE" in statements
    for word in ("ALTER COLUMN", "DROP ", "sp_rename"):
        assert word not in statements


def test_no_column_has_a_length_nobody_gave(tsql: dict[str, str]) -> None:
    """A field of ours that the backend does not know becomes varbinary(None) without a word."""
    assert "(None)" not in "".join(tsql.values())
