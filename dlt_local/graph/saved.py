"""The plan of the last update: an unchanged project is neither analysed again nor, without new data, started at all."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyspark.sql.types import StructType

from dlt_local.api.definitions import Kind
from dlt_local.graph.model import Graph, PlannedDataset, PlannedFlow
from dlt_local.project.fingerprint import project_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from dlt_local.graph.names import Definitions
    from dlt_local.project.spec import PipelineSpec


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A graph without its functions, as plain values."""

    datasets: Mapping[str, Mapping[str, Any]]

    def flows(self) -> list[tuple[str, str]]:
        """Data set and flow name of everything that is stored, producers first."""
        stored = [(name, dataset) for name, dataset in self.datasets.items() if dataset["kind"] != Kind.VIEW]
        return [(name, flow["name"]) for name, dataset in stored for flow in dataset["flows"]]

    def graph(self, definitions: Definitions) -> Graph:
        """The graph again, with the functions that were just loaded."""
        return Graph({name: _dataset(name, facts, definitions) for name, facts in self.datasets.items()}, definitions)


def load_plan(file: Path, spec: PipelineSpec, around: tuple[str, ...]) -> SavedPlan | None:
    """The saved plan if nothing that decides it has changed since."""
    try:
        saved = json.loads(file.read_text(encoding="utf-8"))
        digest = project_digest(spec, saved["read_files"], around)
    except (OSError, ValueError, KeyError):
        return None
    return SavedPlan(saved["datasets"]) if saved["project"] == digest else None


def save_plan(file: Path, graph: Graph, spec: PipelineSpec, read_files: Iterable[str], around: tuple[str, ...]) -> None:
    """Keep the plan for the next update; `around` are the surroundings in which it was made."""
    files = sorted(read_files)
    facts = {
        "project": project_digest(spec, files, around),
        "read_files": files,
        "datasets": {name: _facts(dataset) for name, dataset in graph.datasets.items()},
    }
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(facts), encoding="utf-8")
    partial.replace(file)


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
    return {"kind": dataset.kind.value, "schema": dataset.schema.json(), "flows": flows}


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
    return PlannedDataset(name, Kind(facts["kind"]), _schema(facts["schema"]), flows, definitions.datasets[name])


def _schema(text: str) -> StructType:
    schema: StructType = StructType.fromJson(json.loads(text))
    return schema
