"""The page of the report in a real browser with the network off."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest

from dlt_local.quality import BesideTheLog, quality_report
from dlt_local.quality.as_html import html_text
from dlt_local.quality.measured_tables import measured_in
from dlt_local.quality.rule_files import read_rule_files
from tests.lakeview.browser import shown
from tests.quality.log_of_updates import Log
from tests.quality.rule_folder import check, sample, write_measured, write_rules

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.lakeview.browser import Shown

pytestmark = pytest.mark.browser

NASTY = '<script>window.harmed = 1</script><img src=x onerror="window.harmed = 2">'
# Names no longer than this break only where they must.
LONG = "a_rule_with_a_name_that_is_longer_than_a_telephone_is_wide_" * 2
WIDTHS = (390, 900, 1440)
# Of each text that is seen: the ratio of WCAG between its colour and the nearest one behind it.
CONTRASTS = """() => {
  const numbers = (color) => color.match(/[0-9.]+/g).map(Number);
  const part = (one) => (one / 255 <= 0.03928 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([red, green, blue]) => 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue);
  const behind = (element) => {
    const box = element.closest("g.node")?.querySelector("rect");
    if (box) return numbers(getComputedStyle(box).fill);
    for (let one = element; one; one = one.parentElement) {
      const color = numbers(getComputedStyle(one).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.checkVisibility({ visibilityProperty: true })) continue;
    const style = getComputedStyle(element);
    const color = numbers(element.closest("svg") ? style.fill : style.color);
    const [darker, lighter] = [light(color), light(behind(element))].sort((a, b) => a - b);
    found.push([(lighter + 0.05) / (darker + 0.05), texts.currentNode.data.trim()]);
  }
  return found;
}"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A breach, amber, failed, passed and unevaluated rules, one with a nasty name, checks and samples."""
    folder = tmp_path_factory.mktemp("report")
    rules = [("positive", "n > 0", "ALLOW"), ("small", "n < 8", "DROP"), (NASTY, f"n <> '{NASTY}'", "ALLOW")]
    rules += [(LONG, f"n <> '{LONG}'", "ALLOW"), ("passed", "n < 99", "ALLOW")]
    rules += [(f"unseen_{number}", "true", "ALLOW") for number in range(30)]
    log = Log().start("u1").defines(*rules, inputs=("fitness.bronze.numbers",))
    counts = {"positive": (99, 1), "small": (10, 90), NASTY: (50, 50), LONG: (98, 2), "passed": (100, 0)}
    log.batch(counts, rows=100).status("COMPLETED").state("COMPLETED")
    log.start("u2").status("COMPLETED").state("COMPLETED")
    state = write_measured(
        folder / "state",
        checks=[check(status="failed", severity="warning", observed=3.0), check(check_name=NASTY, details_json=NASTY)],
        samples=[
            sample(keys=json.dumps({NASTY: NASTY}), reason=NASTY, observed=NASTY, source_file=NASTY),
            sample(expectation=NASTY),
        ],
    )
    beside = BesideTheLog(read_rule_files(write_rules(folder / "rules", positive=0.001)), partial(measured_in, state))
    page = folder / "report.html"
    page.write_text(html_text(quality_report(log.events, beside=beside)), encoding="utf-8")
    return page


@pytest.fixture
def opened(browser: Browser, file: Path) -> Iterator[Shown]:
    found = shown(browser, file, viewport={"width": 1440, "height": 900})
    yield found
    harmed = found.page.evaluate("window.harmed")
    found.page.context.close()
    assert harmed is None
    assert found.wrong == []
    assert found.requests == [file.as_uri()]


def rules(page: Page) -> list[str]:
    """Names of the rules that are seen, from top to bottom."""
    names = page.locator("#rule-table tbody tr:visible summary .name").all_text_contents()
    return ["NASTY" if name == NASTY else "LONG" if name == LONG else name for name in names]


WORST_FIRST = ["small", "positive", "NASTY", "LONG", "passed"]


def test_names_sql_and_samples_from_outside_do_nothing(opened: Shown) -> None:
    assert rules(opened.page) == WORST_FIRST
    opened.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    assert opened.page.get_by_text(NASTY).count() >= 8
    assert opened.page.locator("img").count() == 0


def test_a_click_sorts_and_another_one_turns_the_order(opened: Shown) -> None:
    rate = opened.page.get_by_role("columnheader", name="Rate")
    rate.get_by_role("button").click()
    assert rate.get_attribute("aria-sort") == "ascending"
    assert rules(opened.page) == ["passed", "positive", "LONG", "NASTY", "small"]
    rate.get_by_role("button").click()
    assert rate.get_attribute("aria-sort") == "descending"
    assert rules(opened.page) == ["small", "NASTY", "LONG", "positive", "passed"]
    opened.page.get_by_role("columnheader", name="Status").first.get_by_role("button").click()
    assert rules(opened.page) == WORST_FIRST
    assert rate.get_attribute("aria-sort") is None


def test_text_and_standing_filter_the_rules(opened: Shown) -> None:
    find, show = opened.page.get_by_label("Find"), opened.page.get_by_label("Show")
    find.fill("N < 9")
    assert rules(opened.page) == ["passed"]
    find.fill("silver.numbers.yml")
    assert rules(opened.page) == ["small", "positive"]
    assert opened.page.locator("output").inner_text() == "2 of 5 rules"
    show.select_option("amber")
    assert rules(opened.page) == ["positive"]
    find.fill("")
    show.select_option("failed")
    assert rules(opened.page) == ["NASTY", "LONG"]
    show.select_option("amber")
    assert rules(opened.page) == ["positive"]
    show.select_option("")
    assert rules(opened.page) == WORST_FIRST


def test_the_keyboard_alone_finds_sorts_and_opens(opened: Shown) -> None:
    keyboard = opened.page.keyboard
    keyboard.press("Tab")
    assert opened.page.locator(":focus").inner_text() == "To the rules"
    keyboard.press("Enter")
    keyboard.press("Tab")
    keyboard.type("small")
    assert rules(opened.page) == ["small"]
    assert opened.page.locator(":focus").evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    keyboard.press("Tab")
    keyboard.press("Tab")
    keyboard.press("Enter")
    assert opened.page.get_by_role("columnheader", name="Status").first.get_attribute("aria-sort") == "ascending"
    for _ in range(10):
        keyboard.press("Tab")
    keyboard.press("Enter")
    assert opened.page.locator("#rule-table details[open] .name").first.inner_text() == "small"
    keyboard.press("Tab")
    keyboard.press("Enter")
    assert (
        opened.page.get_by_role("cell", name="n < 8")
        .or_(opened.page.locator("details.sample[open]"))
        .first.is_visible()
    )


def test_a_reason_leads_to_its_rule_and_a_rule_to_its_samples(opened: Shown) -> None:
    opened.page.get_by_role("link", name="Rule 'small'").click()
    target = opened.page.locator("tr:target")
    assert target.locator(".name").first.inner_text() == "small"
    target.locator("summary").click()
    target.get_by_role("link", name="1 of the rows that failed").click()
    assert opened.page.locator("table:target").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_is_as_wide_as_the_window_and_can_be_read(
    browser: Browser, file: Path, width: int, scheme: str
) -> None:
    found = shown(browser, file, viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = found.page
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    contrasts = page.evaluate(CONTRASTS)
    assert len(contrasts) > 100
    assert [pair for pair in contrasts if pair[0] < 4.5] == []
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(251, 250, 247)" if scheme == "light" else "rgb(19, 21, 25)")
    page.context.close()
    assert (found.wrong, found.requests) == ([], [file.as_uri()])


def test_on_paper_all_is_open_and_dark_on_white(browser: Browser, file: Path) -> None:
    page = shown(browser, file, viewport={"width": 1040, "height": 800}, color_scheme="dark").page
    assert not page.locator("#unjudged-table").is_visible()
    page.emulate_media(media="print")
    assert page.locator("#unjudged-table").is_visible()
    assert page.locator("table[id^=samples-]").first.is_visible()
    assert not page.locator("form.filter").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert [pair for pair in page.evaluate(CONTRASTS) if pair[0] < 4.5] == []
    assert page.evaluate("document.documentElement.scrollWidth") == 1040
    page.context.close()


def test_without_a_script_all_is_there(browser: Browser, file: Path) -> None:
    context = browser.new_context(offline=True, java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    assert rules(page) == WORST_FIRST
    assert not page.locator("form.filter").is_visible()
    assert page.get_by_role("button").count() == 0
    page.get_by_text("30 no data").click()
    assert page.locator("#unjudged-table tbody tr:visible").count() == 30
    assert page.get_by_text("Check 'one_row_per_number' of silver.numbers failed: 3 found").first.is_visible()
    context.close()
