"""What `fitness-sim play` says while it plays, and at its end."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Self

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from simulator.message import Message, Unplayable

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path
    from types import TracebackType

    from simulator.delivery import Delivery
    from simulator.landing.arrivals import Arrival

_SECONDS_BETWEEN = 0.2


class PlayReport:
    """A progress bar by files on a terminal; in a pipe nothing but lines that cannot be played, and the end."""

    def __init__(self, arrivals: Sequence[Arrival], delivery: Delivery) -> None:
        self.unplayable = 0
        self._arrivals = arrivals
        self._delivery = delivery
        self._seen: set[Path] = set()
        self._next = 0.0
        self._started = time.monotonic()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[messages]} messages"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        files = sum(len(arrival.files) for arrival in arrivals)
        self._task = self._progress.add_task("Starting", total=files, messages=0)

    def __enter__(self) -> Self:
        """Start the display."""
        self._progress.start()
        for file in (file for arrival in self._arrivals for file in arrival.left_out):
            self._say(f"{file.path} is not played: no topic takes the feed '{file.feed}'")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the bar."""
        self._progress.stop()

    def on_line(self, found: Message | Unplayable) -> None:
        """Take in one line."""
        if isinstance(found, Unplayable):
            self.unplayable += 1
            self._say(f"{found.place} cannot be played: it {found.reason}")
        if found.place is not None:
            self._seen.add(found.place.file)
        if not self._progress.disable and (now := time.monotonic()) >= self._next:
            self._next = now + _SECONDS_BETWEEN
            name = found.place.file.name if found.place else ""
            delivered = sum(self._delivery.delivered.values())
            self._progress.update(self._task, description=name, completed=len(self._seen) - 1, messages=delivered)

    def conclude(self, topics: Collection[str] | None) -> None:
        """Say what was delivered, by topic, and what was not."""
        seconds = max(time.monotonic() - self._started, 1e-9)
        delivered = self._delivery.delivered
        for topic in sorted(delivered.keys() | set(topics or ())):
            typer.echo(f"{topic}: {delivered[topic]} messages")
        total = sum(delivered.values())
        typer.echo(f"{total} messages delivered in {seconds:.1f} s ({total / seconds:.0f} a second)")
        for refusal in self._delivery.refused:
            typer.echo(f"{refusal.place} was refused by Kafka for '{refusal.topic}': {refusal.reason}", err=True)
        if self.unplayable:
            typer.echo(f"{self.unplayable} lines could not be played; they are named above", err=True)

    def _say(self, text: str) -> None:
        if self._progress.disable:
            typer.echo(text, err=True)
        else:
            self._progress.console.print(text, markup=False, highlight=False, soft_wrap=True)
