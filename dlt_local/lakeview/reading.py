"""Reads a `.lvdash.json` file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dlt_local.errors import PipelineError
from dlt_local.lakeview.model import Dashboard, DataSet, Field, Json, Page, Placed, Query, Widget

if TYPE_CHECKING:
    from pathlib import Path

_COLUMNS = {"GRID_V1": 12, None: 6}
_GLOBAL_FILTERS = "PAGE_TYPE_GLOBAL_FILTERS"


def read_dashboard(file: Path) -> Dashboard:
    """The dashboard in a file; an error names what in it cannot be read."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return _dashboard(content)
    except UnicodeDecodeError as error:
        raise PipelineError(f"{file} is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise PipelineError(f"{file}:{error.lineno}: no JSON: {error.msg}") from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        what = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise PipelineError(f"{file} is no dashboard: {what}", remedy="Export it again from the workspace.") from error


def _dashboard(content: Json) -> Dashboard:
    data_sets = [_data_set(item) for item in content.get("datasets", [])]
    pages = tuple(_page(page) for page in content["pages"])
    return Dashboard({data_set.name: data_set for data_set in data_sets}, pages)


def _data_set(item: Json) -> DataSet:
    lines = item.get("queryLines")
    sql = "".join(lines) if lines is not None else item.get("query", "")
    return DataSet(item["name"], item.get("displayName") or item["name"], sql, _not_here(item, sql))


def _not_here(item: Json, sql: str) -> str | None:
    if item.get("parameters"):
        names = ", ".join(f":{parameter['keyword']}" for parameter in item["parameters"])
        return f"It takes parameters ({names}), which the local page cannot give it."
    if item.get("columns"):
        return "It defines measures of its own, which the local page does not know."
    return None if sql.strip() else "It has no SQL of its own."


def _page(page: Json) -> Page:
    version = page.get("layoutVersion")
    if version not in _COLUMNS:
        raise ValueError(f"layout version {version} is unknown")
    placed = [_placed(item) for item in page.get("layout", [])]
    return Page(
        name=page["name"],
        title=page.get("displayName") or page["name"],
        columns=_COLUMNS[version],
        global_filters=page.get("pageType") == _GLOBAL_FILTERS,
        widgets=tuple(sorted(placed, key=lambda item: (item.y, item.x))),
    )


def _placed(item: Json) -> Placed:
    place = item["position"]
    return Placed(_widget(item["widget"]), place["x"], place["y"], place["width"], place["height"])


def _widget(widget: Json) -> Widget:
    if "multilineTextboxSpec" in widget or "textbox_spec" in widget:
        return Widget(widget["name"], "text", "", "", (), {}, text=_text(widget))
    spec = widget.get("spec", {})
    frame = spec.get("frame", {})
    return Widget(
        name=widget["name"],
        kind=spec.get("widgetType", "unknown"),
        title=_shown(frame, "title", "showTitle"),
        description=_shown(frame, "description", "showDescription"),
        queries=tuple(_query(query) for query in widget.get("queries", [])),
        spec=spec,
    )


def _text(widget: Json) -> str:
    lines = widget.get("multilineTextboxSpec", {}).get("lines")
    return str(widget["textbox_spec"]) if lines is None else "".join(lines)


def _shown(frame: Json, text: str, flag: str) -> str:
    return str(frame.get(text, "")) if frame.get(flag) else ""


def _query(query: Json) -> Query:
    body: dict[str, Any] = query["query"]
    return Query(
        name=query.get("name", "main_query"),
        data_set=body["datasetName"],
        fields=tuple(Field(field["name"], field["expression"]) for field in body.get("fields", [])),
        filters=tuple(item["expression"] for item in body.get("filters", [])),
        disaggregated=bool(body.get("disaggregated", False)),
    )
