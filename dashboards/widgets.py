"""The kinds of widgets that the dashboards use, with the versions of their specifications."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from dashboards.model import Field, Place, Query, Widget

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VERSIONS: Mapping[str, int] = MappingProxyType(
    {
        "counter": 2,
        "table": 2,
        "bar": 3,
        "line": 3,
        "area": 3,
        "pie": 3,
        "heatmap": 3,
        "filter-multi-select": 2,
        "filter-date-range-picker": 2,
    }
)
NUMBER: Mapping[str, Any] = MappingProxyType({"type": "number", "decimalPlaces": {"type": "max", "places": 1}})
PERCENT: Mapping[str, Any] = MappingProxyType({"type": "number-percent", "decimalPlaces": {"type": "max", "places": 1}})


def column(name: str) -> Field:
    """A column as it is."""
    return Field(name, f"`{name}`")


def total(name: str) -> Field:
    """The sum of a column."""
    return Field(f"sum({name})", f"SUM(`{name}`)")


def mean(name: str) -> Field:
    """The average of a column over rows."""
    return Field(f"avg({name})", f"AVG(`{name}`)")


def highest(name: str) -> Field:
    """The largest value of a column."""
    return Field(f"max({name})", f"MAX(`{name}`)")


def rows_with(name: str) -> Field:
    """The number of rows in which a column has a value."""
    return Field(f"count({name})", f"COUNT(`{name}`)")


def counter(
    name: str, place: Place, title: str, data_set: str, value: Field, number: Mapping[str, Any] = NUMBER
) -> Widget:
    """One large number."""
    encodings = {"value": {"fieldName": value.name, "displayName": title, "format": dict(number)}}
    return Widget(name, place, title, "counter", (Query(data_set, (value,)),), encodings, {})


def chart(  # noqa: PLR0913 - what a chart shows
    name: str,
    place: Place,
    title: str,
    data_set: str,
    *,
    kind: Literal["bar", "line", "area"],
    x: tuple[Field, str, str],
    y: tuple[Field, str],
    color: tuple[Field, str] | None = None,
    colors: Mapping[str, str] | None = None,
    number: Mapping[str, Any] = NUMBER,
) -> Widget:
    """A bar, line or area chart; x is field, scale type and title, y and color are field and title.

    Bars and areas of several colours are stacked.
    """
    encodings: dict[str, Any] = {
        "x": {"fieldName": x[0].name, "scale": {"type": x[1]}, "displayName": x[2]},
        "y": {"fieldName": y[0].name, "scale": {"type": "quantitative"}, "format": dict(number), "displayName": y[1]},
    }
    fields = [x[0], y[0]]
    if color is not None:
        encodings["color"] = _categories(color, colors or {})
        fields.append(color[0])
    settings = {"mark": {"layout": "stack"}} if color is not None and kind in {"bar", "area"} else {}
    return Widget(name, place, title, kind, (Query(data_set, tuple(fields)),), encodings, settings)


def pie(
    name: str, place: Place, title: str, data_set: str, *, angle: tuple[Field, str], color: tuple[Field, str]
) -> Widget:
    """Shares of a whole."""
    encodings = {
        "angle": {"fieldName": angle[0].name, "scale": {"type": "quantitative"}, "displayName": angle[1]},
        "color": _categories(color, {}),
    }
    return Widget(name, place, title, "pie", (Query(data_set, (angle[0], color[0])),), encodings, {})


def heat_map(  # noqa: PLR0913 - what a heat map shows
    name: str,
    place: Place,
    title: str,
    data_set: str,
    *,
    x: tuple[Field, str],
    y: tuple[Field, str],
    color: tuple[Field, str],
) -> Widget:
    """A grid of two categories, each cell as dark as its number is high."""
    ramp = {"mode": "scheme", "scheme": "viridis"}
    encodings = {
        "x": {"fieldName": x[0].name, "scale": {"type": "categorical"}, "displayName": x[1]},
        "y": {"fieldName": y[0].name, "scale": {"type": "categorical"}, "displayName": y[1]},
        "color": {
            "fieldName": color[0].name,
            "scale": {"type": "quantitative", "colorRamp": ramp},
            "displayName": color[1],
        },
    }
    return Widget(name, place, title, "heatmap", (Query(data_set, (x[0], y[0], color[0])),), encodings, {})


def table(name: str, place: Place, title: str, data_set: str, columns: Mapping[str, str]) -> Widget:
    """Rows of a data set; `columns` maps each column to its heading."""
    shown = [{"fieldName": name, "displayName": heading} for name, heading in columns.items()]
    query = Query(data_set, tuple(column(name) for name in columns), disaggregated=True)
    return Widget(name, place, title, "table", (query,), {"columns": shown}, {})


def filter_values(name: str, place: Place, title: str, column_name: str, data_sets: Sequence[str]) -> Widget:
    """A choice of values of a column; every widget on one of the data sets shows only rows with them."""
    return _filter("filter-multi-select", name, place, title, dict.fromkeys(data_sets, column_name))


def filter_dates(name: str, place: Place, title: str, columns: Mapping[str, str]) -> Widget:
    """A range of days; `columns` maps each data set that it limits to its column."""
    return _filter("filter-date-range-picker", name, place, title, columns)


def text(name: str, place: Place, *lines: str) -> Widget:
    """Markdown."""
    return Widget(name, place, "", "text", (), {}, {}, lines)


def _filter(kind: str, name: str, place: Place, title: str, columns: Mapping[str, str]) -> Widget:
    queries = tuple(
        Query(data_set, (column(column_name),), name=f"{name}_{data_set}") for data_set, column_name in columns.items()
    )
    fields = [{"fieldName": query.fields[0].name, "displayName": title, "queryName": query.name} for query in queries]
    return Widget(name, place, title, kind, queries, {"fields": fields}, {})


def _categories(color: tuple[Field, str], colors: Mapping[str, str]) -> dict[str, Any]:
    scale: dict[str, Any] = {"type": "categorical"}
    if colors:
        scale["mappings"] = [{"value": value, "color": shade} for value, shade in colors.items()]
    return {"fieldName": color[0].name, "scale": scale, "displayName": color[1]}
