"""What a target consists of: keys, other columns, and how events that set only a part of them are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlt_local.cdc.columns import END, SCD_TYPE_2, START, chosen_columns, lowered
from dlt_local.cdc.sql_text import quoted, sql_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql.types import DataType, StructField, StructType

    from dlt_local.api.definitions import CdcFlow, SnapshotFlow

UPSERT, DELETE, TRUNCATE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class FileColumn:
    """A column of Parquet files, the name it goes by in queries, and its type."""

    stored: str
    name: str
    data_type: DataType

    @property
    def cast(self) -> str:
        """The stored column as SQL, with fields that older files lack."""
        return f"CAST({quoted(self.stored)} AS {sql_type(self.data_type)}) AS {quoted(self.name)}"

    @property
    def absent(self) -> str:
        """The column of a file that does not have it."""
        return f"CAST(NULL AS {sql_type(self.data_type)}) AS {quoted(self.name)}"


@dataclass(frozen=True, slots=True)
class TargetShape:
    """Columns of a target by what they are for.

    Queries name keys `k0`, `k1`, ... in the order of their names, and other columns `c_<name>`, so that no name of the
    user's can be taken for one of ours. `tracked` and `keeps_nulls` hold names in lower case: columns whose change
    opens a version, and columns in which a NULL means "as before". `takes_parts`: events may name the columns that they
    set. `comes_late`: events may come out of order, which differences of snapshots never do.
    """

    keys: tuple[StructField, ...]
    data: tuple[StructField, ...]
    sequence: DataType
    scd_type: int
    tracked: frozenset[str]
    keeps_nulls: frozenset[str] = frozenset()
    takes_parts: bool = False
    comes_late: bool = True

    @property
    def has_history(self) -> bool:
        """Whether the target keeps versions."""
        return self.scd_type == SCD_TYPE_2

    @property
    def needs_only_newest(self) -> bool:
        """Whether the newest event of a key alone decides its row."""
        return not (self.has_history or self.keeps_nulls or self.takes_parts)

    @property
    def key_names(self) -> list[str]:
        """Names of the keys in queries."""
        return [f"k{number}" for number in range(len(self.keys))]

    @property
    def data_names(self) -> list[str]:
        """Names of the other columns in queries, quoted."""
        return [data_name(field) for field in self.data]

    @property
    def time_names(self) -> list[str]:
        """Names of the columns that say when a version holds."""
        return ["start_at", "end_at"] if self.has_history else []

    @property
    def row_names(self) -> list[str]:
        """Names of all columns of a target row."""
        return [*self.key_names, *self.data_names, *self.time_names]

    @property
    def identity(self) -> str:
        """What a target row is known by, as SQL: its keys, and for a version its time."""
        return ", ".join([*self.key_names, *(["coalesce(start_at, end_at)"] if self.has_history else [])])

    def target_columns(self) -> list[FileColumn]:
        """The columns of the target's files."""
        keys = [
            FileColumn(field.name, name, field.dataType) for name, field in zip(self.key_names, self.keys, strict=True)
        ]
        data = [FileColumn(field.name, f"c_{field.name}", field.dataType) for field in self.data]
        times = [(START, "start_at"), (END, "end_at")] if self.has_history else []
        return [*keys, *data, *[FileColumn(stored, name, self.sequence) for stored, name in times]]

    def same_key(self, left: str, right: str) -> str:
        """The condition that two relations speak of one key."""
        return " AND ".join(f"{left}.{name} = {right}.{name}" for name in self.key_names)


def data_name(field: StructField) -> str:
    """The quoted name of a non-key column in queries."""
    return quoted(f"c_{field.name}")


def shape_of(
    stored: StructType, flow: CdcFlow | SnapshotFlow, sequence: DataType, siblings: Sequence[object]
) -> TargetShape:
    """The shape of a stored target that these flows fill."""
    keys, times = lowered(flow.keys), lowered((START, END)) if flow.scd_type == SCD_TYPE_2 else frozenset()
    data = tuple(field for field in stored.fields if field.name.lower() not in keys | times)
    tracked = chosen_columns(
        [field.name for field in data], flow.track_history_column_list, flow.track_history_except_column_list
    )
    return TargetShape(
        keys=tuple(
            sorted(
                (field for field in stored.fields if field.name.lower() in keys), key=lambda field: field.name.lower()
            )
        ),
        data=data,
        sequence=sequence,
        scd_type=flow.scd_type,
        tracked=lowered(tracked),
        keeps_nulls=_keeps_nulls([field.name for field in data], flow),
        takes_parts=any(getattr(sibling, "columns_to_update", None) is not None for sibling in siblings),
        comes_late=hasattr(flow, "sequence_by"),
    )


def _keeps_nulls(data: Sequence[str], flow: CdcFlow | SnapshotFlow) -> frozenset[str]:
    only = getattr(flow, "ignore_null_updates_column_list", None)
    all_but = getattr(flow, "ignore_null_updates_except_column_list", None)
    if not getattr(flow, "ignore_null_updates", False) and only is None and all_but is None:
        return frozenset()
    return lowered(chosen_columns(data, only, all_but))
