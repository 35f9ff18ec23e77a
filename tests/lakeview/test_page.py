"""The page as a file: nothing from outside, nothing that data could do to it, and no blank place."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import date
from pathlib import Path

import pytest

from dlt_local.errors import PipelineError
from dlt_local.lakeview.drawing import WIDGETS
from dlt_local.lakeview.widget_rows import MOST_ROWS
from tests.lakeview.small_dashboard import (
    Json,
    Page,
    bars,
    counter,
    dashboard,
    gym_filter,
    query,
    render,
    table,
    widget,
    write_visits,
)

EVIL = "</script><script>alert(1)</script><!-- \"'&\u2028"
OUTSIDE = re.compile(r"""@import|url\(\s*['"]?(?!data:)""")


def test_the_file_refers_to_nothing_outside(state: Path) -> None:
    html = render(state, dashboard([counter("SUM(`people`)"), bars(), gym_filter(), table("gym")])).html
    page = Page(html)
    references = {"src", "href", "srcset", "action", "data", "poster", "background"}
    assert not [one for one in page.elements if references & one[1].keys()]
    assert {tag for tag, _ in page.elements}.isdisjoint({"link", "iframe", "img", "base", "object", "embed"})
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert not OUTSIDE.search(style)


def test_the_policy_lets_only_the_scripts_of_the_file_run(state: Path) -> None:
    html = render(state, dashboard([bars()])).html
    policy = next(one["content"] for tag, one in Page(html).elements if one.get("http-equiv"))
    assert policy is not None
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    assert len(hashes) == 2
    allowed = " ".join(f"'sha256-{one}'" for one in hashes)
    assert policy == f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src {allowed}"


def test_texts_from_data_and_from_the_file_are_only_texts(tmp_path: Path) -> None:
    write_visits(tmp_path, [(EVIL, date(2026, 4, 13), 9, 1, 1.0)])
    named = widget("counter", "evil", [query("visits", "SUM(`people`)")], {"value": {"fieldName": "SUM(people)"}})
    named["name"] = named["spec"]["frame"]["title"] = EVIL
    text = {"name": "text", "multilineTextboxSpec": {"lines": [f"# {EVIL}\n", f"**{EVIL}** [{EVIL}](javascript:x)\n"]}}
    unknown = widget(EVIL, "unknown", [], {})
    content = dashboard([named, table("gym"), bars(), gym_filter(), gym_filter("filter-single-select"), text, unknown])
    content["pages"].append({**content["pages"][0], "name": EVIL, "displayName": EVIL})
    page = Page(html := render(tmp_path, content, title=EVIL).html)
    assert page.texts["h1"] == EVIL
    assert page.cells[1] == [EVIL]
    assert page.widget("p0.bars")["rows"][0][2] == EVIL
    assert [tag for tag, _ in page.elements].count("script") == 3
    assert html.count("</script>") == 3
    assert "<!-- " not in html
    assert not [attributes for _, attributes in page.elements if {"onerror", "onload", "onclick"} & attributes.keys()]


def test_missing_table_is_named_with_what_to_do(state: Path) -> None:
    content = dashboard([table("a", data_set="none"), counter("SUM(`people`)")], none="SELECT a FROM nowhere")
    page = render(state, content)
    assert page.missing_tables == ("fitness.gold.nowhere",)
    (problem,) = page.problems
    assert problem == (
        "p0.table: There is no table fitness.gold.nowhere here. "
        "dlt-local run makes the tables of a pipeline; what a job makes is only in a workspace."
    )
    parsed = Page(page.html)
    assert "There is no table fitness.gold.nowhere here." in parsed.texts["p0.table"]
    assert "1 of 2 widgets are not shown" in parsed.texts["header"]
    assert parsed.texts["number"] == "11"


def unsupported() -> Json:
    return widget("choropleth-map", "map", [query("visits", "`gym`")], {})


def unknown_column() -> Json:
    return counter("SUM(`visitors`)")


def no_expression() -> Json:
    return counter("SUM(`people`")


def not_drawn_field() -> Json:
    made = counter("SUM(`people`)")
    made["spec"]["encodings"]["value"]["fieldName"] = "people"
    return made


def two_queries() -> Json:
    made = counter("SUM(`people`)")
    made["queries"].append(made["queries"][0])
    return made


def many_measures() -> Json:
    made = bars()
    made["spec"]["encodings"]["y"] = {"fields": [{"fieldName": "SUM(people)"}]}
    return made


def by_facet() -> Json:
    made = bars()
    made["spec"]["encodings"]["facet"] = {"fieldName": "gym"}
    return made


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        (unsupported, "The local page does not draw widgets of the type 'choropleth-map'."),
        (unknown_column, "The query on data set 'visits' fails: Binder Error: Referenced column \"visitors\""),
        (no_expression, "The expression SUM(`people` is not understood: "),
        (not_drawn_field, "The widget draws 'people', which its query does not give."),
        (two_queries, "The local page draws widgets of one query, and this one has 2."),
        (many_measures, "The local page draws one field as 'y', and the widget does not name one."),
        (by_facet, "The local page does not draw the encoding 'facet'."),
    ],
)
def test_what_is_not_shown_says_so_in_its_place(state: Path, made: object, problem: str) -> None:
    assert callable(made)
    page = render(state, dashboard([made()]))
    assert page.widgets == len(page.problems) == 1
    assert f"Not shown. {problem}" in Page(page.html).texts[f"p0.{made()['name']}"]


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("SELECT 1 AS a; SELECT 2 AS a", "Data set 'd' is not one query."),
        ("DROP TABLE visits", "Data set 'd' is not one query."),
        ("SELECT FROM WHERE", "The SQL of data set 'd' is not understood: "),
        ("SELECT a FROM read_csv('/etc/passwd')", "is no table of the pipeline."),
        ("SELECT a FROM `/etc/passwd`", "There is no table fitness.gold./etc/passwd here."),
        (" ", "Data set 'd': It has no SQL of its own."),
        ("SELECT width(gym) AS a FROM visits", "The query on data set 'd' fails: Catalog Error"),
    ],
)
def test_a_data_set_that_is_no_query_of_tables(state: Path, sql: str, problem: str) -> None:
    page = render(state, dashboard([table("a", data_set="d")], d=sql))
    assert problem in Page(page.html).texts["p0.table"]


def test_a_data_set_with_parameters_says_so(state: Path) -> None:
    content = dashboard([counter("SUM(`people`)")])
    content["datasets"][0]["parameters"] = [{"keyword": "gym", "dataType": "STRING"}]
    assert "It takes parameters (:gym)" in render(state, content).problems[0]


def test_too_many_rows_for_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlt_local.lakeview.widget_rows.MOST_ROWS", 4)
    write_visits(tmp_path)
    (problem,) = render(tmp_path, dashboard([table("gym")])).problems
    assert "Its query gives 5 rows, more than the 4 that a page takes." in problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", ":1: no JSON"),
        ("[]", "is no dashboard"),
        ('{"datasets": []}', "is no dashboard: no 'pages'"),
        ('{"pages": [{"name": "p", "layoutVersion": "GRID_V9"}]}', "layout version GRID_V9 is unknown"),
    ],
)
def test_a_file_that_is_no_dashboard(state: Path, text: str, problem: str) -> None:
    from dlt_local.lakeview.reading import read_dashboard

    file = state / "broken.lvdash.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(PipelineError, match=re.escape(problem)):
        read_dashboard(file)


def test_text_widgets_are_markdown(state: Path) -> None:
    lines = [
        "# Floor\n",
        "It is *now*, **always**: `x < 1`,\n",
        "see [docs](https://example.org/a?b=1&c=2).\n",
        "- a\n",
        "- b\n",
    ]
    text = {"name": "text", "multilineTextboxSpec": {"lines": lines}}
    assert (
        "<h2>Floor</h2><p>It is <em>now</em>, <strong>always</strong>: <code>x &lt; 1</code>, "
        'see <a href="https://example.org/a?b=1&amp;c=2" rel="noreferrer">docs</a>.</p><ul><li>a</li><li>b</li></ul>'
    ) in render(state, dashboard([text])).html


def test_a_page_without_charts_needs_no_vega(state: Path) -> None:
    assert len(render(state, dashboard([counter("SUM(`people`)")])).html) < 40_000


def test_the_place_of_a_widget_is_that_of_the_file(state: Path) -> None:
    content = dashboard([counter("SUM(`people`)")])
    content["pages"][0]["layout"][0]["position"] = {"x": 3, "y": 2, "width": 4, "height": 5}
    page = Page(render(state, content).html)
    styles = [attributes.get("style") for _, attributes in page.elements]
    assert "--columns: 12" in styles
    assert "--x: 3; --y: 2; --w: 4; --h: 5" in styles


def test_old_files_have_six_columns(state: Path) -> None:
    content = dashboard([counter("SUM(`people`)")])
    del content["pages"][0]["layoutVersion"]
    assert '"--columns: 6"' in render(state, content).html


def test_the_documentation_lists_what_is_supported() -> None:
    page = (Path(__file__).parents[2] / "docs/dashboards.md").read_text(encoding="utf-8")
    table = page.partition("| widget type |")[2].partition("\n\n")[0]
    listed = [re.findall(r"`([a-z-]+)`", line.split("|")[1]) for line in table.splitlines()[2:]]
    assert sorted(kind for kinds in listed for kind in kinds) == sorted(WIDGETS)
    assert f"more than {MOST_ROWS:,} rows" in page


def test_every_widget_of_the_bundles_dashboards_is_supported() -> None:
    from dashboards.boards import BOARDS
    from dashboards.files import text_of

    layouts = [page["layout"] for board in BOARDS for page in json.loads(text_of(board))["pages"]]
    specs = [item["widget"].get("spec", {"widgetType": "text"}) for layout in layouts for item in layout]
    assert {spec["widgetType"] for spec in specs} <= WIDGETS
