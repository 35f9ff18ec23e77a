"""Tables that the code no longer declares: they stay as they are, INACTIVE, or are dropped if the pipeline says so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dlt_local.event_log import EventLog
    from dlt_local.graph.model import Graph
    from dlt_local.project.spec import PipelineSpec
    from dlt_local.stores.state import StateFolder

DROP = "pipelines.dropInactiveTables"


def account_for_inactive(graph: Graph, spec: PipelineSpec, state: StateFolder, log: EventLog) -> None:
    """Report tables of earlier updates that the graph lacks; drop them with `pipelines.dropInactiveTables=true`."""
    file = state.pipeline(spec.name) / "tables.json"
    declared = {name for name, dataset in graph.datasets.items() if dataset.is_stored}
    known = _known(file)
    kept = set()
    for name in sorted(known - declared):
        table = state.table(name)
        if not table.exists:
            continue
        details = {"dataset_type": "INACTIVE", "num_flows": 0, "expectations": []}
        origin = {"dataset_name": name}
        if spec.configuration.get(DROP, "false").lower() == "true":
            state.discard(table)
            log.write("dataset_definition", f"Table '{name}' is no longer declared: dropped.", details, origin=origin)
            continue
        kept.add(name)
        message = f"Table '{name}' is no longer declared: it is INACTIVE and keeps its rows."
        log.write("dataset_definition", message, details, level="WARN", origin=origin)
    if known != declared | kept:
        _write(file, declared | kept)


def _known(file: Path) -> set[str]:
    return set(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else set()


def _write(file: Path, names: Iterable[str]) -> None:
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(sorted(names), indent=1), encoding="utf-8")
    partial.replace(file)
