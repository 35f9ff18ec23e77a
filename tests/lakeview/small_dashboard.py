"""A small table, dashboards of a few widgets on it, and what a page holds."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from deltalake import write_deltalake

from dlt_local.lakeview.render import rendered
from dlt_local.project.dashboards import DashboardSpec

if TYPE_CHECKING:
    from pathlib import Path

    from dlt_local.lakeview.render import Rendered

Json = dict[str, Any]

NOW = datetime(2026, 4, 16, 8, 30, tzinfo=UTC)
VISITS = "SELECT gym, day, hour, people, minutes FROM `visits`\n"
_ROWS = [
    ("North", date(2026, 4, 13), 9, 3, 10.0),
    ("North", date(2026, 4, 13), 10, 5, 20.0),
    ("North", date(2026, 4, 14), 9, 1, None),
    ("South", date(2026, 4, 13), 9, 2, 60.0),
    ("South", date(2026, 4, 15), 9, None, 30.0),
]


def write_visits(state: Path, rows: list[tuple[Any, ...]] | None = None) -> None:
    """The table `fitness.gold.visits` of a state."""
    kinds = pa.schema(
        {"gym": pa.string(), "day": pa.date32(), "hour": pa.int32(), "people": pa.int64(), "minutes": pa.float64()}
    )
    made = [dict(zip(kinds.names, row, strict=True)) for row in (_ROWS if rows is None else rows)]
    write_deltalake(state / "tables/fitness/gold/visits", pa.Table.from_pylist(made, kinds))


def query(data_set: str, *fields: str, disaggregated: bool = False, name: str = "main_query") -> Json:
    """A query of fields that are called like their expressions, without backticks."""
    named = [{"name": field.replace("`", ""), "expression": field} for field in fields]
    return {"name": name, "query": {"datasetName": data_set, "fields": named, "disaggregated": disaggregated}}


def widget(kind: str, name: str, queries: list[Json], encodings: Json, **spec: Any) -> Json:
    frame = {"showTitle": True, "title": name.capitalize()}
    return {
        "name": name,
        "queries": queries,
        "spec": {"widgetType": kind, "encodings": encodings, "frame": frame} | spec,
    }


def counter(expression: str, **form: Any) -> Json:
    name = expression.replace("`", "")
    return widget("counter", "counter", [query("visits", expression)], {"value": {"fieldName": name, **form}})


def table(*columns: str, data_set: str = "visits") -> Json:
    shown = [{"fieldName": column, "displayName": column.upper()} for column in columns]
    fields = [f"`{column}`" for column in columns]
    return widget("table", "table", [query(data_set, *fields, disaggregated=True)], {"columns": shown})


def bars(kind: str = "bar", **spec: Any) -> Json:
    """People by day, in the colours of the gyms."""
    encodings = {
        "x": {"fieldName": "day", "scale": {"type": "temporal"}, "displayName": "Day"},
        "y": {"fieldName": "SUM(people)", "scale": {"type": "quantitative"}, "displayName": "People"},
        "color": {"fieldName": "gym", "scale": {"type": "categorical"}, "displayName": "Gym"},
    }
    return widget(kind, "bars", [query("visits", "`day`", "SUM(`people`)", "`gym`")], encodings, **spec)


def gym_filter(kind: str = "filter-multi-select") -> Json:
    field = {"fieldName": "gym", "displayName": "Gym", "queryName": "gyms"}
    return widget(kind, "gym", [query("visits", "`gym`", name="gyms")], {"fields": [field]})


def day_filter() -> Json:
    field = {"fieldName": "day", "displayName": "Days", "queryName": "days"}
    return widget("filter-date-range-picker", "days", [query("visits", "`day`", name="days")], {"fields": [field]})


def dashboard(*pages: list[Json], **data_sets: str) -> Json:
    """Pages with their widgets one below the other."""
    sql = {"visits": VISITS, **data_sets}
    return {
        "datasets": [{"name": name, "displayName": name, "queryLines": [text]} for name, text in sql.items()],
        "pages": [_page(number, widgets) for number, widgets in enumerate(pages)],
    }


def _page(number: int, widgets: list[Json]) -> Json:
    layout = [
        {"widget": item, "position": {"x": 0, "y": 6 * row, "width": 12, "height": 6}}
        for row, item in enumerate(widgets)
    ]
    return {
        "name": f"p{number}",
        "displayName": f"Page {number}",
        "pageType": "PAGE_TYPE_CANVAS",
        "layoutVersion": "GRID_V1",
        "layout": layout,
    }


def render(state: Path, content: Json, *, title: str = "Small", catalog: str = "fitness") -> Rendered:
    """The page of a dashboard on the schema gold."""
    file = state / "small.lvdash.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    return rendered(DashboardSpec("small", title, file, catalog, "gold"), state, now=NOW)


class Page(HTMLParser):
    """A page as a browser reads it: elements with attributes, and the text of each by its id or class."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.cells: list[list[str]] = []
        self.texts: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.elements.append((tag, attributes))
        if tag == "tr":
            self.cells.append([])
        if tag in {"td", "th"}:
            self.cells[-1].append("")
        if tag not in {"meta", "input"}:
            self._open.append(attributes.get("id") or attributes.get("class") or tag)

    def handle_endtag(self, _tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for name in {*self._open}:
            self.texts[name] = self.texts.get(name, "") + data
        if self._open and self._open[-1].endswith("-cell"):
            self.cells[-1][-1] += data

    def widget(self, name: str) -> Json:
        """What the page's script knows of a widget."""
        found: Json = next(one for one in json.loads(self.texts["board"])["widgets"] if one["id"] == name)
        return found
