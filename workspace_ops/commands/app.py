"""The commands of `fitness-ops`."""

from __future__ import annotations

from dlt_local.cli.failures import command_app
from workspace_ops.commands.doctor import doctor
from workspace_ops.commands.events import events
from workspace_ops.commands.report import report
from workspace_ops.commands.secrets_sync import secrets_sync
from workspace_ops.commands.trigger import trigger

app = command_app("Operate the lakehouse on a Databricks workspace: updates, events, quality, secrets.")
app.command()(trigger)
app.command()(events)
app.command()(report)
app.command()(secrets_sync)
app.command()(doctor)
