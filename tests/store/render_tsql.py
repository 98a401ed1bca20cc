"""Prints our migrations as T-SQL, without a server: `sqlmigrate` would need one.

Run with DATABASE_URL=mssql://...; a process of its own, because the backend is chosen when settings are read.
"""

import sys

import django
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState


def main(apps: list[str]) -> None:
    """After each `-- app.name` line the statements of that migration."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    plan = dict.fromkeys(
        node for leaf in loader.graph.leaf_nodes() for node in loader.graph.forwards_plan(leaf)
    )
    state = ProjectState()
    for node in plan:
        migration = loader.graph.nodes[node]
        if node[0] not in apps:
            state = migration.mutate_state(state, preserve=False)
            continue
        print("-- " + ".".join(node))
        with connection.schema_editor(collect_sql=True, atomic=False) as editor:
            # What is to be dropped is looked up on the server: those statements are left out.
            editor._db_table_constraint_names = lambda *_args, **_kwargs: []
            editor.remove_field = lambda *_args: None
            state = migration.apply(state, editor, collect_sql=True)
        print("\n".join(line for line in editor.collected_sql if not line.startswith("--")))


if __name__ == "__main__":
    django.setup()
    main(sys.argv[1:])
