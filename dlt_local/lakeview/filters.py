"""Filters: what a reader may choose, and which columns of which data sets a choice limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlglot import exp

from dlt_local.lakeview.values import plain
from dlt_local.lakeview.warehouse import NotDrawnError, in_duckdb, in_quotes
from dlt_local.lakeview.widget_rows import kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dlt_local.lakeview.model import Widget
    from dlt_local.lakeview.warehouse import Warehouse

Kind = Literal["many", "one", "dates"]

FILTERS: dict[str, Kind] = {
    "filter-multi-select": "many",
    "filter-single-select": "one",
    "filter-date-range-picker": "dates",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter; `columns` maps each data set to the column that it limits, `page` is None if it holds everywhere.

    `values` are all that the columns hold, or the first and the last day.
    """

    kind: Kind
    columns: Mapping[str, str]
    values: tuple[Any, ...]
    value_kind: str
    page: str | None

    def reaches(self, page: str) -> bool:
        """Whether the widgets of a page follow it."""
        return self.page in {None, page}


def choice(
    widget: Widget, warehouse: Warehouse, check: Callable[[str], bool], *, everywhere: bool, page: str
) -> Choice:
    """The choice that a filter widget offers; `check` evaluates a data set or raises why it cannot."""
    if "selection" in widget.spec and widget.spec["selection"].get("defaultSelection"):
        raise NotDrawnError("The local page does not know filters that begin with a selection.")
    columns = _columns(widget)
    found = _values(columns, warehouse, check)
    kind = FILTERS[widget.kind]
    if kind == "dates" and found.kind not in {"date", "time"}:
        raise NotDrawnError("A range of days needs a column of dates or times.")
    values = sorted(found.values)
    if kind == "dates":
        values = sorted({value[:10] for value in values})
        values = [values[0], values[-1]] if values else []
    return Choice(kind, columns, tuple(values), found.kind, None if everywhere else page)


@dataclass(frozen=True, slots=True)
class _Values:
    kind: str
    values: set[Any]


def _columns(widget: Widget) -> dict[str, str]:
    queries = {query.name: query for query in widget.queries}
    columns: dict[str, str] = {}
    for field in widget.encodings.get("fields", []):
        if "fieldName" not in field or field.get("queryName") not in queries:
            raise NotDrawnError("The local page does not know filters that set a parameter of a data set.")
        query = queries[field["queryName"]]
        expressions = {one.name: one.expression for one in query.fields}
        column = in_duckdb(expressions.get(field["fieldName"], ""))
        if not isinstance(column, exp.Column):
            raise NotDrawnError(f"The filter limits {column.sql(dialect='databricks')}, which is no column.")
        columns[query.data_set] = column.name
    if not columns:
        raise NotDrawnError("The filter names no field.")
    return columns


def _values(columns: Mapping[str, str], warehouse: Warehouse, check: Callable[[str], bool]) -> _Values:
    """What the columns hold; a data set that cannot be read says so in its own widgets, unless it is the only one."""
    kinds, values = [], set()
    problems = []
    for data_set, column in columns.items():
        try:
            check(data_set)
            sql = f"SELECT DISTINCT {in_quotes(column)} AS value FROM {in_quotes(data_set)}"  # noqa: S608 - DuckDB only sees the data sets
            found = warehouse.rows(sql, data_set)
        except NotDrawnError as problem:
            problems.append(problem)
            continue
        kinds.append(kind_of(found.schema.field(0).type))
        values |= {plain(value) for value in found.column(0).to_pylist() if value is not None}
    if not kinds:
        raise problems[0]
    if len(set(kinds)) > 1:
        raise NotDrawnError(f"The filter's columns are of different types: {', '.join(kinds)}.")
    return _Values(kinds[0], values)
