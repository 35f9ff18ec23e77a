"""The page: one HTML file with style, scripts and rows inside, and a policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2.utils import htmlsafe_json_dumps

from dlt_local.lakeview.charts import CHARTS
from dlt_local.lakeview.vega import vega_script
from dlt_local.lakeview.widget_html import column_style, shown_columns, widget_html

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlt_local.lakeview.drawing import Drawn, DrawnPage
    from dlt_local.lakeview.model import Json
    from dlt_local.lakeview.widget_rows import Column, WidgetRows


def page_html(title: str, pages: Sequence[DrawnPage], *, about: str) -> str:
    """The whole file; `about` says at its end what it was made from."""
    scripts = [script for script in (vega_script() if _has_charts(pages) else "", _asset("page.js")) if script]
    policy = f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src {' '.join(map(_hash, scripts))}"
    shown = [page for page in pages if not page.page.global_filters]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>",
            f"<style>\n{_asset('page.css')}</style>",
            "</head>",
            "<body>",
            f"<header><h1>{escape(title)}</h1>{_incomplete(pages)}{_tabs(shown)}</header>",
            "<main>",
            *(_grid(page) for page in pages if page.page.global_filters),
            *(_section(page, position) for position, page in enumerate(shown)),
            "</main>",
            f"<footer>{escape(about)}</footer>",
            f'<script type="application/json" id="board">{_json(_board(pages))}</script>',
            *(f"<script>{script}</script>" for script in scripts),
            "</body>",
            "</html>",
            "",
        ]
    )


def _has_charts(pages: Sequence[DrawnPage]) -> bool:
    return any(drawn.chart for page in pages for drawn in page.widgets)


def _incomplete(pages: Sequence[DrawnPage]) -> str:
    widgets = [drawn for page in pages for drawn in page.widgets]
    problems = sum(drawn.problem is not None for drawn in widgets)
    text = f"{problems} of {len(widgets)} widgets are not shown; each says why in its place."
    return f'<p class="problem" role="status">{text}</p>' if problems else ""


def _tabs(pages: Sequence[DrawnPage]) -> str:
    if len(pages) < 2:  # noqa: PLR2004 - nothing to choose
        return ""
    tabs = "".join(
        f'<button type="button" role="tab" id="tab-page-{position}" aria-controls="page-{position}"'
        f' aria-selected="{"false" if position else "true"}">{escape(page.page.title)}</button>'
        for position, page in enumerate(pages)
    )
    return f'<div role="tablist" aria-label="Pages" hidden>{tabs}</div>'


def _section(page: DrawnPage, position: int) -> str:
    return f'<section class="page" id="page-{position}">\n<h2>{escape(page.page.title)}</h2>\n{_grid(page)}\n</section>'


def _grid(page: DrawnPage) -> str:
    widgets = "\n".join(widget_html(drawn) for drawn in page.widgets)
    return f'<div class="grid" style="--columns: {page.page.columns}">\n{widgets}\n</div>'


def _board(pages: Sequence[DrawnPage]) -> Json:
    return {"widgets": [_widget(drawn, rows) for page in pages for drawn in page.widgets if (rows := drawn.rows)]}


def _widget(drawn: Drawn, rows: WidgetRows) -> Json:
    widget = drawn.placed.widget
    in_parts = bool(drawn.filters)
    positions = {column: len(rows.columns) + place for place, column in enumerate(rows.filtered)}
    return {
        "id": drawn.id,
        "kind": "chart" if widget.kind in CHARTS else widget.kind,
        "columns": [_column(drawn, column) for column in rows.columns],
        "grouped": rows.grouped,
        "in_parts": in_parts,
        "rows": rows.parts if in_parts else rows.rows,
        "filters": {name: positions[column] for name, column in drawn.filters} if in_parts else {},
        "shown": shown_columns(drawn),
        "measures": _measures(drawn),
        "spec": drawn.chart,
    }


def _column(drawn: Drawn, column: Column) -> Json:
    return {"name": column.name, "kind": column.kind, "merge": column.merge, **column_style(drawn, column)}


def _measures(drawn: Drawn) -> list[int]:
    """Positions of the numbers that a chart draws."""
    channels = (drawn.chart or {"encoding": {}})["encoding"]
    drawn_as = [channel for name, channel in channels.items() if name != "tooltip"]
    return sorted({int(channel["field"][1:]) for channel in drawn_as if channel.get("type") == "quantitative"})


def _json(content: Any) -> str:
    """JSON that cannot end the script element around it, whatever its texts are."""
    return htmlsafe_json_dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


@cache
def _asset(name: str) -> str:
    return files("dlt_local.lakeview").joinpath(name).read_text(encoding="utf-8")
