"""The plan of the last update: an unchanged project is neither analysed again nor, without new data, started at all."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyspark.sql.types import StructType

from dlt_local.api.definitions import Kind
from dlt_local.graph.model import Graph, PlannedDataset, PlannedFlow
from dlt_local.project.fingerprint import project_digest
from dlt_local.stores.tables import stored_schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from dlt_local.graph.names import Definitions
    from dlt_local.project.spec import PipelineSpec
    from dlt_local.stores.state import StateFolder


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A graph without its functions, as plain values."""

    datasets: Mapping[str, Mapping[str, Any]]
    deprecations: tuple[str, ...]

    def flows(self) -> list[tuple[str, str]]:
        """Data set and flow name of everything that runs, producers first."""
        run = [(name, dataset) for name, dataset in self.datasets.items() if dataset["kind"] != Kind.VIEW]
        return [(name, flow["name"]) for name, dataset in run for flow in dataset["flows"]]

    def materialized_views(self) -> frozenset[str]:
        """Names of all materialized views."""
        return frozenset(name for name, facts in self.datasets.items() if facts["kind"] == Kind.MATERIALIZED_VIEW)

    def graph(self, definitions: Definitions) -> Graph:
        """The graph again, with the functions that were just loaded."""
        datasets = {name: _dataset(name, facts, definitions) for name, facts in self.datasets.items()}
        return Graph(datasets, definitions, self.deprecations)


def load_plan(file: Path, spec: PipelineSpec, around: tuple[str, ...], state: StateFolder) -> SavedPlan | None:
    """The saved plan if nothing that decides it has changed since, tables of other pipelines included."""
    try:
        saved = json.loads(file.read_text(encoding="utf-8"))
        digest = project_digest(spec, saved["read_files"], around)
    except (OSError, ValueError, KeyError):
        return None
    if saved["project"] != digest or _outside(saved["outside"], state) != saved["outside"]:
        return None
    return SavedPlan(saved["datasets"], tuple(saved["deprecations"]))


def save_plan(
    file: Path,
    graph: Graph,
    spec: PipelineSpec,
    read_files: Iterable[str],
    around: tuple[str, ...],
    state: StateFolder,
) -> None:
    """Keep the plan for the next update; `around` are the surroundings in which it was made."""
    files = sorted(read_files)
    external = {name for dataset in graph.datasets.values() for flow in dataset.flows for name in flow.external}
    facts = {
        "project": project_digest(spec, files, around),
        "read_files": files,
        "outside": _outside([name.partition(":")[2] for name in external if name.startswith("table:")], state),
        "deprecations": graph.deprecations,
        "datasets": {name: _facts(dataset) for name, dataset in graph.datasets.items()},
    }
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(facts), encoding="utf-8")
    partial.replace(file)


def _outside(names: Iterable[str], state: StateFolder) -> dict[str, str]:
    """The schemas of tables that other pipelines made; empty for one that is gone."""
    folders = {name: state.table(name) for name in names}
    return {name: stored_schema(folder).json() if folder.exists else "" for name, folder in folders.items()}


def _facts(dataset: PlannedDataset) -> dict[str, Any]:
    flows = [
        {
            "name": flow.name,
            "inputs": flow.inputs,
            "schema": flow.schema.json(),
            "streaming": flow.streaming,
            "definition": flow.definition,
            "external": flow.external,
        }
        for flow in dataset.flows
    ]
    return {
        "kind": dataset.kind.value,
        "schema": dataset.schema.json(),
        "generated": dict(dataset.generated),
        "has_change_feed": dataset.has_change_feed,
        "flows": flows,
    }


def _dataset(name: str, facts: Mapping[str, Any], definitions: Definitions) -> PlannedDataset:
    declared = {flow.name: flow for flow in definitions.flows[name]}
    flows = tuple(
        PlannedFlow(
            flow=declared[flow["name"]],
            inputs=tuple(flow["inputs"]),
            schema=_schema(flow["schema"]),
            streaming=flow["streaming"],
            definition=flow["definition"],
            external=tuple(flow["external"]),
        )
        for flow in facts["flows"]
    )
    return PlannedDataset(
        name,
        Kind(facts["kind"]),
        _schema(facts["schema"]),
        flows,
        definitions.datasets[name],
        facts["generated"],
        facts["has_change_feed"],
    )


def _schema(text: str) -> StructType:
    schema: StructType = StructType.fromJson(json.loads(text))
    return schema
