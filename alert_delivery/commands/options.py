"""Options that several commands share."""

# Typer reads these annotations at run time, so they are not postponed.
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dlt_local.cli.failures import show_traceback

DEFAULT_OUTBOX = Path(".fitness_alerts/outbox.db")

OutboxFile = Annotated[Path, typer.Option("--outbox", help="File of what is to be delivered, and of what was.")]
Debug = Annotated[
    bool, typer.Option("--debug", envvar="DLT_LOCAL_DEBUG", callback=show_traceback, help="Show tracebacks of errors.")
]


class LineLayout(StrEnum):
    """How lines are written."""

    TABLE = "table"
    JSON = "json"


Layout = Annotated[LineLayout, typer.Option("--format", help="Lines of text, or a JSON object each.")]


def utc(epoch_s: float) -> str:
    """ISO 8601 to the millisecond."""
    return datetime.fromtimestamp(epoch_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
