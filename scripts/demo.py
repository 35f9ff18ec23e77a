"""`make demo`: runs the whole pipeline from an empty state, day by day, and shows what it made.

A landing folder with dated sub-folders becomes one update a day; any other one is a single update, read in place.
The last update finds nothing new, and must not change the number of rows of any table. Then jobs measure the tables,
and the quality report and the dashboards are written as pages. The exit code says whether all of it ran; that the
story's planted faults break an objective is no failure of the demo.
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
from rich.text import Text

from dlt_local.cli.quality_report import report_in
from dlt_local.errors import PipelineError, StateError
from dlt_local.quality.as_html import html_text
from dlt_local.quality.as_table import print_verdict
from dlt_local.quality.wording import update_line
from dlt_local.stores.lock import locked
from dlt_local.stores.state import StateFolder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STATE = Path(".dlt_local")
NOTHING_NEW = "nothing new"
REPORT = "report.html"
JOB = "lakehouse_orchestration"
QUALITY_TASKS = ("quality_rules", "quality_results", "quality_monitoring", "dataset_checks", "quality_samples")
_PARTS_OF_A_STATE = {"dashboards", "landing", "lock", "pipelines", REPORT, "tables", "trash"}
# A page may say of a widget why it is not shown.
_MADE = (0, 1)
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
    return verdict(updates) or show_pages(arriving)


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
        (state / REPORT).unlink(missing_ok=True)


def run_pipeline(landing: Path) -> int:
    """One update in a process of its own, as a schedule would start it."""
    return dlt_local("run", "--landing", str(landing))


def dlt_local(command: str, *arguments: str) -> int:
    """The exit code of a command on the demo's state."""
    whole = [sys.executable, "-m", "dlt_local", command, *arguments, "--state", str(STATE)]
    return subprocess.run(whole, check=False).returncode


def show_pages(landing: Path) -> int:
    """Measures the tables as the job does, then makes the pages; the exit code of what could not be done."""
    print("\n== Quality of the data", flush=True)
    started = time.monotonic()
    code = dlt_local("job", JOB, *(f"--task={task}" for task in QUALITY_TASKS), "--landing", str(landing))
    if code:
        return code
    measured = time.monotonic()
    print_report(STATE)
    code = dlt_local("dashboard")
    print(f"Measured in {measured - started:.1f} s, pages made in {time.monotonic() - measured:.1f} s")
    return 0 if code in _MADE else code


def print_report(state: Path) -> None:
    """The verdict in words; the page beside it has the rest."""
    report = report_in(state)
    page = state / REPORT
    page.write_text(html_text(report), encoding="utf-8")
    console = Console(width=None if sys.stdout.isatty() else _LOG_WIDTH, highlight=False)
    print()
    console.print(Text(update_line(report.last)))
    print_verdict(console, report.verdict)
    print(f"\nPages to look at:\n{page}", flush=True)


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
