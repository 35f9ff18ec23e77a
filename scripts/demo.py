"""`make demo`: runs the whole pipeline from an empty state, day by day, and prints what it made.

A landing folder with dated sub-folders becomes one update a day; any other one is a single update, read in place.
The last update finds nothing new, and must not change the number of rows of any table.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from deltalake import DeltaTable
from rich.console import Console
from rich.table import Table

from dlt_local.errors import PipelineError, StateError
from dlt_local.stores.lock import locked
from dlt_local.stores.state import StateFolder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STATE = Path(".dlt_local")
NOTHING_NEW = "nothing new"
_PARTS_OF_A_STATE = {"landing", "lock", "pipelines", "tables", "trash"}
_LOG_WIDTH = 120
_LAYERS = ("bronze", "silver", "gold", "ops")


@dataclass(frozen=True, slots=True)
class Update:
    """What one run of the pipeline left behind."""

    title: str
    seconds: float
    rows: Mapping[str, int]


def main(landing: Path) -> int:
    """The exit code of the first update that failed; 2 if none could start."""
    try:
        days = arrival_days(landing)
        empty(STATE)
    except PipelineError as error:
        print(error, file=sys.stderr)
        return 2
    arriving = STATE / "landing" if days else landing
    updates: list[Update] = []
    for day in [*(days or [landing]), None]:
        if days and day:
            shutil.copytree(day, arriving, dirs_exist_ok=True)
        title = day.name if day else NOTHING_NEW
        print(f"\n== Update {len(updates) + 1} of {len(days or [landing]) + 1}: {title}", flush=True)
        started = time.monotonic()
        code = run_pipeline(arriving)
        if code:
            return code
        updates.append(Update(title, time.monotonic() - started, row_counts(STATE)))
    print_tables(updates)
    return verdict(updates)


def arrival_days(landing: Path) -> list[Path]:
    """The dated sub-folders, oldest first; none if the feeds lie there directly."""
    if not landing.is_dir():
        raise PipelineError(f"Landing folder '{landing}' does not exist", remedy="Name one: make demo LANDING=dir")
    days = sorted(folder for folder in landing.iterdir() if folder.is_dir() and _is_date(folder.name))
    landed: set[Path] = set()
    for day in days:
        files = {file.relative_to(day) for file in day.rglob("*") if file.is_file()}
        twice = min(landed & files, default=None)
        if twice:
            raise PipelineError(f"{day / twice} would replace the file of that name from an earlier day")
        landed |= files
    return days


def empty(state: Path) -> None:
    """Clears a state folder of ours that nobody is using; anything else is left alone."""
    state.mkdir(exist_ok=True)
    foreign = sorted({entry.name for entry in state.iterdir()} - _PARTS_OF_A_STATE)
    if foreign:
        raise StateError(
            f"'{state}' holds '{foreign[0]}', so it is not only the state of a run, and the demo will not clear it",
            remedy="Move it away.",
        )
    with locked(state):
        for entry in state.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)


def run_pipeline(landing: Path) -> int:
    """One update in a process of its own, as a schedule would start it."""
    command = [sys.executable, "-m", "dlt_local", "run", "--state", str(STATE), "--landing", str(landing)]
    return subprocess.run(command, check=False).returncode


def row_counts(state: Path) -> dict[str, int]:
    """Rows of every table of the state, read without Spark."""
    folder = StateFolder(state)
    names = sorted(folder.tables(), key=lambda name: (_layer(name), name))
    return {name: DeltaTable(folder.table(name).path).count() for name in names}


def print_tables(updates: Sequence[Update]) -> None:
    """One line per table, one column per update."""
    table = Table(title="Rows after each update", title_justify="left")
    table.add_column("table", no_wrap=True)
    for update in updates:
        table.add_column(update.title, justify="right", no_wrap=True)
    for name in updates[-1].rows:
        table.add_row(name.partition(".")[2], *(str(update.rows.get(name, "")) for update in updates))
    table.add_section()
    table.add_row("seconds", *(f"{update.seconds:.1f}" for update in updates))
    print()
    Console(width=None if sys.stdout.isatty() else _LOG_WIDTH).print(table)
    print(f"State: {STATE.resolve()}")
    print("Look at a table: .venv/bin/dlt-local show gold.workout_bpm_summary")


def verdict(updates: Sequence[Update]) -> int:
    """1 if the update without new files changed a table."""
    before, after = updates[-2].rows, updates[-1].rows
    changed = [name for name in after if after[name] != before.get(name)]
    if changed:
        print(f"An update without new files changed {', '.join(changed)}", file=sys.stderr)
    return 1 if changed else 0


def _layer(name: str) -> int:
    schema = name.split(".")[1]
    return _LAYERS.index(schema) if schema in _LAYERS else len(_LAYERS)


def _is_date(name: str) -> bool:
    try:
        date.fromisoformat(name)
    except ValueError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
