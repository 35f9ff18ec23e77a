"""What the last successful run of a flow saw; a flow whose inputs are the same has nothing to do."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from dlt_local import autoloader
from dlt_local.graph.model import Graph, PlannedFlow
from dlt_local.stores.delta_log import data_version
from dlt_local.stores.state import StateFolder


def inputs_now(flow: PlannedFlow, graph: Graph, state: StateFolder) -> dict[str, str] | None:
    """Identity of everything the flow reads, None if some of it has no identity to compare."""
    seen = {name: data_version(state.table(name).path) for name in graph.stored_inputs(flow.inputs)}
    for external in _externals(flow, graph):
        files = autoloader.file_source_of(external)
        if files is None:
            return None
        seen[external] = files.digest()
    return seen


def _externals(flow: PlannedFlow, graph: Graph) -> list[str]:
    """External sources of the flow and of the views that it reads."""
    found = list(flow.external)
    for name in flow.inputs:
        dataset = graph.datasets[name]
        if not dataset.is_stored:
            found += [external for inner in dataset.flows for external in _externals(inner, graph)]
    return found


def definition_now(flow: PlannedFlow, graph: Graph) -> str | None:
    """Definition of the flow and of the views that it reads; None if the result may change by itself."""
    parts = [flow.definition]
    for name in flow.inputs:
        dataset = graph.datasets[name]
        if not dataset.is_stored:
            parts += [definition_now(inner, graph) or "" for inner in dataset.flows]
    return "|".join(parts) if all(parts) else None


def recall(file: Path) -> Mapping[str, object] | None:
    """What was remembered, None if nothing readable was."""
    try:
        remembered = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return remembered if isinstance(remembered, dict) else None


def remember(file: Path, facts: Mapping[str, object]) -> None:
    """Replace what is remembered, atomically."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(facts, indent=1, sort_keys=True), encoding="utf-8")
    os.replace(partial, file)
