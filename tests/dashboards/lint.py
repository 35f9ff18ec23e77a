"""What is wrong with a dashboard file, as the UI of Databricks or another SQL engine would find out too late."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import sqlglot
from sqlglot import exp

from dashboards.widgets import VERSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]

COLUMNS = 12
NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")
# Databricks' widgets take a column or one aggregate of it.
EXPRESSION = re.compile(r"`\w+`|(?:SUM|AVG|MIN|MAX|COUNT)\(`\w+`\)")
# Nodes that mean the same in Databricks and in DuckDB; calendar parts and percentiles do not.
FUNCTIONS = (exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Count, exp.Coalesce, exp.Nullif, exp.Case, exp.If, exp.And, exp.Or)
PERSONAL = {"user_id", "device_id", "mac_address", "first_name", "last_name", "street_address", "dob", "zip", "raw"}


def findings(dashboard: Json) -> list[str]:
    """Each mistake as a sentence."""
    return [*_data_sets(dashboard), *_pages(dashboard)]


def _data_sets(dashboard: Json) -> Iterator[str]:
    names = [data_set["name"] for data_set in dashboard["datasets"]]
    yield from (f"two data sets are called {name}" for name in _repeated(names))
    used = {query["datasetName"] for _, query in _queries(dashboard)}
    yield from (f"no widget uses data set {name}" for name in names if name not in used)
    yield from (f"there is no data set {name}" for name in sorted(used - set(names)))
    for data_set in dashboard["datasets"]:
        for line in data_set["queryLines"]:
            if not line.endswith("\n"):
                yield f"{data_set['name']}: the line '{line}' does not end in a newline"
        yield from (f"{data_set['name']}: {finding}" for finding in _sql("".join(data_set["queryLines"])))


def _sql(text: str) -> Iterator[str]:
    """SQL that needs no more than the tables of one schema, and tells nothing about a person."""
    (query,) = sqlglot.parse(text, read="databricks")
    if not isinstance(query, exp.Query):
        yield "is no query"
        return
    for table in query.find_all(exp.Table):
        if table.db or table.catalog:
            yield f"names the schema of table {table.sql()}"
    for function in query.find_all(exp.Func):
        if not isinstance(function, FUNCTIONS):
            yield f"calls {function.sql_name()}"
    if query.find(exp.Star):
        yield "selects *"
    yield from (f"shows {name}" for name in query.named_selects if name in PERSONAL)


def _pages(dashboard: Json) -> Iterator[str]:
    pages = dashboard["pages"]
    yield from (f"two pages are called {name}" for name in _repeated([page["name"] for page in pages]))
    widgets = [item["widget"]["name"] for page in pages for item in page["layout"]]
    yield from (f"two widgets are called {name}" for name in _repeated(widgets))
    for page in pages:
        if page.get("layoutVersion") != "GRID_V1":
            yield f"{page['name']}: without GRID_V1 the grid has 6 columns"
        if page.get("pageType") != "PAGE_TYPE_CANVAS":
            yield f"{page['name']}: has no page type"
        yield from (f"{page['name']}: {finding}" for finding in _grid(page["layout"]))
        for item in page["layout"]:
            yield from (f"{item['widget']['name']}: {finding}" for finding in _widget(item["widget"]))


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells of the grid that a widget takes."""

    name: str
    x: int
    y: int
    width: int
    height: int

    def overlap(self, other: _Cells) -> bool:
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


def _grid(layout: list[Json]) -> Iterator[str]:
    places = [_Cells(item["widget"]["name"], **item["position"]) for item in layout]
    for place in places:
        if place.x < 0 or place.y < 0 or place.width < 1 or place.height < 1 or place.x + place.width > COLUMNS:
            yield f"{place.name} is not on the grid of {COLUMNS} columns"
    for one, other in combinations(places, 2):
        if one.overlap(other):
            yield f"{one.name} and {other.name} overlap"


def _widget(widget: Json) -> Iterator[str]:
    if not NAME.fullmatch(widget["name"]):
        yield "the name has other characters than letters, digits, _ and -, or more than 60"
    if "multilineTextboxSpec" in widget:
        return
    spec = widget["spec"]
    if VERSIONS.get(spec["widgetType"]) != spec["version"]:
        yield f"{spec['widgetType']} {spec['version']} is no known version"
    if not spec["frame"].get("title"):
        yield "has no title"
    yield from _bindings(widget)
    for query in widget["queries"]:
        for field in query["query"]["fields"]:
            if not EXPRESSION.fullmatch(field["expression"]):
                yield f"the expression {field['expression']} is more than a column or an aggregate of one"


def _bindings(widget: Json) -> Iterator[str]:
    """Fields that are drawn are queried, and the other way round."""
    queried = {(query["name"], field["name"]) for query in widget["queries"] for field in query["query"]["fields"]}
    drawn = {(encoding.get("queryName", "main_query"), encoding["fieldName"]) for encoding in encodings(widget["spec"])}
    yield from (f"draws {field}, which is no field of {query}" for query, field in sorted(drawn - queried))
    yield from (f"does not draw {field}" for _, field in sorted(queried - drawn))


def encodings(spec: Json) -> Iterator[Json]:
    """Every encoding of a widget that draws a field."""
    for encoding in spec["encodings"].values():
        yield from (part for part in (encoding if isinstance(encoding, list) else [encoding]) if "fieldName" in part)


def _queries(dashboard: Json) -> Iterator[tuple[str, Json]]:
    for page in dashboard["pages"]:
        for item in page["layout"]:
            for query in item["widget"].get("queries", []):
                yield item["widget"]["name"], query["query"]


def _repeated(names: list[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]
