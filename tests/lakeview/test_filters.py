"""What a filter offers, and the parts from which a page puts its widgets together again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lakeview.small_dashboard import (
    Page,
    bars,
    counter,
    dashboard,
    day_filter,
    gym_filter,
    query,
    render,
    table,
    widget,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lakeview.small_dashboard import Json


def test_a_choice_of_values_offers_each_once(state: Path) -> None:
    page = Page(render(state, dashboard([gym_filter()])).html)
    boxes = [attributes["value"] for tag, attributes in page.elements if attributes.get("type") == "checkbox"]
    assert boxes == ['"North"', '"South"']


def test_a_choice_of_one_offers_all_too(state: Path) -> None:
    page = Page(render(state, dashboard([gym_filter("filter-single-select")])).html)
    assert [attributes["value"] for tag, attributes in page.elements if tag == "option"] == ["", '"North"', '"South"']


def test_a_range_of_days_goes_from_the_first_to_the_last(state: Path) -> None:
    page = Page(render(state, dashboard([day_filter()])).html)
    dates = [attributes for _, attributes in page.elements if attributes.get("type") == "date"]
    assert [(one["min"], one["max"]) for one in dates] == [("2026-04-13", "2026-04-15")] * 2


def test_parts_of_an_average_are_sums_and_counts_by_what_is_filtered(state: Path) -> None:
    drawn = Page(render(state, dashboard([counter("AVG(`minutes`)"), gym_filter(), day_filter()])).html)
    found = drawn.widget("p0.counter")
    assert found["filters"] == {"p0.gym": 1, "p0.days": 2}
    assert found["rows"] == [
        [[30, 2], "North", "2026-04-13"],
        [[None, 0], "North", "2026-04-14"],
        [[60, 1], "South", "2026-04-13"],
        [[30, 1], "South", "2026-04-15"],
    ]
    assert drawn.texts["number"] == "30"


def test_rows_of_a_table_carry_what_is_filtered(state: Path) -> None:
    found = Page(render(state, dashboard([table("people"), gym_filter()])).html).widget("p0.table")
    assert found["filters"] == {"p0.gym": 1}
    assert found["rows"] == [[1, "North"], [2, "South"], [3, "North"], [5, "North"], [None, "South"]]


def test_a_chart_that_shows_the_column_follows_too(state: Path) -> None:
    found = Page(render(state, dashboard([bars(), gym_filter()])).html).widget("p0.bars")
    assert found["filters"] == {"p0.gym": 3}
    assert found["rows"][0] == ["2026-04-13", 8, "North", "North"]


def test_a_filter_reaches_its_own_page_only(state: Path) -> None:
    drawn = Page(render(state, dashboard([counter("SUM(`people`)")], [gym_filter(), counter("SUM(`people`)")])).html)
    assert drawn.widget("p0.counter")["filters"] == {}
    assert drawn.widget("p1.counter")["filters"] == {"p1.gym": 1}


def test_a_filter_for_all_pages_reaches_them(state: Path) -> None:
    content = dashboard([gym_filter()], [counter("SUM(`people`)")])
    content["pages"][0]["pageType"] = "PAGE_TYPE_GLOBAL_FILTERS"
    page = Page(render(state, content).html)
    assert page.widget("p1.counter")["filters"] == {"p0.gym": 1}
    assert not [attributes for _, attributes in page.elements if attributes.get("role") == "tab"]


def test_other_data_sets_are_not_filtered(state: Path) -> None:
    other = table("gym", data_set="other")
    page = Page(render(state, dashboard([other, gym_filter()], other="SELECT DISTINCT gym FROM visits")).html)
    assert page.widget("p0.table")["filters"] == {}


def test_what_cannot_be_put_together_from_parts_says_so(state: Path) -> None:
    page = Page(render(state, dashboard([counter("COUNT(DISTINCT `hour`)"), gym_filter()])).html)
    assert page.texts["number"] == "2"
    assert page.texts["note"] == "COUNT(DISTINCT hour) is shown for all rows: it does not follow the filters."
    assert page.widget("p0.counter")["filters"] == {}


def with_a_parameter() -> Json:
    return widget("filter-multi-select", "gym", [], {"fields": [{"parameterName": "gym", "queryName": "p"}]})


def of_an_expression() -> Json:
    field = {"fieldName": "UPPER(gym)", "queryName": "gyms"}
    return widget("filter-multi-select", "gym", [query("visits", "UPPER(`gym`)", name="gyms")], {"fields": [field]})


def with_a_selection() -> Json:
    made = gym_filter()
    made["spec"]["selection"] = {"defaultSelection": {"values": {"values": [{"value": "North"}]}}}
    return made


def days_of_texts() -> Json:
    return gym_filter("filter-date-range-picker")


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        (with_a_parameter, "The local page does not know filters that set a parameter of a data set."),
        (of_an_expression, "The filter limits UPPER(`gym`), which is no column."),
        (with_a_selection, "The local page does not know filters that begin with a selection."),
        (days_of_texts, "A range of days needs a column of dates or times."),
    ],
)
def test_a_filter_that_would_not_filter_says_so(state: Path, made: object, problem: str) -> None:
    assert callable(made)
    page = render(state, dashboard([made()]))
    assert page.problems == (f"p0.{made()['name']}: {problem}",)
    assert Page(page.html).texts["problem"].endswith(problem)
