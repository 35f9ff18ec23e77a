"""The commands of `fitness-sim`."""

from __future__ import annotations

import typer

from dlt_local.cli.failures import CommandGroup
from simulator.commands.live import live
from simulator.commands.play import play
from simulator.commands.store import store
from simulator.commands.tail import tail

app = typer.Typer(
    cls=CommandGroup,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Send the messages of a fitness world to Kafka, and show what arrives there; fill a database.",
)
app.command()(play)
app.command()(live)
app.command()(store)
app.command()(tail)
