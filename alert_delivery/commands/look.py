"""`fitness-alerts log` and `fitness-alerts dead-letters`."""

# Typer reads these annotations at run time, so they are not postponed.
import json
import time
from typing import TYPE_CHECKING, Annotated

import typer

from alert_delivery.commands.options import DEFAULT_OUTBOX, Debug, Layout, LineLayout, OutboxFile, utc
from alert_delivery.outbox import Outbox

if TYPE_CHECKING:
    from alert_delivery.outbox import DeadLetter, LogEntry

Requeue = Annotated[bool, typer.Option("--requeue", help="Try the alerts among them again, whatever their age.")]
Delete = Annotated[bool, typer.Option("--delete", help="Forget them all.")]


def log(*, outbox: OutboxFile = DEFAULT_OUTBOX, layout: Layout = LineLayout.TABLE, _debug: Debug = False) -> None:
    """Show every attempt to deliver an alert, oldest first; no payload."""
    with Outbox(outbox, make=False) as opened:
        for entry in opened.log():
            typer.echo(_entry_json(entry) if layout is LineLayout.JSON else _entry_line(entry))


def dead_letters(
    *,
    outbox: OutboxFile = DEFAULT_OUTBOX,
    layout: Layout = LineLayout.TABLE,
    requeue: Requeue = False,
    delete: Delete = False,
    _debug: Debug = False,
) -> None:
    """Show the messages that were given up, with the reason; no payload."""
    if requeue and delete:
        raise typer.BadParameter("not together with --requeue", param_hint="--delete")
    with Outbox(outbox, make=False) as opened:
        if requeue:
            typer.echo(f"{opened.requeue(time.time())} alerts are to be delivered again")
        elif delete:
            typer.echo(f"{opened.delete_dead_letters()} dead letters deleted")
        else:
            for letter in opened.dead_letters():
                typer.echo(_letter_json(letter) if layout is LineLayout.JSON else _letter_line(letter))


def _entry_line(entry: "LogEntry") -> str:
    took = "" if entry.seconds is None else f"  {entry.seconds:.3f} s"
    detail = f"  {entry.detail}" if entry.detail else ""
    return f"{utc(entry.started_at)}  {entry.outcome:9}  {entry.alert_id}  attempt {entry.attempt}{took}{detail}"


def _entry_json(entry: "LogEntry") -> str:
    fields = {
        "alert_id": entry.alert_id,
        "attempt": entry.attempt,
        "started_at": utc(entry.started_at),
        "seconds": entry.seconds,
        "outcome": entry.outcome,
        "detail": entry.detail,
    }
    return json.dumps(fields)


def _letter_line(letter: "DeadLetter") -> str:
    return f"{utc(letter.died_at)}  {letter.source}  {letter.alert_id or 'no alert'}  {letter.reason}"


def _letter_json(letter: "DeadLetter") -> str:
    fields = {
        "alert_id": letter.alert_id,
        "died_at": utc(letter.died_at),
        "source": letter.source,
        "reason": letter.reason,
    }
    return json.dumps(fields)
