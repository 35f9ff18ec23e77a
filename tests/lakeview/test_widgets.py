"""The numbers on a page, derived by hand from five rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.lakeview.small_dashboard import (
    Json,
    Page,
    bars,
    counter,
    dashboard,
    query,
    render,
    table,
    widget,
    write_visits,
)

if TYPE_CHECKING:
    from pathlib import Path

ONE_PLACE = {"type": "number", "decimalPlaces": {"type": "max", "places": 1}}
PERCENT = {"type": "number-percent", "decimalPlaces": {"type": "exact", "places": 1}}


@pytest.mark.parametrize(
    ("expression", "number_format", "shown"),
    [
        ("SUM(`people`)", {}, "11"),
        ("AVG(`minutes`)", {}, "30"),
        ("MAX(`people`)", {}, "5"),
        ("MIN(`minutes`)", {}, "10"),
        ("COUNT(`people`)", {}, "4"),
        ("COUNT(*)", {}, "5"),
        ("COUNT(DISTINCT `gym`)", {}, "2"),
        ("SUM(`people`) / COUNT(`people`)", ONE_PLACE, "2.8"),
        ("SUM(`minutes` * 1000)", {}, "120,000"),
        ("AVG(`people` / 40)", PERCENT, "6.9%"),
        ("MAX(`day`)", {}, "2026-04-15"),
    ],
)
def test_counter(state: Path, expression: str, number_format: Json, shown: str) -> None:
    page = Page(render(state, dashboard([counter(expression, format=number_format)])).html)
    assert page.texts["number"] == shown


def test_counter_without_a_value_shows_a_dash(tmp_path: Path) -> None:
    write_visits(tmp_path, [])
    page = Page(render(tmp_path, dashboard([counter("SUM(`people`)")])).html)
    assert page.texts["number"] == "\N{EN DASH}"


def test_table_has_the_rows_of_the_data_set_from_left_to_right(state: Path) -> None:
    page = Page(render(state, dashboard([table("gym", "day", "people", "minutes")])).html)
    assert page.cells == [
        ["GYM", "DAY", "PEOPLE", "MINUTES"],
        ["North", "2026-04-13", "3", "10"],
        ["North", "2026-04-13", "5", "20"],
        ["North", "2026-04-14", "1", "\N{EN DASH}"],
        ["South", "2026-04-13", "2", "60"],
        ["South", "2026-04-15", "\N{EN DASH}", "30"],
    ]


def test_table_keeps_the_order_that_the_data_set_asks_for(state: Path) -> None:
    ordered = "SELECT gym, minutes FROM visits ORDER BY minutes DESC NULLS LAST"
    page = Page(render(state, dashboard([table("minutes", data_set="longest")], longest=ordered)).html)
    assert [cells[0] for cells in page.cells] == ["MINUTES", "60", "30", "20", "10", "\N{EN DASH}"]


def test_table_without_rows_says_so(tmp_path: Path) -> None:
    write_visits(tmp_path, [])
    page = Page(render(tmp_path, dashboard([table("gym")])).html)
    assert page.texts["note empty"] == "There are no rows."
    assert ("p", {"class": "note empty"}) in page.elements


def test_types_of_cells(state: Path) -> None:
    sql = """
    SELECT TIMESTAMP '2026-04-13 10:05:00' AS at, TIMESTAMP '2026-04-13 10:05:09' AS exactly, true AS yes, false AS no,
           CAST(1.50 AS DECIMAL(10, 2)) AS price, CAST('NaN' AS DOUBLE) AS nothing, array(1, 2) AS numbers
    FROM visits LIMIT 1"""
    names = ("at", "exactly", "yes", "no", "price", "nothing", "numbers")
    page = Page(render(state, dashboard([table(*names, data_set="types")], types=sql)).html)
    times = ["2026-04-13 10:05", "2026-04-13 10:05:09"]
    assert page.cells[1] == [*times, "yes", "no", "1.5", "\N{EN DASH}", "[1, 2]"]


def test_databricks_sql_is_translated(state: Path) -> None:
    """`IF`, integer division as a fraction, and a string in double quotes mean what they mean in Databricks."""
    sql = """
    WITH busy AS (SELECT * FROM visits)
    SELECT hour / 2 AS half, IF(people > 2, "full", "quiet") AS `how full` FROM busy"""
    page = Page(render(state, dashboard([table("half", "how full", data_set="d")], d=sql)).html)
    assert page.cells[1:] == [["4.5", "full"], *[["4.5", "quiet"]] * 3, ["5", "full"]]


def test_chart_gets_a_row_for_each_group(state: Path) -> None:
    page = Page(render(state, dashboard([bars()])).html)
    drawn = page.widget("p0.bars")
    assert drawn["rows"] == [
        ["2026-04-13", 8, "North"],
        ["2026-04-13", 2, "South"],
        ["2026-04-14", 1, "North"],
        ["2026-04-15", None, "South"],
    ]
    assert [column["name"] for column in drawn["columns"]] == ["day", "SUM(people)", "gym"]
    assert page.cells == [
        ["Day", "People", "Gym"],
        ["2026-04-13", "8", "North"],
        ["2026-04-13", "2", "South"],
        ["2026-04-14", "1", "North"],
        ["2026-04-15", "\N{EN DASH}", "South"],
    ]


def encoding(state: Path, made: Json) -> Json:
    found: Json = Page(render(state, dashboard([made])).html).widget(f"p0.{made['name']}")["spec"]["encoding"]
    return found


def test_bars_of_days_are_stacked_in_colours_that_stay(state: Path) -> None:
    drawn = encoding(state, bars())
    assert (drawn["x"]["field"], drawn["x"]["type"], drawn["x"]["title"]) == ("c0", "ordinal", "Day")
    assert (drawn["y"]["field"], drawn["y"]["type"], drawn["y"]["stack"]) == ("c1", "quantitative", "zero")
    assert (drawn["color"]["field"], drawn["color"]["scale"]) == ("c2", {"domain": ["North", "South"]})


def test_bars_side_by_side_and_as_shares(state: Path) -> None:
    beside = encoding(state, bars(mark={"layout": "group"}))
    assert (beside["y"]["stack"], beside["xOffset"]) == (None, {"field": "c2"})
    assert encoding(state, bars(mark={"layout": "stack-100"}))["y"]["stack"] == "normalize"


def test_given_colours_come_first(state: Path) -> None:
    made = bars()
    made["spec"]["encodings"]["color"]["scale"]["mappings"] = [{"value": "South", "color": "#123456"}]
    assert encoding(state, made)["color"]["scale"] == {"domain": ["South", "North"], "range": ["#123456"]}


@pytest.mark.parametrize(("kind", "mark"), [("line", "line"), ("area", "area"), ("scatter", "point")])
def test_marks_along_days(state: Path, kind: str, mark: str) -> None:
    drawn = Page(render(state, dashboard([bars(kind)])).html).widget("p0.bars")["spec"]
    assert drawn["mark"]["type"] == mark
    assert (drawn["encoding"]["x"]["type"], drawn["encoding"]["x"]["scale"]) == ("temporal", {"type": "utc"})


def test_pie_and_heat_map(state: Path) -> None:
    angle: dict[str, Any] = {
        "angle": {"fieldName": "SUM(people)", "scale": {"type": "quantitative"}},
        "color": {"fieldName": "gym", "scale": {"type": "categorical"}},
    }
    pie = widget("pie", "pie", [query("visits", "SUM(`people`)", "`gym`")], angle)
    drawn = Page(render(state, dashboard([pie])).html).widget("p0.pie")
    assert drawn["rows"] == [[9, "North"], [2, "South"]]
    assert drawn["spec"]["mark"]["type"] == "arc"
    cells: dict[str, Any] = {
        "x": {"fieldName": "hour", "scale": {"type": "categorical"}},
        "y": {"fieldName": "gym", "scale": {"type": "categorical"}},
        "color": {"fieldName": "AVG(people)", "scale": {"type": "quantitative", "colorRamp": {"scheme": "magma"}}},
    }
    heat_map = widget("heatmap", "heat", [query("visits", "`hour`", "`gym`", "AVG(`people`)")], cells)
    drawn = Page(render(state, dashboard([heat_map])).html).widget("p0.heat")
    assert drawn["rows"] == [[9, "North", 2.0], [9, "South", 2.0], [10, "North", 5.0]]
    assert drawn["spec"]["encoding"]["color"]["scale"] == {"scheme": "magma"}


def test_numbers_of_a_chart_have_its_format(state: Path) -> None:
    made = bars()
    made["spec"]["encodings"]["y"]["format"] = {"type": "number-percent", "decimalPlaces": {"type": "max", "places": 1}}
    assert encoding(state, made)["y"]["axis"] == {"format": ",.1~%"}
    page = Page(render(state, dashboard([made])).html)
    assert page.widget("p0.bars")["columns"][1]["format"] == {
        "style": "percent",
        "minimumFractionDigits": 0,
        "maximumFractionDigits": 1,
    }
    assert page.cells[1] == ["2026-04-13", "800%", "North"]


def test_a_query_may_leave_rows_out(state: Path) -> None:
    made = counter("SUM(`people`)")
    made["queries"][0]["query"]["filters"] = [{"expression": "`gym` IN ('South')"}]
    assert Page(render(state, dashboard([made])).html).texts["number"] == "2"
