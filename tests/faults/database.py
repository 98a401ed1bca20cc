"""The database of a deployment under test: PostgreSQL where its server is installed, SQLite else."""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

from tests.faults.processes import Process, accepts, find_free_port

USER = "mango"
INITDB = ["-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
# What is written survives every kill all the same: only a power cut could lose it.
CAREFREE = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=128MB"]


def find_postgres() -> Path | None:
    """The folder of the newest server's programs."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))
    found = [folder for folder in folders if (folder / "initdb").exists()]
    return found[-1] if found else None


def prepare_postgres(folder: Path, log: Path) -> tuple[Process, str]:
    """A cluster of its own in `folder`, ready to be started, and its DATABASE_URL."""
    programs = find_postgres()
    assert programs
    user = _choose_user()
    folder.mkdir()
    if user:  # the server refuses to run as root
        shutil.chown(folder, user)
    data = folder / "data"
    subprocess.run(
        [str(programs / "initdb"), "-D", str(data), *INITDB],
        check=True,
        stdout=subprocess.DEVNULL,
        user=user,
        env={"PATH": os.environ["PATH"]},
        cwd=folder,
    )
    port = find_free_port()
    options = [part for option in CAREFREE for part in ("-c", option)]
    command = [str(programs / "postgres"), "-D", str(data), "-h", "127.0.0.1", "-p", str(port), "-k", ""]
    server = Process(
        "postgres",
        [*command, *options],
        {"PATH": os.environ["PATH"]},
        log,
        ready=lambda: accepts(port) and _is_ready(programs, port),
        user=user,
        stop_signal=signal.SIGINT,
    )
    return server, f"postgres://{USER}@127.0.0.1:{port}/postgres"


def _is_ready(programs: Path, port: int) -> bool:
    asked = [
        str(programs / "pg_isready"),
        "-q",
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
        "-U",
        USER,
        "-d",
        "postgres",
    ]
    return subprocess.run(asked, check=False).returncode == 0


def _choose_user() -> str | None:
    """None for this one; as root somebody without rights."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    chosen = next((name for name in ("postgres", "nobody") if name in names), None)
    assert chosen, f"{getpass.getuser()} may not run PostgreSQL, and there is nobody else."
    return chosen
