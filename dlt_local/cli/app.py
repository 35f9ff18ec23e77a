"""The commands of `dlt-local`."""

from __future__ import annotations

from dlt_local.cli.dashboards import dashboard
from dlt_local.cli.failures import command_app
from dlt_local.cli.inspect_commands import events, show, support
from dlt_local.cli.job import job
from dlt_local.cli.pipeline_commands import graph, run, validate
from dlt_local.cli.quality_report import report
from dlt_local.cli.rules import rules

app = command_app("Run Databricks declarative pipelines, unmodified, on this machine.")
app.command()(run)
app.command()(validate)
app.command("dry-run", help="validate, as open-source spark-pipelines spells it.")(validate)
app.command()(graph)
app.command()(show)
app.command()(events)
app.command()(report)
app.command()(rules)
app.command()(dashboard)
app.command()(job)
app.command()(support)
