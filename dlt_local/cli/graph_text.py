"""A planned graph as a Mermaid diagram or as JSON."""

from __future__ import annotations

import json
import re
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlt_local.graph.model import Graph, PlannedDataset

_SHAPES: Mapping[str, tuple[str, str]] = {
    "STREAMING_TABLE": ("[(", ")]"),
    "MATERIALIZED_VIEW": ("[[", "]]"),
    "VIEW": ("([", "])"),
    "SINK": ("[/", "/]"),
}
_NO_WORD = re.compile(r"\W")


def mermaid(graph: Graph) -> str:
    """A flow chart by schema: streaming tables as cylinders, materialized views as framed boxes, views as pills.

    Sinks lean to the side.
    """
    lines = ["flowchart LR"]
    for schema, names in groupby(sorted(graph.datasets, key=_schema_and_name), key=_schema):
        nodes = [_node(name, graph.datasets[name]) for name in names]
        lines += (
            [f"  subgraph {schema}", *(f"    {node}" for node in nodes), "  end"]
            if schema
            else [f"  {node}" for node in nodes]
        )
    lines += [f"  {_node_id(source)} --> {_node_id(name)}" for source, name in sorted(_edges(graph))]
    return "\n".join(lines)


def graph_json(pipeline: str, graph: Graph) -> str:
    """Data sets in the order in which they run, each with texts, kind, place, columns, inputs, flows."""
    datasets = [_described(name, dataset) for name, dataset in graph.datasets.items()]
    return json.dumps({"pipeline": pipeline, "datasets": datasets}, indent=2, ensure_ascii=False)


def _described(name: str, dataset: PlannedDataset) -> dict[str, object]:
    return {
        "name": name,
        "kind": str(dataset.kind),
        "comment": dataset.comment,
        "description": dataset.description,
        "file": dataset.location.file,
        "line": dataset.location.line,
        "inputs": list(dataset.inputs),
        "flows": [{"name": flow.name, "inputs": list(flow.inputs)} for flow in dataset.flows],
        "columns": [
            {
                "name": field.name,
                "type": field.dataType.simpleString(),
                "nullable": field.nullable,
                "comment": field.metadata.get("comment"),
            }
            for field in dataset.schema.fields
        ],
    }


def _edges(graph: Graph) -> Iterator[tuple[str, str]]:
    return ((source, name) for name, dataset in graph.datasets.items() for source in dataset.inputs)


def _node(name: str, dataset: PlannedDataset) -> str:
    opening, closing = _SHAPES[str(dataset.kind)]
    return f'{_node_id(name)}{opening}"{name.rpartition(".")[2]}"{closing}'


def _node_id(name: str) -> str:
    return _NO_WORD.sub("_", name)


def _schema(name: str) -> str:
    return name.rpartition(".")[0].rpartition(".")[2]


def _schema_and_name(name: str) -> tuple[str, str]:
    return _schema(name), name
