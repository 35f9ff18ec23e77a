"""The page in a real browser with the network off: what is drawn, what filters do, tabs, keyboard, widths, colours."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.lakeview.browser import shown
from tests.lakeview.small_dashboard import (
    bars,
    counter,
    dashboard,
    day_filter,
    gym_filter,
    query,
    render,
    table,
    widget,
    write_visits,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator

    from tests.lakeview.browser import Shown

pytestmark = pytest.mark.browser

APRIL_13, APRIL_14, APRIL_15 = 1776038400000, 1776124800000, 1776211200000


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pages: the first with one widget of each kind and filters, the second with a pie of all rows."""
    state = tmp_path_factory.mktemp("state")
    write_visits(state)
    average = {**counter("AVG(`minutes`)"), "name": "average"}
    heat: dict[str, Any] = {
        "x": {"fieldName": "hour", "scale": {"type": "categorical"}},
        "y": {"fieldName": "gym", "scale": {"type": "categorical"}},
        "color": {"fieldName": "AVG(people)", "scale": {"type": "quantitative"}},
    }
    angle: dict[str, Any] = {
        "angle": {"fieldName": "SUM(people)", "scale": {"type": "quantitative"}},
        "color": {"fieldName": "gym", "scale": {"type": "categorical"}},
    }
    first = [
        gym_filter(),
        day_filter(),
        counter("SUM(`people`)"),
        average,
        table("gym", "day", "minutes"),
        bars(),
        {**bars("line"), "name": "lines"},
        {**bars("area"), "name": "areas"},
        {**bars("scatter"), "name": "points"},
        widget("heatmap", "heat", [query("visits", "`hour`", "`gym`", "AVG(`people`)")], heat),
        widget("choropleth-map", "map", [], {}),
    ]
    pie = widget("pie", "pie", [query("visits", "SUM(`people`)", "`gym`")], angle)
    page = state / "small.html"
    page.write_text(render(state, dashboard(first, [pie])).html, encoding="utf-8")
    return page


@pytest.fixture
def small(browser: Browser, file: Path) -> Iterator[Shown]:
    opened = shown(browser, file, viewport={"width": 1200, "height": 800})
    yield opened
    opened.page.context.close()
    assert opened.wrong == []
    assert opened.requests == [file.as_uri()]


def box(small: Shown, gym: str) -> Locator:
    return small.widget("p0.gym").get_by_role("checkbox", name=gym)


def choose(small: Shown, *gyms: str) -> None:
    small.widget("p0.gym").locator("summary").click()
    for gym in gyms:
        box(small, gym).check()


def test_numbers_are_those_of_the_rows(small: Shown) -> None:
    assert small.widget("p0.counter").locator(".number").inner_text() == "11"
    assert small.widget("p0.average").locator(".number").inner_text() == "30"
    assert small.vega_rows("p0.bars") == [
        {"c0": APRIL_13, "c1": 8, "c2": "North"},
        {"c0": APRIL_13, "c1": 2, "c2": "South"},
        {"c0": APRIL_14, "c1": 1, "c2": "North"},
        {"c0": APRIL_15, "c1": None, "c2": "South"},
    ]
    assert small.vega_rows("p0.heat") == [
        {"c0": 9, "c1": "North", "c2": 2},
        {"c0": 9, "c1": "South", "c2": 2},
        {"c0": 10, "c1": "North", "c2": 5},
    ]


def test_every_chart_has_marks(small: Shown) -> None:
    marks = {
        "bars": "mark-rect",
        "lines": "mark-line",
        "areas": "mark-area",
        "points": "mark-symbol",
        "heat": "mark-rect",
    }
    for name, mark in marks.items():
        drawn = small.widget(f"p0.{name}").locator(f"svg .{mark}.role-mark path, svg .role-mark .{mark} path")
        assert drawn.count() > 0, name


def test_what_is_not_shown_stands_in_its_place(small: Shown) -> None:
    assert small.widget("p0.map").inner_text().endswith("does not draw widgets of the type 'choropleth-map'.")


def test_a_choice_of_values_changes_every_widget(small: Shown) -> None:
    small.vega_rows("p0.bars")
    choose(small, "South")
    assert small.widget("p0.counter").locator(".number").inner_text() == "2"
    assert small.widget("p0.average").locator(".number").inner_text() == "45"
    assert small.cells("p0.table") == [["South", "2026-04-13", "60"], ["South", "2026-04-15", "30"]]
    assert small.vega_rows("p0.bars") == [
        {"c0": APRIL_13, "c1": 2, "c2": "South"},
        {"c0": APRIL_15, "c1": None, "c2": "South"},
    ]
    assert small.cells("p0.bars") == [["2026-04-13", "2", "South"], ["2026-04-15", "\N{EN DASH}", "South"]]


def test_taking_a_choice_back_shows_what_was_written_without_a_script(
    small: Shown, file: Path, browser: Browser
) -> None:
    choose(small, "North", "South")
    box(small, "North").uncheck()
    box(small, "South").uncheck()
    plain = browser.new_context(offline=True, java_script_enabled=False)
    page = plain.new_page()
    page.goto(file.as_uri())
    for name in ("p0.counter", "p0.average", "p0.table", "p0.bars"):
        found = page.locator(f'[id="{name}"]').locator(".number, td").all_text_contents()
        assert small.widget(name).locator(".number, td").all_text_contents() == found
    assert page.locator("h2", has_text="Page 1").is_visible()
    plain.close()


def test_an_average_counts_each_row_once(small: Shown) -> None:
    """Two rows of one gym and one of the other, not the average of two averages."""
    small.widget("p0.days").get_by_label("last").fill("2026-04-13")
    assert small.widget("p0.average").locator(".number").inner_text() == "30"


def test_the_last_day_of_a_range_is_in_it(small: Shown) -> None:
    small.widget("p0.days").get_by_label("last").fill("2026-04-13")
    assert small.widget("p0.counter").locator(".number").inner_text() == "10"
    assert [row[1] for row in small.cells("p0.table")] == ["2026-04-13"] * 3


def test_a_range_of_days_and_a_gym_hold_together(small: Shown) -> None:
    small.widget("p0.days").get_by_label("first").fill("2026-04-14")
    assert small.widget("p0.counter").locator(".number").inner_text() == "1"
    assert small.widget("p0.average").locator(".number").inner_text() == "30"
    choose(small, "North")
    assert small.cells("p0.table") == [["North", "2026-04-14", "\N{EN DASH}"]]
    assert small.widget("p0.average").locator(".number").inner_text() == "\N{EN DASH}"


def test_a_choice_without_rows_is_no_blank(small: Shown) -> None:
    small.widget("p0.days").get_by_label("first").fill("2026-04-15")
    small.widget("p0.days").get_by_label("last").fill("2026-04-15")
    choose(small, "North")
    assert small.widget("p0.counter").locator(".number").inner_text() == "\N{EN DASH}"
    assert small.widget("p0.bars").locator(".drawing").inner_text() == "No rows for this choice."
    assert small.widget("p0.table").locator(".empty").is_visible()


def test_rows_without_a_value_are_no_blank(small: Shown) -> None:
    small.widget("p0.days").get_by_label("first").fill("2026-04-15")
    drawing = small.widget("p0.bars").locator(".drawing")
    assert drawing.inner_text() == "No value to draw: People is empty in all rows."


def test_pages_are_tabs_for_the_keyboard(small: Shown) -> None:
    first, second = small.page.get_by_role("tab").all()
    assert (first.get_attribute("aria-selected"), second.get_attribute("aria-selected")) == ("true", "false")
    assert not small.widget("p1.pie").is_visible()
    first.focus()
    small.page.keyboard.press("ArrowRight")
    assert second.get_attribute("aria-selected") == "true"
    assert small.vega_rows("p1.pie") == [{"c0": 9, "c1": "North"}, {"c0": 2, "c1": "South"}]
    assert small.widget("p1.pie").locator("svg .mark-arc path").count() == 2
    assert not small.widget("p0.bars").is_visible()
    small.page.keyboard.press("Home")
    assert small.widget("p0.bars").is_visible()


def test_a_menu_of_values_works_by_keyboard(small: Shown) -> None:
    summary = small.widget("p0.gym").locator("summary")
    summary.focus()
    small.page.keyboard.press("Enter")
    small.page.keyboard.press("Tab")
    small.page.keyboard.press("Space")
    assert summary.get_attribute("aria-label") == "Gym: North"
    assert small.widget("p0.counter").locator(".number").inner_text() == "9"
    small.page.keyboard.press("Escape")
    assert not box(small, "North").is_visible()


def test_numbers_of_a_chart_can_be_read(small: Shown) -> None:
    small.widget("p0.lines").locator("summary").click()
    assert small.widget("p0.lines").locator("td").first.is_visible()
    assert not small.widget("p0.lines").locator(".drawing").is_visible()


def test_a_narrow_page_is_one_column(browser: Browser, file: Path) -> None:
    opened = shown(browser, file, viewport={"width": 390, "height": 844})
    assert opened.page.evaluate("document.documentElement.scrollWidth") == 390
    boxes = [box for one in opened.page.locator("#page-0 .widget").all() if (box := one.bounding_box())]
    assert {round(box["x"]) for box in boxes} == {16}
    assert all(one["y"] + one["height"] <= other["y"] for one, other in pairwise(boxes))
    opened.vega_rows("p0.bars")
    opened.page.context.close()
    assert opened.wrong == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out(browser: Browser, file: Path, scheme: Any) -> None:
    """WCAG asks for a contrast of 4.5 between text and what is behind it."""
    opened = shown(browser, file, color_scheme=scheme)
    pairs = [("--text", "--ground"), ("--text", "--card"), ("--soft", "--ground"), ("--soft", "--card")]
    style = "name => getComputedStyle(document.documentElement).getPropertyValue(name).trim()"
    for one, other in [*pairs, ("--warn-text", "--warn-ground")]:
        assert contrast(opened.page.evaluate(style, one), opened.page.evaluate(style, other)) >= 4.5, (one, other)
    opened.vega_rows("p0.bars")
    label = opened.widget("p0.bars").locator("svg text").first.get_attribute("fill")
    assert label == opened.page.evaluate(style, "--soft")
    opened.page.context.close()


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted([luminance(one), luminance(other)], reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
