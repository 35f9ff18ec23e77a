"""The dashboards of this bundle on made rows of the declared schemas: every widget is drawn."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from pyspark.sql import types as spark_types
from pyspark.sql.pandas.types import to_arrow_schema

from dashboards.boards import BOARDS
from dashboards.files import FOLDER, path_of
from dlt_local.lakeview.render import rendered
from dlt_local.project.dashboards import DashboardSpec
from tests.bundle.job_sql import quality_tables
from tests.dashboards.made_rows import made_rows
from tests.dashboards.tables import tables_of
from tests.fitness.data_sets import DATA_SETS
from tests.lakeview.browser import shown
from tests.lakeview.small_dashboard import NOW, Page

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from dashboards.model import Board

_COLUMN = re.compile(r"^\s*(\w+) ([A-Z]+)", re.MULTILINE)
_KINDS: dict[str, spark_types.DataType] = {
    "STRING": spark_types.StringType(),
    "BIGINT": spark_types.LongType(),
    "INT": spark_types.IntegerType(),
    "DOUBLE": spark_types.DoubleType(),
    "BOOLEAN": spark_types.BooleanType(),
    "DATE": spark_types.DateType(),
    "TIMESTAMP": spark_types.TimestampType(),
}


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All tables of the dashboards; Spark is not needed to make a few rows."""
    folder = tmp_path_factory.mktemp("state")
    ops = quality_tables()
    sql = [file.read_text(encoding="utf-8") for file in FOLDER.glob("*/*.sql")]
    for seed, name in enumerate(sorted({table for text in sql for table in tables_of(text)})):
        schema = _schema(ops[name] if name in ops else DATA_SETS[name].schema)
        rows = [dict(zip(schema.names, row, strict=True)) for row in made_rows(schema, count=60, seed=seed)]
        place = folder / "tables/fitness" / ("ops" if name in ops else "gold") / name
        write_deltalake(place, pa.Table.from_pylist(rows, to_arrow_schema(schema, timezone="UTC")))
    return folder


def _schema(columns: str) -> spark_types.StructType:
    found = [(name, kind) for name, kind in _COLUMN.findall(columns) if kind in _KINDS]
    return spark_types.StructType([spark_types.StructField(name, _KINDS[kind]) for name, kind in found])


def spec(board: Board) -> DashboardSpec:
    schema = "ops" if board.name == "data_quality" else "gold"
    return DashboardSpec(board.name, board.name, path_of(board), "fitness", schema)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_every_widget_is_shown(board: Board, state: Path) -> None:
    page = rendered(spec(board), state, now=NOW)
    assert page.problems == ()
    assert page.widgets == sum(len(one.widgets) for one in board.pages)
    names = {f"{one.name}.{widget.name}" for one in board.pages for widget in one.widgets}
    assert names <= {attributes.get("id") for _, attributes in Page(page.html).elements}


@pytest.mark.browser
@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_every_chart_is_drawn(board: Board, state: Path, browser: Browser) -> None:
    file = state / f"{board.name}.html"
    file.write_text(rendered(spec(board), state, now=NOW).html, encoding="utf-8")
    opened = shown(browser, file, viewport={"width": 1400, "height": 900})
    for tab, page in zip(opened.page.get_by_role("tab").all(), board.pages, strict=True):
        tab.click()
        for widget in page.widgets:
            if widget.kind in {"bar", "line", "area", "pie", "heatmap"}:
                assert opened.vega_rows(f"{page.name}.{widget.name}"), widget.name
    assert opened.wrong == []
    assert opened.requests == [file.as_uri()]
    opened.page.context.close()
