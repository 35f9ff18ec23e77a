"""A dashboard file and a state folder become one page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlt_local.lakeview.drawing import drawn_pages
from dlt_local.lakeview.page import page_html
from dlt_local.lakeview.reading import read_dashboard
from dlt_local.lakeview.warehouse import MissingTableError, Warehouse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from dlt_local.lakeview.drawing import Drawn
    from dlt_local.project.dashboards import DashboardSpec


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page; `widgets` counts all of its widgets, `problems` names those that are not shown, with the reason."""

    html: str
    widgets: int
    problems: tuple[str, ...]
    missing_tables: tuple[str, ...]


def rendered(dashboard: DashboardSpec, state: Path, *, now: datetime) -> Rendered:
    """The page of a dashboard from the tables of a state as they are now."""
    content = read_dashboard(dashboard.file)
    with Warehouse(state, catalog=dashboard.catalog, schema=dashboard.schema) as warehouse:
        pages = drawn_pages(content, warehouse)
    about = f"Made from the tables in {state} on {now:%Y-%m-%d at %H:%M} UTC. All times are UTC."
    widgets = [drawn for page in pages for drawn in page.widgets]
    return Rendered(
        html=page_html(dashboard.title, pages, about=about),
        widgets=len(widgets),
        problems=tuple(f"{drawn.id}: {drawn.problem}" for drawn in widgets if drawn.problem),
        missing_tables=_missing(widgets),
    )


def _missing(widgets: Sequence[Drawn]) -> tuple[str, ...]:
    problems = (drawn.problem for drawn in widgets)
    return tuple(sorted({problem.table for problem in problems if isinstance(problem, MissingTableError)}))
