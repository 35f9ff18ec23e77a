"""Evaluates a dashboard: each widget's rows, and what cannot be shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlt_local.lakeview.charts import CHARTS, chart
from dlt_local.lakeview.filters import FILTERS, Choice, choice
from dlt_local.lakeview.warehouse import NotDrawnError
from dlt_local.lakeview.widget_rows import widget_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dlt_local.lakeview.model import Dashboard, Json, Page, Placed, Query, Widget
    from dlt_local.lakeview.warehouse import Warehouse
    from dlt_local.lakeview.widget_rows import WidgetRows

WIDGETS = frozenset({"counter", "table", "text", *CHARTS, *FILTERS})


@dataclass(frozen=True, slots=True)
class Drawn:
    """A widget ready for the page: its rows and chart, or a filter's choice, or the reason why it cannot be shown.

    `filters` are the filters that it follows, by id, each with the column that it limits.
    """

    id: str
    placed: Placed
    rows: WidgetRows | None = None
    chart: Json | None = None
    choice: Choice | None = None
    filters: tuple[tuple[str, str], ...] = ()
    problem: NotDrawnError | None = None


@dataclass(frozen=True, slots=True)
class DrawnPage:
    """A page with its widgets in reading order."""

    page: Page
    widgets: tuple[Drawn, ...]


def drawn_pages(dashboard: Dashboard, warehouse: Warehouse) -> tuple[DrawnPage, ...]:
    """All pages of a dashboard, drawn from the tables of a warehouse."""
    return _Drawing(dashboard, warehouse).pages()


class _Drawing:
    def __init__(self, dashboard: Dashboard, warehouse: Warehouse) -> None:
        self._dashboard = dashboard
        self._warehouse = warehouse
        self._evaluated: dict[str, bool | NotDrawnError] = {}

    def pages(self) -> tuple[DrawnPage, ...]:
        choices: dict[str, Drawn] = {}
        for page in self._dashboard.pages:
            choices |= {_id(page, placed): self._filter(page, placed) for placed in page.widgets if _is_filter(placed)}
        return tuple(
            DrawnPage(page, tuple(self._drawn(page, placed, choices) for placed in page.widgets))
            for page in self._dashboard.pages
        )

    def _filter(self, page: Page, placed: Placed) -> Drawn:
        try:
            found = choice(placed.widget, self._warehouse, self._check, everywhere=page.global_filters, page=page.name)
        except NotDrawnError as problem:
            return Drawn(_id(page, placed), placed, problem=problem)
        return Drawn(_id(page, placed), placed, choice=found)

    def _drawn(self, page: Page, placed: Placed, choices: Mapping[str, Drawn]) -> Drawn:
        name = _id(page, placed)
        if name in choices:
            return choices[name]
        if placed.widget.kind == "text":
            return Drawn(name, placed)
        try:
            return self._with_rows(page, placed, list(choices.values()))
        except NotDrawnError as problem:
            return Drawn(name, placed, problem=problem)

    def _with_rows(self, page: Page, placed: Placed, choices: Sequence[Drawn]) -> Drawn:
        widget = placed.widget
        if widget.kind not in WIDGETS:
            raise NotDrawnError(f"The local page does not draw widgets of the type '{widget.kind}'.")
        query = _only_query(widget)
        ordered = self._check(query.data_set)
        filters = tuple(
            (other.id, other.choice.columns[query.data_set])
            for other in choices
            if other.choice and other.choice.reaches(page.name) and query.data_set in other.choice.columns
        )
        filtered = tuple(dict.fromkeys(column for _, column in filters))
        rows = widget_rows(self._warehouse, query, filtered=filtered, ordered=ordered)
        for field in _shown_fields(widget):
            rows.index(field)
        drawing = chart(widget, rows) if widget.kind in CHARTS else None
        return Drawn(_id(page, placed), placed, rows, drawing, filters=() if rows.whole else filters)

    def _check(self, data_set: str) -> bool:
        """Whether the rows of a data set have an order of their own; evaluates it once."""
        if data_set not in self._evaluated:
            self._evaluated[data_set] = self._evaluate(data_set)
        found = self._evaluated[data_set]
        if isinstance(found, NotDrawnError):
            raise found
        return found

    def _evaluate(self, name: str) -> bool | NotDrawnError:
        if name not in self._dashboard.data_sets:
            return NotDrawnError(f"The dashboard has no data set '{name}'.")
        try:
            return self._warehouse.evaluate(self._dashboard.data_sets[name])
        except NotDrawnError as problem:
            return problem


def _only_query(widget: Widget) -> Query:
    if len(widget.queries) != 1:
        raise NotDrawnError(f"The local page draws widgets of one query, and this one has {len(widget.queries)}.")
    return widget.queries[0]


def _shown_fields(widget: Widget) -> list[str]:
    """The fields that a counter or a table shows."""
    if widget.kind == "table":
        columns = widget.encodings.get("columns", [])
        if not columns:
            raise NotDrawnError("The table names no columns.")
        return [str(column["fieldName"]) for column in columns]
    if widget.kind == "counter":
        value = widget.encodings.get("value", {})
        if "fieldName" not in value:
            raise NotDrawnError("The counter names no field as its value.")
        return [str(value["fieldName"])]
    return []


def _is_filter(placed: Placed) -> bool:
    return placed.widget.kind in FILTERS


def _id(page: Page, placed: Placed) -> str:
    return f"{page.name}.{placed.widget.name}"
