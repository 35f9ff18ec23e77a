"""`fitness-ops report`."""

# Typer reads these annotations at run time, so they are not postponed.
from pathlib import Path
from typing import Annotated

import typer

from dlt_local.cli.quality_report import FailUnder, Layout, OutFile, ReportLayout, UpdateId, put_out
from workspace_ops.commands.options import Debug, Host, Profile

Warehouse = Annotated[
    str | None, typer.Option(metavar="ID", help="Read the published event log by this SQL warehouse.")
]
EventLog = Annotated[
    str | None, typer.Option(metavar="CATALOG.SCHEMA.TABLE", help="The published event log; with --warehouse.")
]
OpsSchema = Annotated[
    str | None,
    typer.Option(metavar="CATALOG.SCHEMA", help="Schema of dq_dataset_checks and dq_failed_samples; with --warehouse."),
]
Rules = Annotated[Path | None, typer.Option("--rules", metavar="DIR", help="Folder of rule files.")]
OptionalPipeline = Annotated[
    str | None,
    typer.Argument(
        metavar="[PIPELINE]",
        help="Name or id, unless --warehouse and --event-log are given; the prefix '[dev ...] ' may be left out.",
        show_default=False,
    ),
]


def report(  # noqa: PLR0913 - one parameter per option
    pipeline: OptionalPipeline = None,
    *,
    update: UpdateId = "latest",
    layout: Layout = ReportLayout.TABLE,
    out: OutFile = None,
    fail_under: FailUnder = None,
    warehouse: Warehouse = None,
    event_log: EventLog = None,
    ops_schema: OpsSchema = None,
    rules: Rules = None,
    profile: Profile = None,
    host: Host = None,
    _debug: Debug = False,
) -> None:
    """Judge the data of an update by the expectations in the pipeline's event log, and by the objectives of rule files.

    REST keeps events for a limited time. --warehouse and --event-log read the published table of a pipeline instead,
    which keeps them all, so that trends are known too; --ops-schema adds checks of data sets and samples.

    Ends with 0 if all is good or amber, with 1 if the update, a flow, an expect_or_fail or a critical check of a data
    set failed, or if a rule misses a red objective or is passed by less than --fail-under, and with 2 if that could not
    be found out.
    """
    _refuse(pipeline, warehouse, event_log, ops_schema)

    from dlt_local.quality import BesideTheLog, quality_report
    from dlt_local.quality.rule_files import read_rule_files
    from workspace_ops.connection import Connection
    from workspace_ops.ops_tables import OpsTables
    from workspace_ops.pipelines import find_pipeline
    from workspace_ops.rest_report import events_by_rest
    from workspace_ops.table_report import EventLogTable

    book = read_rule_files(rules, relative_to=Path.cwd()) if rules else None
    with Connection(profile, host).open() as client:
        measure = OpsTables(client, warehouse, ops_schema).measured if warehouse and ops_schema else None
        if warehouse and event_log:
            found = EventLogTable(client, warehouse, event_log).events(update)
        else:
            found = events_by_rest(client, find_pipeline(client, str(pipeline)), update)
        remedy = "run the job that makes them" if measure else "give --warehouse, --event-log and --ops-schema"
        beside = BesideTheLog(book, measure, remedy=remedy, not_known=found.not_known)
        quality = quality_report(
            found.events, update=found.update, fail_under=fail_under, causes=found.causes, beside=beside
        )
    put_out(quality, layout, out)


def _refuse(pipeline: str | None, warehouse: str | None, event_log: str | None, ops_schema: str | None) -> None:
    if (warehouse is None) != (event_log is None):
        raise typer.BadParameter("the two are given together", param_hint="--warehouse, --event-log")
    if ops_schema is not None and warehouse is None:
        raise typer.BadParameter("a warehouse reads it; give --warehouse too", param_hint="--ops-schema")
    if pipeline is not None and event_log is not None:
        raise typer.BadParameter("--event-log already says which pipeline; give one of the two", param_hint="PIPELINE")
    if pipeline is None and event_log is None:
        raise typer.BadParameter("name one, or give --warehouse and --event-log", param_hint="PIPELINE")
