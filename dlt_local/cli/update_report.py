"""What `run` prints: progress while the update runs, then phases and failures."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from itertools import pairwise
from typing import TYPE_CHECKING, Self

import typer

from dlt_local.cli.event_lines import event_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from dlt_local.event_log import Event
    from dlt_local.update import UpdateResult

_PRINTED = frozenset({"update_progress", "flow_progress"})


def _print_line(event: Event) -> None:
    typer.echo(event_line(event))


class UpdateReport:
    """Listens to the events of one update; a moving display on a terminal, a line per event elsewhere."""

    def __init__(self) -> None:
        self._states: list[Event] = []
        self._show: Callable[[Event], None] | None = _print_line
        self._display = ExitStack()

    def __enter__(self) -> Self:
        """Start the display."""
        if sys.stdout.isatty():
            from dlt_local.cli.live_progress import LiveProgress

            self._show = self._display.enter_context(LiveProgress()).show
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the terminal as it was."""
        self._display.close()

    def on_event(self, event: Event) -> None:
        """Show one event; a reader who went away (`run | head`) must not stop the update."""
        if event.event_type == "update_progress":
            self._states.append(event)
        if self._show and (event.event_type in _PRINTED or event.level == "WARN"):
            try:
                self._show(event)
            except BrokenPipeError:
                self._show = None

    def conclude(self, result: UpdateResult) -> None:
        """Print the time that each phase took, what failed and, as one line on standard error, why."""
        errors = [" ".join(message.split()) for message in result.errors]
        if self._show:
            self._print_phases()
            if len(errors) > 1:
                typer.echo("\n".join(["", "FAILED", *errors]))
        if errors:
            others = f" (and {len(errors) - 1} more, listed above)" if len(errors) > 1 else ""
            typer.echo(f"Error: {errors[0]}{others}", err=True)

    def _print_phases(self) -> None:
        phases = self.phase_seconds()
        if phases:
            width = max(len(phase) for phase in phases)
            typer.echo(f"\n{'PHASE':<{width}}  DURATION")
            for phase, seconds in phases.items():
                typer.echo(f"{phase:<{width}}  {seconds:.1f} s")

    def phase_seconds(self) -> dict[str, float]:
        """Seconds from each state of the update to the next; the last state has no duration."""
        return {
            str(before.details["update_progress"]["state"]): (after.timestamp - before.timestamp).total_seconds()
            for before, after in pairwise(self._states)
        }
