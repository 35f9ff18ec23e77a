"""`dlt-local dashboard`: which dashboards, where the pages go, and how it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from dlt_local.cli.app import app
from tests.lakeview.small_dashboard import Json, Page, counter, dashboard, table

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result

BUNDLE = """
bundle: {name: gyms}
include: [resources/*.yml]
variables: {catalog: {default: fitness}}
"""
RESOURCES = """
resources:
  schemas: {gold: {name: gold, catalog_name: x}}
  dashboards:
    floor:
      display_name: Gym floor
      file_path: ../boards/floor.lvdash.json
      warehouse_id: ${var.warehouse_of_a_workspace}
      dataset_catalog: ${var.catalog}
      dataset_schema: ${resources.schemas.gold.name}
    other: {file_path: ../boards/other.lvdash.json, dataset_catalog: fitness, dataset_schema: ops}
"""


@pytest.fixture
def bundle(state: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bundle whose dashboard `floor` finds its table and whose `other` does not."""
    for folder in ("resources", "boards", "deep/down"):
        (state / folder).mkdir(parents=True)
    (state / "databricks.yml").write_text(BUNDLE, encoding="utf-8")
    (state / "resources/boards.yml").write_text(RESOURCES, encoding="utf-8")
    write(state / "boards/floor.lvdash.json", dashboard([counter("SUM(`people`)")]))
    write(state / "boards/other.lvdash.json", dashboard([counter("SUM(`people`)"), table("gym")]))
    monkeypatch.chdir(state / "deep/down")
    return state


def write(file: Path, content: Json) -> None:
    file.write_text(json.dumps(content), encoding="utf-8")


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["dashboard", *map(str, arguments)], prog_name="dlt-local")


def test_a_dashboard_by_its_key(bundle: Path) -> None:
    result = call("floor", "--state", bundle)
    page = bundle / "dashboards/floor.html"
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{page}\n", "")
    parsed = Page(page.read_text(encoding="utf-8"))
    assert (parsed.texts["h1"], parsed.texts["number"]) == ("Gym floor", "11")
    assert str(bundle) in parsed.texts["footer"]


def test_every_dashboard_of_the_bundle_and_what_is_not_shown(bundle: Path) -> None:
    result = call("--state", bundle, "--out", bundle / "pages")
    assert result.stdout == f"{bundle / 'pages/floor.html'}\n{bundle / 'pages/other.html'}\n"
    assert result.stderr == ("other: 2 of 2 widgets are not shown\n  tables that are not there: fitness.ops.visits\n")
    assert result.exit_code == 1


def test_other_reasons_are_told_one_by_one(bundle: Path) -> None:
    write(bundle / "boards/floor.lvdash.json", dashboard([counter("SUM(`people`)"), counter("SUM(`x`)")]))
    result = call("floor", "--state", bundle)
    assert result.stderr.startswith("floor: 1 of 2 widgets are not shown\n  p0.counter: The query on data set 'visits'")
    assert result.exit_code == 1


def test_a_file_of_the_bundle_reads_the_schema_that_the_bundle_says(bundle: Path) -> None:
    result = call(bundle / "boards/floor.lvdash.json", "--state", bundle)
    assert (result.exit_code, result.stdout) == (0, f"{bundle / 'dashboards/floor.html'}\n")


def test_a_file_without_a_bundle_reads_the_table_of_that_name(
    state: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.chdir(elsewhere)
    write(elsewhere / "mine.lvdash.json", dashboard([counter("SUM(`people`)")]))
    result = call("mine.lvdash.json", "--state", state, "--out", "pages")
    assert (result.exit_code, result.stdout) == (0, "pages/mine.html\n")
    assert Page((elsewhere / "pages/mine.html").read_text(encoding="utf-8")).texts["number"] == "11"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["flor"], "has no dashboard 'flor'; it has floor, other. Did you mean 'floor'?"),
        (["gone.lvdash.json"], "No file "),
        (["floor", "--state", "nowhere"], "State folder nowhere does not exist"),
        (["floor", "--target", "prod"], ""),
    ],
)
def test_nothing_to_make_a_page_of(bundle: Path, arguments: list[str], message: str) -> None:
    if arguments[-1] == "prod":
        (bundle / "databricks.yml").write_text(BUNDLE + "targets: {dev: {default: true}}\n", encoding="utf-8")
    state = [] if "--state" in arguments else ["--state", bundle]
    result = call(*arguments, *state)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""


def test_no_bundle(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(state)
    result = call("--state", state)
    assert result.exit_code == 2
    assert f"No bundle around {state}" in result.stderr


def test_a_bundle_without_dashboards(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(state)
    (state / "databricks.yml").write_text("bundle: {name: none}\n", encoding="utf-8")
    result = call("--state", state)
    assert result.exit_code == 2
    assert "defines no dashboard" in result.stderr


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ("{file_path: ../boards/gone.lvdash.json}", "no file "),
        ("{display_name: x}", "Dashboard 'floor' has no 'file_path'"),
        ("{file_path: ../boards/floor.lvdash.json, dataset_schema: 'a b'}", "'a b' cannot be a dataset_schema name"),
    ],
)
def test_mistakes_in_the_resource_are_told_with_their_place(bundle: Path, resource: str, message: str) -> None:
    text = f"resources:\n  dashboards:\n    floor: {resource}\n"
    (bundle / "resources/boards.yml").write_text(text, encoding="utf-8")
    result = call("--state", bundle)
    assert result.exit_code == 2
    assert "boards.yml:3" in result.stderr
    assert message in result.stderr
