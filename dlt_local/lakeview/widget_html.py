"""Widgets as HTML, readable without a script: numbers, tables, texts, and the reason where there is nothing to show."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any

from dlt_local.lakeview.charts import CHARTS
from dlt_local.lakeview.filters import FILTERS
from dlt_local.lakeview.markdown import as_html
from dlt_local.lakeview.values import as_text, is_percent, places

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlt_local.lakeview.drawing import Drawn
    from dlt_local.lakeview.filters import Choice
    from dlt_local.lakeview.model import Json
    from dlt_local.lakeview.widget_rows import Column, WidgetRows


def widget_html(drawn: Drawn) -> str:
    """A widget in its place on the grid."""
    placed = drawn.placed
    widget = placed.widget
    kind = "chart" if widget.kind in CHARTS else "filter" if widget.kind in FILTERS else widget.kind
    chosen = f' data-kind="{drawn.choice.kind}"' if drawn.choice else ""
    style = f"--x: {placed.x}; --y: {placed.y}; --w: {placed.width}; --h: {placed.height}"
    heading = f"<h3>{escape(widget.title)}</h3>" if widget.title else ""
    about = f'<p class="about">{escape(widget.description)}</p>' if widget.description else ""
    return (
        f'<div class="widget {escape(kind)}" id="{escape(drawn.id)}"{chosen} style="{style}">'
        f'{heading}{about}<div class="body"{_reachable(drawn)}>{_body(drawn)}</div></div>'
    )


def _reachable(drawn: Drawn) -> str:
    """A table that scrolls has to be reached by keyboard."""
    if drawn.placed.widget.kind != "table" or drawn.problem:
        return ""
    return f' tabindex="0" role="region" aria-label="{escape(drawn.placed.widget.title)}"'


def shown_columns(drawn: Drawn) -> list[int]:
    """Positions of the columns that a table or a counter shows; a chart's table shows all."""
    rows = drawn.rows
    if rows is None:
        return []
    match drawn.placed.widget.kind:
        case "table":
            return [rows.index(column["fieldName"]) for column in drawn.placed.widget.encodings["columns"]]
        case "counter":
            return [rows.index(drawn.placed.widget.encodings["value"]["fieldName"])]
    return list(range(len(rows.columns)))


def column_style(drawn: Drawn, column: Column) -> Json:
    """The heading of a column, and the number format in the words of the browser."""
    encoding = _encoding(drawn, column.name)
    number_format = encoding.get("format", {})
    least, most = places(number_format)
    style = {"style": "percent"} if is_percent(number_format) else {}
    options = {**style, "minimumFractionDigits": least, "maximumFractionDigits": most}
    return {"title": encoding.get("displayName", column.name), "format": options}


def _body(drawn: Drawn) -> str:
    widget = drawn.placed.widget
    if drawn.problem:
        return f'<p class="problem"><strong>Not shown.</strong> {escape(str(drawn.problem))}</p>'
    if widget.kind == "text":
        return as_html(widget.text)
    if drawn.choice:
        return _choice(widget.title, drawn.choice)
    return _rows(drawn, drawn.rows) + _does_not_follow(drawn.rows) if drawn.rows else ""


def _rows(drawn: Drawn, rows: WidgetRows) -> str:
    match drawn.placed.widget.kind:
        case "counter":
            return _counter(drawn, rows)
        case "table":
            return _table(drawn, rows)
    title = escape(drawn.placed.widget.title)
    return (
        f'<div class="drawing" role="img" aria-label="{title}"></div>'
        f'<details class="numbers"><summary>Numbers</summary>{_table(drawn, rows)}</details>'
    )


def _counter(drawn: Drawn, rows: WidgetRows) -> str:
    (position,) = shown_columns(drawn)
    column = rows.columns[position]
    value = rows.rows[0][position] if rows.rows else None
    return f'<p class="number">{escape(as_text(value, column.kind, _encoding(drawn, column.name).get("format")))}</p>'


def _table(drawn: Drawn, rows: WidgetRows) -> str:
    shown = [(position, rows.columns[position]) for position in shown_columns(drawn)]
    styles = [_encoding(drawn, column.name) for _, column in shown]
    head = "".join(
        f'<th scope="col" class="{column.kind}-cell">{escape(style.get("displayName", column.name))}</th>'
        for (_, column), style in zip(shown, styles, strict=True)
    )
    lines = "".join(
        "<tr>"
        + "".join(
            f'<td class="{column.kind}-cell">{escape(as_text(row[position], column.kind, style.get("format")))}</td>'
            for (position, column), style in zip(shown, styles, strict=True)
        )
        + "</tr>"
        for row in rows.rows
    )
    hidden = " hidden" if rows.rows else ""
    return (
        f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"
        f'<p class="note empty"{hidden}>There are no rows.</p>'
    )


def _does_not_follow(rows: WidgetRows) -> str:
    if not rows.whole:
        return ""
    names = ", ".join(rows.whole)
    return f'<p class="note">{escape(names)} is shown for all rows: it does not follow the filters.</p>'


def _encoding(drawn: Drawn, name: str) -> Mapping[str, Any]:
    """What the file says about the way a field is shown."""
    encodings = drawn.placed.widget.encodings
    found = [*encodings.get("columns", []), *(one for one in encodings.values() if isinstance(one, dict))]
    return next((one for one in found if one.get("fieldName") == name), {})


def _choice(title: str, choice: Choice) -> str:
    name = escape(title or "Filter")
    if not choice.values:
        return '<p class="note">There is nothing to choose from.</p>'
    match choice.kind:
        case "one":
            options = "".join(
                f'<option value="{escape(json.dumps(value))}">{escape(as_text(value, choice.value_kind))}</option>'
                for value in choice.values
            )
            return f'<select aria-label="{name}"><option value="">All</option>{options}</select>'
        case "many":
            boxes = "".join(
                f'<label><input type="checkbox" value="{escape(json.dumps(value))}">'
                f"<span>{escape(as_text(value, choice.value_kind))}</span></label>"
                for value in choice.values
            )
            summary = f'<summary data-title="{name}" aria-label="{name}: All">All</summary>'
            return f'<details class="choices">{summary}<fieldset aria-label="{name}">{boxes}</fieldset></details>'
    first, last = choice.values
    limits = f'min="{escape(first)}" max="{escape(last)}"'
    return (
        f'<div class="days"><input type="date" aria-label="{name}: first" {limits}>'
        f'<span aria-hidden="true">to</span><input type="date" aria-label="{name}: last" {limits}></div>'
    )
