"""Vega-Lite specifications of the charts, without their rows."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from dlt_local.lakeview.values import is_percent, places
from dlt_local.lakeview.warehouse import NotDrawnError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dlt_local.lakeview.model import Json, Widget
    from dlt_local.lakeview.widget_rows import WidgetRows

_TYPES = {"temporal": "temporal", "quantitative": "quantitative", "categorical": "nominal"}
# The script gives the scale every day from the first to the last: a day without rows is a gap, not left out.
_BAND_OF_A_DAY: Json = {
    "type": "ordinal",
    "axis": {"labelExpr": "utcFormat(datum.value, '%-d %b')", "labelOverlap": True, "labelAngle": 0},
    "scale": {"paddingInner": 0.25},
}
_MOMENTS: Mapping[str, Json] = {
    "date": {"timeUnit": "utcyearmonthdate", "format": "%-d %b %Y"},
    "time": {"timeUnit": "utcyearmonthdatehoursminutes", "format": "%-d %b %Y %H:%M"},
}
_GUIDES = {"color": "legend"}
_POINTS_UP_TO = 40
_TICKS = 7
_NOT_DRAWN = ("facet", "size", "latitude", "longitude")


def chart(widget: Widget, rows: WidgetRows) -> Json:
    """How to draw a widget's rows, each an object with the keys c0, c1 and so on for its columns."""
    for name in _NOT_DRAWN:
        if name in widget.encodings:
            raise NotDrawnError(f"The local page does not draw the encoding '{name}'.")
    drawn = _CHARTS[widget.kind](widget, rows)
    channels = [channel for channel in drawn["encoding"].values() if "title" in channel]
    drawn["encoding"]["tooltip"] = [_tooltip(channel, rows) for channel in channels]
    return drawn


def _bars(widget: Widget, rows: WidgetRows) -> Json:
    encoding = _axes(widget, rows)
    for axis in ("x", "y"):
        if encoding[axis]["type"] == "temporal" and _kind(widget, rows, axis) == "date":
            encoding[axis] |= _BAND_OF_A_DAY
    _lay_out(widget, encoding)
    return {"mark": {"type": "bar", "cornerRadiusEnd": 2}, "encoding": encoding}


def _lines(widget: Widget, rows: WidgetRows) -> Json:
    along = set(rows.values(_field(widget, "x")))
    mark = {"type": "line", "point": len(along) <= _POINTS_UP_TO, "interpolate": "linear"}
    return {"mark": mark, "encoding": _axes(widget, rows)}


def _areas(widget: Widget, rows: WidgetRows) -> Json:
    encoding = _axes(widget, rows)
    _lay_out(widget, encoding)
    mark = {"type": "area", "line": True, "point": True, "fillOpacity": 0.35}
    return {"mark": mark, "encoding": encoding}


def _points(widget: Widget, rows: WidgetRows) -> Json:
    return {"mark": {"type": "point", "filled": True, "size": 60}, "encoding": _axes(widget, rows)}


def _pie(widget: Widget, rows: WidgetRows) -> Json:
    angle = _channel(widget, rows, "angle")
    encoding = {"theta": angle | {"stack": True}, "color": _color(widget, rows)}
    return {"mark": {"type": "arc", "innerRadius": {"expr": "min(width, height) / 5"}}, "encoding": encoding}


def _heat_map(widget: Widget, rows: WidgetRows) -> Json:
    encoding = _axes(widget, rows)
    for axis in ("x", "y"):
        encoding[axis] |= {"type": "ordinal"}
    ramp = widget.encodings["color"].get("scale", {}).get("colorRamp", {})
    encoding["color"] |= {"scale": {"scheme": ramp.get("scheme", "viridis")}}
    return {"mark": {"type": "rect"}, "encoding": encoding}


_CHARTS: Mapping[str, Callable[[Widget, WidgetRows], Json]] = {
    "bar": _bars,
    "line": _lines,
    "area": _areas,
    "scatter": _points,
    "pie": _pie,
    "heatmap": _heat_map,
}
CHARTS = frozenset(_CHARTS)


def _axes(widget: Widget, rows: WidgetRows) -> Json:
    encoding = {axis: _channel(widget, rows, axis) for axis in ("x", "y")}
    if "color" in widget.encodings:
        encoding["color"] = _color(widget, rows)
    return encoding


def _lay_out(widget: Widget, encoding: Json) -> None:
    """Bars and areas of several colours upon each other, side by side, or as shares of a whole."""
    layout = widget.spec.get("mark", {}).get("layout", "stack")
    measure = "x" if encoding["x"]["type"] == "quantitative" and encoding["y"]["type"] != "quantitative" else "y"
    if "color" not in encoding:
        return
    if layout == "group":
        along = "y" if measure == "x" else "x"
        encoding[measure]["stack"] = None
        encoding[f"{along}Offset"] = {"field": encoding["color"]["field"]}
    elif layout in {"stack", "stack-100"}:
        encoding[measure]["stack"] = "zero" if layout == "stack" else "normalize"
    else:
        raise NotDrawnError(f"The local page does not know the layout '{layout}'.")


def _channel(widget: Widget, rows: WidgetRows, name: str) -> Json:
    given = widget.encodings.get(name)
    if not isinstance(given, dict) or "fieldName" not in given:
        raise NotDrawnError(f"The local page draws one field as '{name}', and the widget does not name one.")
    kind = _vega_type(widget, rows, name)
    channel: Json = {
        "field": f"c{rows.index(given['fieldName'])}",
        "type": kind,
        "title": given.get("displayName", given["fieldName"]),
    }
    if kind == "quantitative":
        channel[_GUIDES.get(name, "axis")] = {"format": _number_format(given.get("format", {}))}
    elif kind == "temporal":
        channel |= _calendar(rows, given["fieldName"])
    elif name in {"x", "y"}:
        angle = 0 if name == "y" or _is_short(rows, given["fieldName"]) else -35
        channel["axis"] = {"labelAngle": angle, "labelOverlap": angle == 0}
    return channel


def _color(widget: Widget, rows: WidgetRows) -> Json:
    channel = _channel(widget, rows, "color")
    if channel["type"] != "nominal":
        return channel
    scale = widget.encodings["color"].get("scale", {})
    mapped = {str(item["value"]): str(item["color"]) for item in scale.get("mappings", [])}
    values = {str(value) for value in rows.values(_field(widget, "color")) if value is not None}
    # A fixed order keeps each colour with its value whatever is filtered away, and stacks in the order given.
    channel["scale"] = {"domain": [*mapped, *sorted(values - mapped.keys())]}
    channel["sort"] = channel["scale"]["domain"]
    channel["legend"] = {"title": None}
    if mapped:
        channel["scale"]["range"] = list(mapped.values())
    return channel


def _vega_type(widget: Widget, rows: WidgetRows, name: str) -> str:
    wanted = widget.encodings[name].get("scale", {}).get("type")
    if wanted is None:
        kind = _kind(widget, rows, name)
        return {"number": "quantitative", "date": "temporal", "time": "temporal"}.get(kind, "nominal")
    if wanted not in _TYPES:
        raise NotDrawnError(f"The local page does not know the scale '{wanted}'.")
    if wanted == "categorical" and name in {"x", "y"}:
        return "ordinal"
    return _TYPES[wanted]


def _number_format(given: Mapping[str, Any]) -> str:
    _, most = places(given)
    return f",.{most}~%" if is_percent(given) else f",.{most}~f"


def _tooltip(channel: Json, rows: WidgetRows) -> Json:
    shown = {key: channel[key] for key in ("field", "type", "title")}
    kind = rows.columns[int(channel["field"][1:])].kind
    if kind in _MOMENTS:
        return shown | {"type": "temporal"} | _MOMENTS[kind]
    guide = channel.get("axis") or channel.get("legend") or {}
    return shown | {"format": guide["format"]} if "format" in guide else shown


def _calendar(rows: WidgetRows, name: str) -> Json:
    """Ticks on whole days, where the rows are about days."""
    if rows.columns[rows.index(name)].kind != "date":
        return {"scale": {"type": "utc"}, "axis": {"format": "%-d %b %H:%M", "labelOverlap": True, "tickCount": 5}}
    days = sorted(date.fromisoformat(value) for value in rows.values(name) if value is not None)
    span = (days[-1] - days[0]).days if days else 0
    ticks = {"interval": "day", "step": max(1, -(-span // _TICKS))} if span <= _TICKS * 8 else _TICKS
    return {"scale": {"type": "utc"}, "axis": {"format": "%-d %b", "labelOverlap": True, "tickCount": ticks}}


def _is_short(rows: WidgetRows, name: str) -> bool:
    values = {str(value) for value in rows.values(name)}
    return sum(len(value) + 2 for value in values) < 90 and max(map(len, values), default=0) < 12  # noqa: PLR2004


def _kind(widget: Widget, rows: WidgetRows, name: str) -> str:
    return rows.columns[rows.index(_field(widget, name))].kind


def _field(widget: Widget, name: str) -> str:
    return str(widget.encodings[name]["fieldName"])
