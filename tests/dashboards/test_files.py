"""The dashboard files: as their sources make them, and without the mistakes that only a workspace would show."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from dashboards.boards import BOARDS
from dashboards.files import FOLDER, path_of, text_of
from tests.dashboards.lint import findings
from tests.dashboards.tables import columns_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from dashboards.model import Board, Page

Json = dict[str, Any]

PAGES = [page for board in BOARDS for page in board.pages]
SQL = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*/*.sql")}


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_file_is_made_from_its_sources(board: Board) -> None:
    assert path_of(board).read_text(encoding="utf-8") == text_of(board), "run: python -m dashboards"


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_every_sql_file_is_a_data_set(board: Board) -> None:
    assert {path.stem for path in (FOLDER / board.name).glob("*.sql")} == set(board.data_sets)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_file_has_no_mistake(board: Board) -> None:
    assert findings(json.loads(text_of(board))) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_choice_of_values_reaches_all_of_its_page_that_have_the_column(page: Page) -> None:
    """A filter that forgets a chart beside it shows two truths at once."""
    drawn = {query.data_set for widget in page.widgets for query in widget.queries}
    for widget in page.widgets:
        if widget.kind == "filter-multi-select":
            column = widget.queries[0].fields[0].name
            having = {name for name in drawn if column in columns_of(SQL[name])}
            assert {query.data_set for query in widget.queries} == having


def dashboard() -> Json:
    """A small dashboard without a mistake."""
    query = {
        "datasetName": "visits",
        "fields": [{"name": "gym", "expression": "`gym`"}, {"name": "sum(visits)", "expression": "SUM(`visits`)"}],
        "disaggregated": False,
    }
    spec = {
        "version": 3,
        "widgetType": "bar",
        "encodings": {"x": {"fieldName": "gym"}, "y": {"fieldName": "sum(visits)"}},
        "frame": {"showTitle": True, "title": "Visits"},
    }
    bar = {"name": "bar", "queries": [{"name": "main_query", "query": query}], "spec": spec}
    text = {"name": "text", "multilineTextboxSpec": {"lines": ["Visits\n"]}}
    return {
        "datasets": [{"name": "visits", "queryLines": ["SELECT gym, visits\n", "FROM gym_daily\n"]}],
        "pages": [
            {
                "name": "floor",
                "pageType": "PAGE_TYPE_CANVAS",
                "layoutVersion": "GRID_V1",
                "layout": [
                    {"position": {"x": 0, "y": 0, "width": 6, "height": 3}, "widget": bar},
                    {"position": {"x": 6, "y": 0, "width": 6, "height": 3}, "widget": text},
                ],
            }
        ],
    }


def first_page(dashboard: Json) -> Json:
    first: Json = dashboard["pages"][0]
    return first


def position(dashboard: Json) -> Json:
    second: Json = first_page(dashboard)["layout"][1]["position"]
    return second


def bar(dashboard: Json) -> Json:
    widget: Json = first_page(dashboard)["layout"][0]["widget"]
    return widget


def sql(dashboard: Json, text: str) -> None:
    dashboard["datasets"][0]["queryLines"] = [text]


MISTAKES: dict[str, tuple[Callable[[Json], Any], str]] = {
    "beside the grid": (lambda d: position(d).update(x=7), "floor: text is not on the grid of 12 columns"),
    "one upon the other": (lambda d: position(d).update(x=5), "floor: bar and text overlap"),
    "the grid of before": (
        lambda d: first_page(d).pop("layoutVersion"),
        "floor: without GRID_V1 the grid has 6 columns",
    ),
    "no page type": (lambda d: first_page(d).pop("pageType"), "floor: has no page type"),
    "an old version": (lambda d: bar(d)["spec"].update(version=1), "bar: bar 1 is no known version"),
    "an unknown widget": (
        lambda d: bar(d)["spec"].update(widgetType="barchart"),
        "bar: barchart 3 is no known version",
    ),
    "no title": (lambda d: bar(d)["spec"]["frame"].pop("title"), "bar: has no title"),
    "a name twice": (lambda d: bar(d).update(name="text"), "two widgets are called text"),
    "a name with blanks": (
        lambda d: bar(d).update(name="a bar"),
        "a bar: the name has other characters than letters, digits, _ and -, or more than 60",
    ),
    "a field that is not there": (
        lambda d: bar(d)["spec"]["encodings"]["x"].update(fieldName="city"),
        "bar: draws city, which is no field of main_query",
    ),
    "a field that nobody draws": (
        lambda d: bar(d)["spec"]["encodings"].pop("x"),
        "bar: does not draw gym",
    ),
    "an expression": (
        lambda d: bar(d)["queries"][0]["query"]["fields"][0].update(expression="CAST(`gym` AS STRING)"),
        "bar: the expression CAST(`gym` AS STRING) is more than a column or an aggregate of one",
    ),
    "another data set": (
        lambda d: bar(d)["queries"][0]["query"].update(datasetName="visit"),
        "there is no data set visit",
    ),
    "an unused data set": (
        lambda d: bar(d)["queries"][0]["query"].update(datasetName="visit"),
        "no widget uses data set visits",
    ),
    "lines that run together": (
        lambda d: sql(d, "SELECT gym, visits FROM gym_daily"),
        "visits: the line 'SELECT gym, visits FROM gym_daily' does not end in a newline",
    ),
    "a schema": (
        lambda d: sql(d, "SELECT gym, visits FROM gold.gym_daily\n"),
        "visits: names the schema of table gold.gym_daily",
    ),
    "a function of one engine": (
        lambda d: sql(d, "SELECT dayofweek(local_date) AS gym, visits FROM gym_daily\n"),
        "visits: calls DAY_OF_WEEK",
    ),
    "a function that nobody knows": (
        lambda d: sql(d, "SELECT busy(gym) AS gym, visits FROM gym_daily\n"),
        "visits: calls ANONYMOUS",
    ),
    "all columns": (lambda d: sql(d, "SELECT * FROM gym_daily\n"), "visits: selects *"),
    "a person": (
        lambda d: sql(d, "SELECT gym, visits, user_id FROM gym_daily\n"),
        "visits: shows user_id",
    ),
    "no query": (lambda d: sql(d, "DROP TABLE gym_daily\n"), "visits: is no query"),
}


def test_a_sound_dashboard_has_no_finding() -> None:
    assert findings(dashboard()) == []


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found(mistake: str) -> None:
    make, finding = MISTAKES[mistake]
    broken = dashboard()
    make(broken)
    assert finding in findings(broken)
