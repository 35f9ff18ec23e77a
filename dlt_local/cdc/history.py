"""The rows of a target as a function of the set of its change events, in SQL.

Events are a table of key columns, `seq`, `op` (0 upsert, 1 delete), `named` (the columns that an event sets, NULL for
all) and the other columns of the target.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql.types import DataType, StructType

from dlt_local.cdc.shape import TargetShape, data_name
from dlt_local.cdc.sql_text import literal, quoted

if TYPE_CHECKING:
    from pyspark.sql.types import StructField


def tied_events(shape: TargetShape) -> str:
    """Keys and sequences that several of the events share; copies of one event count as well."""
    keys = ", ".join(shape.key_names)
    return f"SELECT {keys}, seq FROM events GROUP BY ALL HAVING count(*) > 1"


def newest_events(shape: TargetShape, source: str) -> str:
    """The events of `source` at the highest sequence of their key."""
    keys = ", ".join(shape.key_names)
    return (
        f"SELECT e.* FROM ({source}) e SEMI JOIN (SELECT {keys}, max(seq) AS seq FROM ({source}) GROUP BY ALL) n"
        f" ON {shape.same_key('e', 'n')} AND e.seq = n.seq"
    )


def contested_events(shape: TargetShape) -> str:
    """Sequences at which different upserts of one key compete and no delete decides."""
    keys = ", ".join(shape.key_names)
    contents = f"({', '.join(['named', *shape.data_names])})"
    return (
        f"SELECT {keys}, seq FROM events e SEMI JOIN tied t ON {shape.same_key('e', 't')} AND e.seq = t.seq"
        f" GROUP BY ALL HAVING max(op) = 0 AND count(DISTINCT {contents}) > 1"
    )


def rows(shape: TargetShape) -> str:
    """The target rows of the keys in the tables `events` and `tied`."""
    single = _one_event_per_sequence(shape)
    if shape.needs_only_newest:
        return f"SELECT {', '.join(shape.row_names)} FROM ({single}) WHERE op = 0"
    keys, data = ", ".join(shape.key_names), ", ".join(shape.data_names)
    filled = ", ".join(f"{_filled(field, shape)} AS {data_name(field)}" for field in shape.data)
    filled = f", {filled}" if filled else ""
    data = f", {data}" if data else ""
    return f"""
        WITH single AS ({single}),
        segmented AS (
            SELECT *, sum(op) OVER key AS segment FROM single WINDOW key AS (PARTITION BY {keys} ORDER BY seq)
        ),
        filled AS (
            SELECT {keys}, seq, op{filled} FROM segmented WINDOW life AS (PARTITION BY {keys}, segment ORDER BY seq)
        ),
        marked AS (
            SELECT *, lag(op, 1, 1) OVER key AS op_before, {_begins(shape)} AS begins
            FROM filled WINDOW key AS (PARTITION BY {keys} ORDER BY seq)
        ),
        ended AS (
            SELECT *, lead(seq) OVER key AS seq_after, lead(begins, 1, true) OVER key AS is_last,
                last_value(CASE WHEN begins THEN seq END IGNORE NULLS) OVER key AS first_seq
            FROM marked WINDOW key AS (PARTITION BY {keys} ORDER BY seq)
        )
        {_versions(keys, data, comes_late=shape.comes_late) if shape.has_history else _current(keys, data)}
    """


def _one_event_per_sequence(shape: TargetShape) -> str:
    """At one sequence a delete beats an upsert, and contents decide between upserts."""
    at_once = f"{shape.same_key('e', 't')} AND e.seq = t.seq"
    order = ", ".join(["op DESC", *[f"{name} DESC NULLS LAST" for name in (*shape.data_names, "named")]])
    winners = f"row_number() OVER (PARTITION BY {', '.join(shape.key_names)}, seq ORDER BY {order}) = 1"
    return (
        f"SELECT e.* FROM events e ANTI JOIN tied t ON {at_once}"
        f" UNION ALL SELECT e.* FROM events e SEMI JOIN tied t ON {at_once} QUALIFY {winners}"
    )


def _filled(field: StructField, shape: TargetShape) -> str:
    """A column's value after an event: of the newest event since the last delete that sets it."""
    column = data_name(field)
    if shape.takes_parts:
        sets = f"op = 0 AND (named IS NULL OR list_contains(named, {literal(field.name.lower())}))"
        newest = f"last_value(CASE WHEN {sets} THEN struct_pack(v := {column}) END IGNORE NULLS) OVER life"
        return f"struct_extract({newest}, 'v')"
    return _newest(column, field.dataType) if field.name.lower() in shape.keeps_nulls else column


def _newest(column: str, data_type: DataType) -> str:
    """The newest value that is not NULL, leaf by leaf; arrays and maps as a whole."""
    if not isinstance(data_type, StructType):
        return f"last_value({column} IGNORE NULLS) OVER life"
    leaves = [
        f"{quoted(field.name)} := {_newest(f'struct_extract({column}, {literal(field.name)})', field.dataType)}"
        for field in data_type.fields
    ]
    return f"CASE WHEN count({column}) OVER life > 0 THEN struct_pack({', '.join(leaves)}) END"


def _begins(shape: TargetShape) -> str:
    """Whether an event opens a run: a delete, the first event, one after a delete, or a tracked change."""
    tracked = [data_name(field) for field in shape.data if field.name.lower() in shape.tracked]
    changed = [f"{name} IS DISTINCT FROM lag({name}) OVER key" for name in tracked]
    return f"({' OR '.join(['op = 1', 'lag(op, 1, 1) OVER key = 1', *changed])})"


def _versions(keys: str, data: str, *, comes_late: bool) -> str:
    """The last event of each run has the version's values; a delete that finds nothing open leaves a row of its own.

    A snapshot's delete finds nothing open only if the target shows it already.
    """
    lone_delete = "op = 1 AND op_before = 1" if comes_late else "false"
    return f"""
        SELECT {keys}{data}, CASE WHEN op = 0 THEN first_seq END AS start_at,
            CASE WHEN op = 0 THEN seq_after ELSE seq END AS end_at
        FROM ended WHERE (op = 0 AND is_last) OR ({lone_delete})
    """


def _current(keys: str, data: str) -> str:
    return f"SELECT {keys}{data} FROM ended WHERE op = 0 AND seq_after IS NULL"
