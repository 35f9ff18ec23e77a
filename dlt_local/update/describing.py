"""The events that say what an update is and what its pipeline consists of."""

from __future__ import annotations

import getpass
import os
import platform
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from dlt_local.api.definitions import CdcFlow, Kind, QueryFlow, SnapshotFlow

if TYPE_CHECKING:
    from dlt_local.event_log import EventLog
    from dlt_local.graph.model import Graph, PlannedDataset, PlannedFlow
    from dlt_local.project.spec import PipelineSpec
    from dlt_local.update.request import UpdateRequest

USER_ACTION, RETRY_ON_FAILURE, SCHEMA_CHANGE = "USER_ACTION", "RETRY_ON_FAILURE", "SCHEMA_CHANGE"


def describe_start(log: EventLog, spec: PipelineSpec, request: UpdateRequest, cause: str) -> None:
    """`user_action` if a user asked for it, `create_update` and `runtime_details`."""
    if cause == USER_ACTION:
        action = {"action": "START", "user_name": _user()}
        log.write("user_action", f"User {action['user_name']} started update {log.update_id[:6]}.", action)
    details = {
        "cause": cause,
        # Values of the configuration may be secrets; their names say what can be set.
        "config": {
            "name": spec.name,
            "catalog": spec.catalog,
            "schema": spec.schema,
            "configuration_keys": sorted(spec.configuration),
        },
        "refresh_selection": list(request.refresh),
        "full_refresh_selection": list(request.full_refresh),
        "reset_checkpoint_selection": list(request.reset_checkpoint),
        "full_refresh": request.full_refresh_all,
    }
    log.write("create_update", f"Update {log.update_id[:6]} started by {cause}.", details)
    runtime = {
        "runtime_version": {"dbr_version": None},
        "spark_version": version("pyspark"),
        "delta_version": version("delta-spark"),
        "python_version": platform.python_version(),
    }
    log.write("runtime_details", f"Runs on Apache Spark {version('pyspark')} by dlt_local.", runtime)


def describe_graph(log: EventLog, graph: Graph) -> None:
    """One event per data set, sink and flow, and one per deprecated use of the API."""
    for dataset in graph.datasets.values():
        if dataset.kind is Kind.SINK:
            _describe_sink(log, dataset)
        else:
            _describe_dataset(log, dataset)
        for flow in dataset.flows:
            _describe_flow(log, dataset, flow)
    for message in graph.deprecations:
        log.write("deprecation", message, {"message": message}, level="WARN")


def _describe_dataset(log: EventLog, dataset: PlannedDataset) -> None:
    details = {
        "dataset_type": dataset.kind.value,
        "num_flows": len(dataset.flows),
        "expectations": [
            {
                "name": rule.name,
                "expression": str(rule.predicate),
                "action": rule.action.value,
                "source_file": rule.location.file,
                "source_line": rule.location.line,
            }
            for rule in dataset.declared.expectations
        ],
    }
    origin = {"dataset_name": dataset.name}
    log.write("dataset_definition", f"Dataset '{dataset.name}' defined.", details, origin=origin)


def _describe_sink(log: EventLog, dataset: PlannedDataset) -> None:
    sink = dataset.declared.sink
    if sink is None:
        return
    # Options may hold credentials.
    details = {"format": sink.format, "options": sorted(sink.options)}
    origin = {"sink_name": dataset.name}
    log.write("sink_definition", f"Sink '{dataset.name}' defined.", details, origin=origin)


def _describe_flow(log: EventLog, dataset: PlannedDataset, flow: PlannedFlow) -> None:
    is_sink = dataset.kind is Kind.SINK
    conf = getattr(flow.flow, "spark_conf", {})
    details: dict[str, Any] = {
        "input_datasets": [{"name": name} for name in flow.inputs],
        "output_dataset": None if is_sink else dataset.name,
        "output_sink": dataset.name if is_sink else None,
        "schema_json": flow.schema.json(),
        "flow_type": _flow_type(dataset, flow),
        "comment": dataset.comment,
        "spark_conf": dict(conf),
        "language": "PYTHON",
        "once": getattr(flow.flow, "once", False),
    }
    origin = {"sink_name" if is_sink else "dataset_name": dataset.name, "flow_name": flow.name}
    log.write("flow_definition", f"Flow '{flow.name}' defined as {details['flow_type']}.", details, origin=origin)


def _flow_type(dataset: PlannedDataset, flow: PlannedFlow) -> str:
    if isinstance(flow.flow, SnapshotFlow):
        return "SNAPSHOT_CHANGE"
    if isinstance(flow.flow, CdcFlow):
        return "CHANGE"
    if isinstance(flow.flow, QueryFlow) and flow.flow.is_update:
        return "UPDATE"
    return {Kind.MATERIALIZED_VIEW: "MATERIALIZED_VIEW", Kind.VIEW: "VIEW"}.get(dataset.kind, "APPEND")


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid {os.getuid()}"
