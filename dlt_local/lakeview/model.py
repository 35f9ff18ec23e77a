"""What a dashboard file says, as far as the page needs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DataSet:
    """A query that widgets draw from; `problem` says why it cannot be one here."""

    name: str
    title: str
    sql: str
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a widget's rows: its name, and the SQL expression over the data set that makes it."""

    name: str
    expression: str


@dataclass(frozen=True, slots=True)
class Query:
    """Fields of one data set; `disaggregated` keeps its rows, else all fields that are no aggregate make groups."""

    name: str
    data_set: str
    fields: tuple[Field, ...]
    filters: tuple[str, ...]
    disaggregated: bool


@dataclass(frozen=True, slots=True)
class Widget:
    """A widget; `spec` is its part of the file, `text` the Markdown of a text widget."""

    name: str
    kind: str
    title: str
    description: str
    queries: tuple[Query, ...]
    spec: Mapping[str, Any]
    text: str = ""

    @property
    def encodings(self) -> Mapping[str, Any]:
        """What is drawn where."""
        found = self.spec.get("encodings")
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class Placed:
    """A widget and its place, in cells of the page's grid from the upper left corner."""

    widget: Widget
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page; filters of a page for `global_filters` hold on all pages, those of any other page on that page."""

    name: str
    title: str
    columns: int
    global_filters: bool
    widgets: tuple[Placed, ...]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """All of a dashboard file."""

    data_sets: Mapping[str, DataSet]
    pages: tuple[Page, ...]
