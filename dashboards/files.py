"""The `.lvdash.json` file of a dashboard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboards.widgets import VERSIONS

if TYPE_CHECKING:
    from dashboards.model import Board, Page, Query, Widget

FOLDER = Path(__file__).parent


def path_of(board: Board) -> Path:
    """The file that the bundle deploys."""
    return FOLDER / f"{board.name}.lvdash.json"


def write(board: Board) -> None:
    """Write the file anew."""
    path_of(board).write_text(text_of(board), encoding="utf-8")


def text_of(board: Board) -> str:
    """What the file has to hold."""
    dashboard = {
        "datasets": [_data_set(board, name, title) for name, title in board.data_sets.items()],
        "pages": [_page(page) for page in board.pages],
        "uiSettings": {"theme": {"widgetHeaderAlignment": "ALIGNMENT_UNSPECIFIED"}, "applyModeEnabled": False},
    }
    return json.dumps(dashboard, indent=2, ensure_ascii=False) + "\n"


def _data_set(board: Board, name: str, title: str) -> dict[str, Any]:
    sql = (FOLDER / board.name / f"{name}.sql").read_text(encoding="utf-8")
    return {"name": name, "displayName": title, "queryLines": sql.splitlines(keepends=True)}


def _page(page: Page) -> dict[str, Any]:
    return {
        "name": page.name,
        "displayName": page.title,
        "pageType": "PAGE_TYPE_CANVAS",
        "layoutVersion": "GRID_V1",
        "layout": [{"position": widget.place._asdict(), "widget": _widget(widget)} for widget in page.widgets],
    }


def _widget(widget: Widget) -> dict[str, Any]:
    if widget.lines:
        return {"name": widget.name, "multilineTextboxSpec": {"lines": [f"{line}\n" for line in widget.lines]}}
    return {
        "name": widget.name,
        "queries": [_query(query) for query in widget.queries],
        "spec": {
            "version": VERSIONS[widget.kind],
            "widgetType": widget.kind,
            "encodings": widget.encodings,
            "frame": {"showTitle": True, "title": widget.title},
            **widget.settings,
        },
    }


def _query(query: Query) -> dict[str, Any]:
    fields = [{"name": field.name, "expression": field.expression} for field in query.fields]
    body = {"datasetName": query.data_set, "fields": fields, "disaggregated": query.disaggregated}
    return {"name": query.name, "query": body}
