"""What the runtime implements, read from the code that implements it."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from dlt_local.api.datasets import RECORDED_ARGUMENTS
from dlt_local.api.modules import API
from dlt_local.autoloader import options
from dlt_local.dbutils.files import FileSystem
from dlt_local.dbutils.secrets import Secrets
from dlt_local.dbutils.widgets import Widgets
from dlt_local.kafka.options import DATABRICKS_OPTIONS, SERVERS, SINK_OPTIONS, SOURCE_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator


class Treatment(StrEnum):
    """What happens to something that a pipeline uses."""

    SERVED = "served"
    RECORDED = "checked, no local effect"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class SupportRow:
    """One name that pipelines may use."""

    area: str
    name: str
    treatment: Treatment
    note: str = ""


REFUSED_ARGUMENTS = {
    "full_refresh": "of a table run by itself, outside a pipeline",
    "import_checkpoint": "takes over the checkpoint of another system",
    "path": "tables lie where the catalog puts them",
    "system_sequence_by": "bitemporal tables",
}
_HONOURED = ("refresh_policy", "spark_conf", "table_properties")
_SETTINGS = {
    "pipelines.dropInactiveTables": "tables that the code no longer declares are dropped",
    "pipelines.maxFlowRetryAttempts": "retries of a flow after a transient error; 0 if not set",
    "pipelines.numUpdateRetryAttempts": "retries of an update after transient errors; 0 if not set",
    "pipelines.reset.allowed": "table property; false protects the rows from a full refresh",
    "pipelines.trigger": "RealTime lets update flows of a continuous run send each row at once",
    "pipelines.trigger.interval": "of a continuous run, for the pipeline or in `spark_conf`: 5 seconds if not set",
}
_SETTINGS_WITHOUT_EFFECT = {
    "pipelines.cdc.tombstoneGCThresholdInSeconds": "deleted keys are remembered for ever",
}
_EVENTS = {
    "create_update": "request and cause; names of settings, never their values",
    "dataset_definition": "kind, number of flows, rules; tables that are INACTIVE",
    "deprecation": "older names and the prefix LIVE.",
    "flow_definition": "inputs, output, schema, type",
    "flow_progress": "status; rows, rules and dropped rows per micro-batch",
    "hook_progress": "hooks enabled, failed, disabled",
    "operation_progress": "listings of Auto Loader",
    "planning_information": "COMPLETE_RECOMPUTE or NO_OP per materialized view",
    "runtime_details": "versions",
    "sink_definition": "format and names of options, never their values",
    "stream_progress": "what Structured Streaming says of a micro-batch",
    "update_progress": "states of the update",
    "user_action": "who started it",
}
_EVENTS_ELSEWHERE = ("autoscale", "cluster_resources")
_SPARK_CALLS = {
    "spark.read.table, spark.table": "data sets of the pipeline, tables of other pipelines in the same state folder",
    "spark.readStream.table": "also with readChangeFeed and skipChangeCommits",
    "spark.sql": "reads only, with STREAM(...) around a table for a streaming read",
    "kafka": "format of streaming and batch reads, and of sinks",
}


_SQL = {
    "STREAMING TABLE": "CREATE OR REFRESH, with or without a query; constraints, comment, properties, layout",
    "MATERIALIZED VIEW": "CREATE OR REFRESH; the same, and PRIVATE",
    "TEMPORARY VIEW": "constraints, comment",
    "CREATE FLOW": "AS INSERT INTO [ONCE] ... BY NAME, AS AUTO CDC INTO ...",
    "APPLY CHANGES INTO": "AUTO CDC without a name of its own",
    "SET": "for ${key} in the same file; else the pipeline's configuration",
}


def support_rows() -> Iterator[SupportRow]:
    """Everything, by area."""
    yield from _functions()
    yield from _arguments()
    yield from _rows("Reads", _SPARK_CALLS, Treatment.SERVED)
    yield from _rows("SQL source files", _SQL, Treatment.SERVED)
    yield from _auto_loader()
    yield from _kafka()
    yield from _rows("Settings", _SETTINGS, Treatment.SERVED)
    yield from _rows("Settings", _SETTINGS_WITHOUT_EFFECT, Treatment.RECORDED)
    yield from _utilities()
    yield from _rows("Event log", _EVENTS, Treatment.SERVED)
    for name in _EVENTS_ELSEWHERE:
        yield SupportRow("Event log", name, Treatment.REFUSED, "never written: of Databricks' clusters only")


def markdown() -> Iterator[str]:
    """The rows as a page of documentation."""
    yield "# What is supported"
    yield ""
    yield "Made by `dlt-local support --format markdown` from the code; do not edit."
    yield ""
    yield "*Served* works as on Databricks. *Checked, no local effect* is validated and kept with the definition, and"
    yield "changes no row. *Refused* is an error that names the file and the line."
    area = ""
    for row in support_rows():
        if row.area != area:
            area = row.area
            yield from ("", f"## {area}", "", "| name | treatment | note |", "|---|---|---|")
        yield f"| `{row.name}` | {row.treatment} | {row.note} |"


def _rows(area: str, notes: dict[str, str], treatment: Treatment) -> Iterator[SupportRow]:
    for name, note in notes.items():
        yield SupportRow(area, name, treatment, note)


def _functions() -> Iterator[SupportRow]:
    for name in sorted(API):
        summary = (inspect.getdoc(API[name]) or "").splitlines()[0]
        yield SupportRow("Functions of dlt and pyspark.pipelines", name, Treatment.SERVED, summary)


def _arguments() -> Iterator[SupportRow]:
    takers: dict[str, list[str]] = {}
    old_names = {name for name, function in API.items() if hasattr(function, "__wrapped__")}
    for function in sorted(set(API) - old_names - {"view"}):
        for argument in inspect.signature(API[function]).parameters:
            takers.setdefault(argument, []).append(function)
    for argument in sorted(takers):
        note = f"of {', '.join(takers[argument])}"
        treatment = Treatment.SERVED
        if argument in REFUSED_ARGUMENTS:
            treatment, note = Treatment.REFUSED, f"{REFUSED_ARGUMENTS[argument]}; {note}"
        elif argument in RECORDED_ARGUMENTS:
            treatment = Treatment.SERVED if argument in _HONOURED else Treatment.RECORDED
            note = f"{RECORDED_ARGUMENTS[argument]}; {note}"
        yield SupportRow("Arguments", argument, treatment, note)


def _auto_loader() -> Iterator[SupportRow]:
    treatments = {
        options.Treatment.SERVED: Treatment.SERVED,
        options.Treatment.NO_LOCAL_MEANING: Treatment.RECORDED,
        options.Treatment.REFUSED: Treatment.REFUSED,
    }
    for option in options.OPTIONS:
        note = f"{option.text} ({', '.join(option.formats)})" if option.formats else option.text
        yield SupportRow("Auto Loader", option.name, treatments[option.treatment], note)


def _kafka() -> Iterator[SupportRow]:
    yield SupportRow("Kafka", SERVERS, Treatment.SERVED, "required; and other settings of Kafka's own client")
    for name in SOURCE_OPTIONS:
        note = "of reads and of sinks" if name in SINK_OPTIONS else "of reads"
        yield SupportRow("Kafka", name, Treatment.SERVED, note)
    for name in SINK_OPTIONS:
        if name not in SOURCE_OPTIONS:
            yield SupportRow("Kafka", name, Treatment.SERVED, "of sinks")
    for name in DATABRICKS_OPTIONS:
        yield SupportRow("Kafka", name, Treatment.REFUSED, "credentials of a Databricks workspace")


def _utilities() -> Iterator[SupportRow]:
    for group, owner in (("fs", FileSystem), ("secrets", Secrets), ("widgets", Widgets)):
        for name, function in vars(owner).items():
            if not name.startswith("_"):
                summary = (inspect.getdoc(function) or "").splitlines()[0]
                yield SupportRow("dbutils", f"dbutils.{group}.{name}", Treatment.SERVED, summary)
    yield SupportRow("dbutils", "dbutils.notebook, dbutils.jobs, ...", Treatment.REFUSED, "all other utilities")
