"""What a target's hidden events were written for; a definition that no longer fits needs a full refresh."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dlt_local.api.definitions import QueryFlow
from dlt_local.cdc.change_log import ChangeLog
from dlt_local.cdc.columns import END, START, chosen_columns, lowered
from dlt_local.errors import GraphError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pyspark.sql.types import StructType

    from dlt_local.api.definitions import CdcFlow, Flow, SnapshotFlow
    from dlt_local.stores.state import TableFolder

_REASONS = {
    "keys": "KEY_SCHEMA_DRIFT",
    "scd_type": "SCD_TYPE_DRIFT",
    "sequence": "SEQUENCING_TYPE_DRIFT",
    "is_snapshot": "SOURCE_KIND_DRIFT",
}


def facts_of(flow: CdcFlow | SnapshotFlow, schema: StructType, sequence: str) -> dict[str, Any]:
    """The facts of a flow into a target of this schema; keys in any order are the same keys."""
    keys = lowered(flow.keys)
    only, all_but = flow.track_history_column_list, flow.track_history_except_column_list
    return {
        "keys": {
            field.name.lower(): field.dataType.simpleString() for field in schema.fields if field.name.lower() in keys
        },
        "scd_type": flow.scd_type,
        "sequence": sequence,
        "is_snapshot": not hasattr(flow, "sequence_by"),
        "tracked": None if only is None else sorted(lowered(only)),
        "not_tracked": None if all_but is None else sorted(lowered(all_but)),
    }


def remember(file: Path, facts: Mapping[str, Any]) -> None:
    """Keep the facts for the next run, atomically."""
    if stored(file) == facts:
        return
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(facts, sort_keys=True), encoding="utf-8")
    partial.replace(file)


def stored(file: Path) -> Mapping[str, Any] | None:
    """The remembered facts, None before the first run."""
    try:
        found: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return found


def refuse_drift(folder: TableFolder, name: str, flows: Sequence[Flow], schema: StructType) -> None:
    """Raise GraphError if the flows of a table differ from those that its stored events were written for.

    The type of the sequence is compared where the schema shows it, else when a batch arrives.
    """
    for flow in flows:
        if isinstance(flow, QueryFlow):
            continue
        log = ChangeLog.of(folder)
        times = [field for field in schema.fields if field.name == START]
        sequence = times[0].dataType.simpleString() if times else None
        refuse_other(log.facts, flow, schema, sequence, name.split(".", 1)[-1])


def refuse_other(
    file: Path, flow: CdcFlow | SnapshotFlow, schema: StructType, sequence: str | None, table: str
) -> None:
    """Raise GraphError if the flow differs from the one that the stored events were written for.

    `sequence` is the type of the sequence, None if only a batch can tell it.
    """
    before = stored(file)
    if before is None:
        return
    now = facts_of(flow, schema, before["sequence"] if sequence is None else sequence)
    for fact, condition in _REASONS.items():
        if before[fact] != now[fact]:
            _refuse(condition, f"{fact} changed from {_text(before[fact])} to {_text(now[fact])}", flow, table)
    data = [name for name in schema.names if name.lower() not in lowered((*flow.keys, START, END))]
    tracked = [_tracked(facts, data) for facts in (before, now)]
    if tracked[0] != tracked[1]:
        lists = [_text(sorted(names)) for names in tracked]
        _refuse("TRACK_HISTORY_DRIFT", f"the tracked columns changed from {lists[0]} to {lists[1]}", flow, table)


def _tracked(facts: Mapping[str, Any], data: Sequence[str]) -> frozenset[str]:
    return lowered(chosen_columns(data, facts["tracked"], facts["not_tracked"]))


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {kind}" for name, kind in value.items())
    return ", ".join(value) if isinstance(value, list) else str(value)


def _refuse(condition: str, change: str, flow: CdcFlow | SnapshotFlow, table: str) -> None:
    message = f"[AUTOCDC_INVALID_STATE.{condition}] The stored events of '{table}' do not fit its flow: {change}"
    raise GraphError(message, where=flow.location, remedy=f"Run with --full-refresh {table}.")
