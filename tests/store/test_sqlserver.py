"""The initial migrations as T-SQL, rendered without a server (they are create-only)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

RENDER = """
import django
django.setup()
from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader

loader = MigrationLoader(None, ignore_no_migrations=True)
plan = []
for key in loader.graph.leaf_nodes():
    for node in loader.graph.forwards_plan(key):
        if node not in plan:
            plan.append(node)
state = loader.project_state(at_end=False) if False else None
from django.db.migrations.state import ProjectState
state = ProjectState()
for node in plan:
    migration = loader.graph.nodes[node]
    if migration.app_label not in OURS:
        state = migration.mutate_state(state, preserve=False)
        continue
    print("-- " + ".".join(node))
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        state = migration.apply(state, editor, collect_sql=True)
    print("\\n".join(editor.collected_sql))
"""
OURS = ("store", "catalog", "booking")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tsql() -> str:
    """A process of its own: the backend is chosen when the settings are read."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ENV_FILE": str(ROOT / "tests" / "test.env"),
        "DATABASE_URL": "mssql://nobody:nothing@127.0.0.1:1/store?connection_timeout=1&connection_retries=0",
    }
    command = [sys.executable, "-W", "ignore", "-c", f"OURS = {OURS!r}\n{RENDER}"]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.tsql
def test_every_table_of_ours_is_created(tsql: str) -> None:
    from django.apps import apps

    for model in apps.get_models():
        if model._meta.app_label in OURS:
            assert f"CREATE TABLE [{model._meta.db_table}]" in tsql, model


@pytest.mark.tsql
def test_what_the_columns_become(tsql: str) -> None:
    assert "[api_key] varbinary(max) NOT NULL" in tsql
    assert "[due_at] datetimeoffset NOT NULL" in tsql
    # Unique over a nullable column allows one NULL only, unless the constraint has a condition.
    assert "WHERE [is_primary] = 1" in tsql.replace("(", "").replace(")", "")


@pytest.mark.tsql
def test_initial_migrations_only_create(tsql: str) -> None:
    first = tsql.split("-- ")
    initial = "\n".join(
        part for part in first if part.splitlines() and part.splitlines()[0].endswith("0001_initial")
    )
    assert initial
    assert "ALTER COLUMN" not in initial
    assert "DROP" not in initial
