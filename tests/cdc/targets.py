"""Targets without Spark: events are written as a micro-batch would write them, and applied by the runtime."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable, Schema
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import ArrayType, ByteType, DataType, IntegerType, StringType, StructField, StructType

from dlt_local.api.definitions import CdcFlow
from dlt_local.cdc.apply import Applied, CdcTarget
from dlt_local.cdc.change_log import ChangeLog
from dlt_local.cdc.columns import END, START
from dlt_local.source_location import SourceLocation
from dlt_local.stores.state import TableFolder
from tests.cdc.oracle import Event, Rules, Version

if TYPE_CHECKING:
    from pathlib import Path

OPERATIONS = {"U": 0, "D": 1, "T": 2}


@dataclass
class Target:
    """A target with the key `id` and columns of any type."""

    path: Path
    columns: dict[str, DataType]
    flow: CdcFlow
    sequence: DataType = field(default_factory=IntegerType)

    @classmethod
    def at(
        cls, path: Path, columns: dict[str, DataType], scd_type: int, rules: Rules | None = None, **options: Any
    ) -> Target:
        rules = rules or Rules()
        flow = CdcFlow(
            name="target",
            target="target",
            source="source",
            keys=("id",),
            sequence_by="seq",
            scd_type=scd_type,
            location=SourceLocation("pipeline.py", 1),
            ignore_null_updates_column_list=tuple(sorted(rules.ignored)) or None,
            track_history_column_list=None if rules.tracked is None else tuple(sorted(rules.tracked)),
        )
        return cls(path, columns, replace(flow, **options))

    def create(self) -> Target:
        self.path.mkdir(parents=True)
        DeltaTable.create(self.path, schema=Schema.from_json(self.schema.json()))
        return self

    @property
    def schema(self) -> StructType:
        fields = [StructField("id", IntegerType())]
        fields += [StructField(name, data_type) for name, data_type in self.columns.items()]
        if self.flow.scd_type == 2:
            fields += [StructField(START, self.sequence), StructField(END, self.sequence)]
        return StructType(fields)

    @property
    def runtime(self) -> CdcTarget:
        return CdcTarget("local.main.target", TableFolder(self.path), self.flow, [self.flow])

    @property
    def log(self) -> ChangeLog:
        return ChangeLog.of(TableFolder(self.path))

    def apply(self, events: list[Event]) -> Applied:
        with self.log.locked():
            staged = self.stage(events) if events else None
            return self.runtime.apply_staged(self.log, staged, self.runtime.shape(self.sequence), None)

    def stage(self, events: list[Event]) -> Path:
        staged = self.log.new_batch()
        staged.mkdir(parents=True)
        fields = [StructField("k0", IntegerType()), StructField("seq", self.sequence), StructField("op", ByteType())]
        fields += [StructField("named", ArrayType(StringType()))]
        fields += [StructField(f"c_{name}", data_type) for name, data_type in self.columns.items()]
        rows = [
            {
                "k0": event.key,
                "seq": event.seq,
                "op": OPERATIONS[event.op],
                "named": None if event.named is None else sorted(event.named),
                **{f"c_{name}": value for name, value in (event.row or {}).items()},
            }
            for event in events
        ]
        schema = to_arrow_schema(StructType(fields), timezone="UTC")
        pq.write_table(pa.Table.from_pylist(rows, schema), staged / "events.parquet")
        return staged

    def rows(self) -> list[dict[str, Any]]:
        return list(pa.table(DeltaTable(self.path).scan()).to_pylist())

    def versions(self) -> dict[int, list[Version]]:
        """Versions per key in the order of their time; an orphan has neither row nor start."""
        found: dict[int, list[Version]] = {}
        for row in sorted(self.rows(), key=lambda row: row[START] if row[START] is not None else row[END]):
            values = {name: row[name] for name in self.columns} if row[START] is not None else None
            found.setdefault(row["id"], []).append((values, row[START], row[END]))
        return found

    def current(self) -> dict[int, dict[str, Any]]:
        rows = self.rows()
        found = {row["id"]: {name: row[name] for name in self.columns} for row in rows}
        assert len(found) == len(rows), rows
        return found
