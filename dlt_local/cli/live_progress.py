"""The display of a running update on a terminal."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from dlt_local.cli.event_lines import event_line

if TYPE_CHECKING:
    from types import TracebackType

    from dlt_local.event_log import Event

_DONE = frozenset({"COMPLETED", "FAILED", "SKIPPED", "STOPPED", "EXCLUDED", "IDLE"})
_TROUBLE = frozenset({"FAILED", "SKIPPED"})
_STYLES = {"ERROR": "red", "WARN": "yellow"}


class LiveProgress:
    """One moving line with the update's state, its flows by status and the time; trouble is printed above it."""

    def __init__(self, console: Console | None = None) -> None:
        self._flows: dict[str, str] = {}
        self._rates: dict[str, str] = {}
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[flows]}"),
            TimeElapsedColumn(),
            console=console or Console(),
            transient=True,
            refresh_per_second=4,  # the cores belong to Spark
        )
        self._task = self._progress.add_task("Starting Spark", total=None, flows="")

    def __enter__(self) -> Self:
        """Start the display."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the moving line."""
        self._progress.stop()

    def show(self, event: Event) -> None:
        """Take in one event."""
        if event.event_type == "update_progress":
            self._progress.update(self._task, description=str(event.details["update_progress"]["state"]))
            self._print(event)
            return
        if event.event_type != "flow_progress":
            self._print(event)
            return
        name = str(event.origin.get("flow_name"))
        rates = event.details["flow_progress"].get("streaming_metrics")
        if rates is not None:
            self._rates[name] = _rate_text(name, **rates)
            self._progress.update(self._task, flows=", ".join(self._rates.values()))
            return
        status = str(event.details["flow_progress"]["status"])
        self._flows[name] = status
        if status in _TROUBLE or event.level == "WARN":
            self._print(event)
        counts = Counter(self._flows.values())
        self._progress.update(
            self._task,
            total=len(self._flows),
            completed=sum(counts[done] for done in _DONE),
            flows=", ".join(f"{count} {name.lower()}" for name, count in sorted(counts.items())),
        )

    def _print(self, event: Event) -> None:
        self._progress.console.print(Text(event_line(event), style=_STYLES.get(event.level, "")))


def _rate_text(flow: str, input_rows_per_second: float, backlog_records: int | None) -> str:
    behind = "" if backlog_records is None else f" ({backlog_records:,} behind)"
    return f"{flow} {input_rows_per_second:,.0f}/s{behind}"
