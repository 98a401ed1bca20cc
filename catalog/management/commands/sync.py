"""manage.py sync: bring the stores' copies of Mango Biz up to date now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from catalog.drift import Drift
from catalog.entries import NAMES, Name
from catalog.services import SyncReport, sync_store
from store.queries import published_stores
from store.tenancy import StoreInfo, store_scope


class Command(BaseCommand):
    help = "Bring the stores' copies of Mango Biz's data up to date. Exit code 1 when something failed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--store", metavar="SLUG", help="this store only")
        parser.add_argument("--full", action="store_true", help="ask for everything, changed or not")

    def handle(self, *args: Any, **options: Any) -> None:
        stores = [store for store in published_stores() if options["store"] in {None, store.slug}]
        if not stores:
            raise CommandError("There is no such published store.")
        # What is no terminal gets the lines without the bar.
        is_terminal = self.stdout.isatty()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=Console(), disable=not is_terminal, transient=True) as bar:
            broken = [
                store.slug
                for number, store in enumerate(stores, start=1)
                if not self._sync(store, f"[{number}/{len(stores)}] {store.slug}", bar, options["full"])
            ]
        if broken:
            raise CommandError(f"Not all of it: {', '.join(broken)}.")

    def _sync(self, store: StoreInfo, label: str, bar: Progress, is_full: bool) -> bool:
        step = bar.add_task(label, total=len(NAMES))

        def tell(name: Name, outcome: str) -> None:
            bar.update(step, advance=1, description=f"{label}: {name} {outcome}")

        try:
            with store_scope(store):
                report = sync_store(is_full=is_full, tell=tell)
        except Exception as error:  # noqa: BLE001 (one store's trouble does not hold up the others)
            self.stderr.write(f"{label}: {type(error).__name__}: {error}")
            return False
        finally:
            bar.remove_task(step)
        line = f"{label}: {describe(report)}"
        if bar.disable:
            self.stdout.write(line)
        else:
            bar.console.print(line, markup=False, highlight=False, soft_wrap=True)
        return not report.failed


def describe(report: SyncReport) -> str:
    """In a line: what was done, what failed and why, what no webhook had told."""
    parts = [f"{len(report.changed)} changed, {len(report.unchanged)} as before"]
    if report.failed:
        parts.append(f"failed: {', '.join(report.failed)} ({report.error})")
    if drifts := {name: drift for name, drift in report.drifts.items() if drift}:
        found = ", ".join(f"{name} {_count(drift)}" for name, drift in drifts.items())
        parts.append(f"not told by webhooks: {found}, lag {report.lag_seconds} s")
    return "; ".join(parts)


def _count(drift: Drift) -> str:
    return f"+{drift.added} ~{drift.changed} -{drift.removed}"
