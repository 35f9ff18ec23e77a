"""What the last successful run of a flow saw; a flow whose inputs are the same has nothing to do."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from dlt_local.autoloader import files_digest
from dlt_local.stores.delta_log import data_version

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dlt_local.graph.model import Graph, PlannedDataset, PlannedFlow
    from dlt_local.stores.state import StateFolder


def inputs_now(flow: PlannedFlow, graph: Graph, state: StateFolder) -> dict[str, str] | None:
    """Identity of everything the flow reads, None if some of it has no identity to compare."""
    external = externals(flow, graph)
    if any(not name.startswith(("files:", "table:")) for name in external):
        return None
    seen = {name: _identity(name, state) for name in (*graph.stored_inputs(flow.inputs), *external)}
    # A query without any input that we know of may still have one.
    return seen or None


def still_holds(file: Path, state: StateFolder) -> bool:
    """Whether everything that a flow saw in its last successful run is as it was."""
    facts = recall(file) or {}
    if facts.get("once"):
        return True
    inputs = facts.get("inputs")
    if not isinstance(inputs, dict):
        return False
    return all(_identity(name, state) == known for name, known in inputs.items())


def _identity(name: str, state: StateFolder) -> str:
    kind, _, rest = name.partition(":")
    if kind == "files":
        return files_digest(rest)
    return data_version(state.table(rest or name).path)


def externals(flow: PlannedFlow, graph: Graph) -> list[str]:
    """External sources of the flow and of the views that it reads."""
    found = list(flow.external)
    for name in flow.inputs:
        dataset = graph.datasets[name]
        if not dataset.is_stored:
            found += [external for inner in dataset.flows for external in externals(inner, graph)]
    return found


def definition_now(dataset: PlannedDataset, graph: Graph) -> str | None:
    """Schema, queries and rules of a data set and of the views that it reads; None if rows may change by themselves."""
    rules = [(rule.name, str(rule.predicate), rule.action.value) for rule in dataset.declared.expectations]
    parts: list[str | None] = [dataset.schema.json(), json.dumps(rules)]
    for flow in dataset.flows:
        parts.append(flow.definition or None)
        views = [graph.datasets[name] for name in flow.inputs if not graph.datasets[name].is_stored]
        parts += [definition_now(view, graph) for view in views]
    known = [part for part in parts if part is not None]
    return hashlib.sha256("\n".join(known).encode()).hexdigest() if len(known) == len(parts) else None


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
    partial.replace(file)
