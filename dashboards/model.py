"""What a dashboard consists of: pages on a grid of twelve columns, widgets, and the fields that they draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Place(NamedTuple):
    """Where a widget lies, in cells of the grid from the upper left corner."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a data set, or an aggregate of one, under the name by which encodings know it."""

    name: str
    expression: str


@dataclass(frozen=True, slots=True)
class Query:
    """Fields of one data set; `disaggregated` asks for its rows as they are, else for groups of the plain columns."""

    data_set: str
    fields: tuple[Field, ...]
    disaggregated: bool = False
    name: str = "main_query"


@dataclass(frozen=True, slots=True)
class Widget:
    """One widget; `encodings` and `settings` are as in the file, and a text has neither these nor queries."""

    name: str
    place: Place
    title: str
    kind: str
    queries: tuple[Query, ...]
    encodings: Mapping[str, Any]
    settings: Mapping[str, Any]
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a dashboard."""

    name: str
    title: str
    widgets: tuple[Widget, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard; `data_sets` are its SQL files without suffix, each with the title that users see."""

    name: str
    data_sets: Mapping[str, str]
    pages: tuple[Page, ...]
