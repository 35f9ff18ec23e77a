"""The rows of a widget: as its query gives them, and in parts that a browser can filter and add up again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
from sqlglot import exp

from dlt_local.lakeview.values import plain
from dlt_local.lakeview.warehouse import NotDrawnError, in_duckdb, in_quotes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dlt_local.lakeview.model import Field, Query
    from dlt_local.lakeview.warehouse import Warehouse

Kind = Literal["number", "text", "date", "time", "boolean"]
# How values of a field over several rows become one: `group` makes groups, `whole` cannot be put together from parts.
Merge = Literal["group", "sum", "count", "min", "max", "avg", "whole"]
Row = list[Any]

MOST_ROWS = 20_000
_MERGES: Mapping[type[exp.Expr], Merge] = {
    exp.Sum: "sum",
    exp.Count: "count",
    exp.Min: "min",
    exp.Max: "max",
    exp.Avg: "avg",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a widget's rows."""

    name: str
    kind: Kind
    merge: Merge


@dataclass(frozen=True, slots=True)
class WidgetRows:
    """Rows of one widget.

    `rows` are what its query gives, a value per column. `parts` are the same rows split by `filtered`, the columns of
    the data set that a filter on the page may limit, whose values follow those of the columns; an average is a pair
    of sum and count. Without filters, or if some column cannot be put together from parts, `parts` is empty.
    """

    columns: tuple[Column, ...]
    grouped: bool
    rows: tuple[Row, ...]
    filtered: tuple[str, ...] = ()
    parts: tuple[Row, ...] = ()

    @property
    def whole(self) -> tuple[str, ...]:
        """Names of the columns that do not follow a filter."""
        return tuple(column.name for column in self.columns if column.merge == "whole")

    def index(self, name: str) -> int:
        """The position of a column."""
        names = [column.name for column in self.columns]
        if name not in names:
            raise NotDrawnError(f"The widget draws '{name}', which its query does not give.")
        return names.index(name)

    def values(self, name: str) -> list[Any]:
        """The values of a column, row by row."""
        position = self.index(name)
        return [row[position] for row in self.rows]


def widget_rows(warehouse: Warehouse, query: Query, *, filtered: Sequence[str], ordered: bool) -> WidgetRows:
    """Rows of a query on an evaluated data set; `ordered` keeps its order.

    Other rows are sorted from left to right, groups by what makes them.
    """
    if not query.fields:
        raise NotDrawnError("The widget's query has no fields.")
    merges = [_merge(field, query) for field in query.fields]
    found = _answer(warehouse, query, _selected(query, merges), merges, ordered=ordered)
    columns = tuple(
        Column(field.name, kind_of(found.schema.field(position).type), merge)
        for position, (field, merge) in enumerate(zip(query.fields, merges, strict=True))
    )
    grouped = not query.disaggregated
    rows = _as_rows(found)
    if not filtered or "whole" in merges:
        return WidgetRows(columns, grouped, rows)
    selected = [*_selected(query, merges, in_parts=True), *(f"{in_quotes(name)}" for name in filtered)]
    parts = _answer(warehouse, query, selected, merges, ordered=ordered, also=filtered)
    return WidgetRows(columns, grouped, rows, tuple(filtered), _pairs(_as_rows(parts), merges))


def kind_of(kind: pa.DataType) -> Kind:
    """What a type of Arrow is for the page."""
    if pa.types.is_boolean(kind):
        return "boolean"
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "number"
    if pa.types.is_date(kind):
        return "date"
    return "time" if pa.types.is_timestamp(kind) else "text"


def _merge(field: Field, query: Query) -> Merge:
    expression = in_duckdb(field.expression)
    if expression.find(exp.AggFunc) is None:
        return "group"
    if query.disaggregated:
        raise NotDrawnError(f"'{field.name}' adds up rows, but the widget asks for rows as they are.")
    argument = expression.this
    plain_argument = isinstance(argument, exp.Expr) and not isinstance(argument, exp.Distinct)
    return _MERGES.get(type(expression), "whole") if plain_argument else "whole"


def _selected(query: Query, merges: Sequence[Merge], *, in_parts: bool = False) -> list[str]:
    selected = []
    for field, merge in zip(query.fields, merges, strict=True):
        expression = in_duckdb(field.expression)
        if merge == "avg" and in_parts:
            selected += [f"{kind}({expression.this.sql(dialect='duckdb')})" for kind in ("sum", "count")]
        else:
            selected.append(expression.sql(dialect="duckdb"))
    return selected


def _answer(
    warehouse: Warehouse,
    query: Query,
    selected: Sequence[str],
    merges: Sequence[Merge],
    *,
    ordered: bool,
    also: Sequence[str] = (),
) -> pa.Table:
    groups = [
        in_duckdb(field.expression).sql(dialect="duckdb")
        for field, merge in zip(query.fields, merges, strict=True)
        if merge == "group"
    ] + [in_quotes(name) for name in also]
    named = ", ".join(f"{expression} AS c{position}" for position, expression in enumerate(selected))
    where = " AND ".join(f"({in_duckdb(item).sql(dialect='duckdb')})" for item in query.filters)
    sql = f"SELECT {named} FROM {in_quotes(query.data_set)}" + (f" WHERE {where}" if where else "")  # noqa: S608 - DuckDB only sees the data sets
    if query.disaggregated:
        sql += "" if ordered else " ORDER BY ALL"
    elif groups:
        sql += f" GROUP BY {', '.join(groups)} ORDER BY {', '.join(groups)}"
    found = warehouse.rows(sql, query.data_set)
    if found.num_rows > MOST_ROWS:
        raise NotDrawnError(
            f"Its query gives {found.num_rows:,} rows, more than the {MOST_ROWS:,} that a page takes.",
            remedy="Add them up in the data set.",
        )
    return found


def _as_rows(found: pa.Table) -> tuple[Row, ...]:
    columns = [[plain(value) for value in column.to_pylist()] for column in found.columns]
    return tuple(list(row) for row in zip(*columns, strict=True))


def _pairs(rows: Sequence[Row], merges: Sequence[Merge]) -> tuple[Row, ...]:
    return tuple(_with_pairs(row, merges) for row in rows)


def _with_pairs(row: Row, merges: Sequence[Merge]) -> Row:
    values = iter(row)
    return [[next(values), next(values)] if merge == "avg" else next(values) for merge in merges] + list(values)
