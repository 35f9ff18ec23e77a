"""The commands of `dlt-local`."""

from __future__ import annotations

import typer

from dlt_local.cli.dashboards import dashboard
from dlt_local.cli.failures import CommandGroup
from dlt_local.cli.inspect_commands import events, show, support
from dlt_local.cli.pipeline_commands import graph, run, validate
from dlt_local.cli.quality_report import report

app = typer.Typer(
    cls=CommandGroup,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # usage errors as one plain line, and help without loading rich
    help="Run Databricks declarative pipelines, unmodified, on this machine.",
)
app.command()(run)
app.command()(validate)
app.command("dry-run", help="validate, as open-source spark-pipelines spells it.")(validate)
app.command()(graph)
app.command()(show)
app.command()(events)
app.command()(report)
app.command()(dashboard)
app.command()(support)
