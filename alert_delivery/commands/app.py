"""The commands of `fitness-alerts`."""

from __future__ import annotations

import typer

from alert_delivery.commands.deliver import deliver
from alert_delivery.commands.look import dead_letters, log
from dlt_local.cli.failures import CommandGroup

app = typer.Typer(
    cls=CommandGroup,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Deliver health alerts from a Kafka topic to a webhook.",
)
app.command()(deliver)
app.command()(log)
app.command()(dead_letters)
