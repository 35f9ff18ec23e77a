"""`fitness-ops report`."""

# Typer reads these annotations at run time, so they are not postponed.
from typing import Annotated

import typer

from dlt_local.cli.quality_report import FailUnder, Layout, OutFile, ReportLayout, UpdateId, put_out
from workspace_ops.commands.options import Debug, Host, PipelineName, Profile

Warehouse = Annotated[
    str | None, typer.Option(metavar="ID", help="Read the published event log by this SQL warehouse.")
]
EventLog = Annotated[
    str | None, typer.Option(metavar="CATALOG.SCHEMA.TABLE", help="The published event log; with --warehouse.")
]


def report(  # noqa: PLR0913 - one parameter per option
    pipeline: PipelineName,
    *,
    update: UpdateId = "latest",
    layout: Layout = ReportLayout.TABLE,
    out: OutFile = None,
    fail_under: FailUnder = None,
    warehouse: Warehouse = None,
    event_log: EventLog = None,
    profile: Profile = None,
    host: Host = None,
    _debug: Debug = False,
) -> None:
    """Judge the data of an update by the expectations in the pipeline's event log.

    REST keeps events for a limited time; --warehouse and --event-log read the published table, which keeps them all.

    Ends with 0 if all is good, 1 if the update, a flow or an expect_or_fail failed or a rule is passed by less than
    --fail-under, and 2 if that could not be found out.
    """
    if (warehouse is None) != (event_log is None):
        raise typer.BadParameter("the two are given together", param_hint="--warehouse, --event-log")

    from workspace_ops.connection import Connection
    from workspace_ops.pipelines import find_pipeline
    from workspace_ops.rest_report import rest_report
    from workspace_ops.table_report import table_report

    with Connection(profile, host).open() as client:
        if warehouse is not None and event_log is not None:
            quality = table_report(client, warehouse, event_log, update, fail_under)
        else:
            quality = rest_report(client, find_pipeline(client, pipeline), update, fail_under)
    put_out(quality, layout, out)
