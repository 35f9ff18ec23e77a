"""The tables that a pipeline has made: what became of them when the code changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dlt_local.errors import GraphError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dlt_local.event_log import EventLog
    from dlt_local.graph.model import Graph
    from dlt_local.project.spec import PipelineSpec
    from dlt_local.stores.state import StateFolder

_FILE = "tables.json"
DROP = "pipelines.dropInactiveTables"


def account_for_tables(graph: Graph, spec: PipelineSpec, state: StateFolder, log: EventLog) -> None:
    """Compare the tables of earlier updates with the graph, and note those of this one.

    A table that the code no longer declares is reported as INACTIVE, or dropped if `pipelines.dropInactiveTables` is
    true. A streaming table that became a materialized view, or the reverse, is a GraphError, as on Databricks.
    """
    file = state.pipeline(spec.name) / _FILE
    _refuse_tables_of_others(graph, spec, state)
    known = {name: kind for name, kind in _known(file).items() if state.table(name).exists}
    declared = {name: dataset.kind.value for name, dataset in graph.datasets.items() if dataset.is_stored}
    for name, kind in known.items():
        if declared.get(name, kind) != kind:
            message = f"'{name}' is a {_words(kind)} and cannot become a {_words(declared[name])}"
            remedy = f"Rename it, or leave it out of the code for one update with {DROP}=true."
            raise GraphError(message, where=graph.datasets[name].location, remedy=remedy)
    inactive = {name: kind for name, kind in known.items() if name not in declared}
    if inactive and spec.configuration.get(DROP, "false").lower() == "true":
        for name in inactive:
            state.discard(state.table(name))
        _report(log, inactive, "dropped", "INFO")
        inactive = {}
    _report(log, inactive, "it is INACTIVE and keeps its rows", "WARN")
    _write(file, declared | inactive)


def _refuse_tables_of_others(graph: Graph, spec: PipelineSpec, state: StateFolder) -> None:
    for other in state.pipelines():
        tables = _known(state.pipeline(other) / _FILE) if other != spec.name else {}
        for name, dataset in graph.datasets.items():
            if name in tables and state.table(name).exists:
                message = f"Table '{name}' belongs to pipeline '{other}'"
                remedy = "One pipeline owns a table: rename it, or give another state folder with --state."
                raise GraphError(message, where=dataset.location, remedy=remedy)


def _report(log: EventLog, names: Mapping[str, str], fate: str, level: str) -> None:
    for name in sorted(names):
        details = {"dataset_type": "INACTIVE", "num_flows": 0, "expectations": []}
        message = f"Table '{name}' is no longer declared: {fate}."
        log.write("dataset_definition", message, details, level=level, origin={"dataset_name": name})


def _known(file: Path) -> dict[str, str]:
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else {}


def _write(file: Path, kinds: Mapping[str, str]) -> None:
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(kinds, indent=1, sort_keys=True), encoding="utf-8")
    partial.replace(file)


def _words(kind: str) -> str:
    return kind.lower().replace("_", " ")
