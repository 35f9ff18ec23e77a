"""Every golden case, in two updates in two processes."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from dlt_local.pytest_plugin import PipelineProject
from tests.cdc.golden import Case, Group, Row, groups, pipeline_source

GROUPS = groups()
CASES = [
    pytest.param(group, case, scd_type, id=f"{group.name}-{case.name}-scd{scd_type}")
    for group in GROUPS
    for case in group.cases
    for scd_type in case.expected
]
Tables = list[dict[str, list[Row]]]
SECOND_UPDATE = """
import sys
from pathlib import Path
from dlt_local.pytest_plugin import PipelineProject
result = PipelineProject(Path(sys.argv[1])).update()
sys.exit("\\n".join(result.errors) if result.state != "COMPLETED" else 0)
"""


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """All target tables after the first and after the second update."""
    pipeline = PipelineProject(tmp_path_factory.mktemp("golden"))
    pipeline.source("cases.py", pipeline_source(GROUPS))
    _land(pipeline, 0)
    result = pipeline.update()
    assert result.state == "COMPLETED", result.errors
    first = _tables(pipeline)
    _land(pipeline, 1)
    second_process = [sys.executable, "-W", "error", "-c", SECOND_UPDATE, str(pipeline.root)]
    subprocess.run(second_process, check=True, timeout=900)
    return [first, _tables(pipeline)]


def _land(pipeline: PipelineProject, number: int) -> None:
    for group in GROUPS:
        rows = [event for case in group.cases for update in case.updates[number : number + 1] for event in update]
        pipeline.land(f"{group.name}/{number}.json", rows)


def _tables(pipeline: PipelineProject) -> dict[str, list[Row]]:
    names = [f"{group.name}_{scd_type}" for group in GROUPS for scd_type in group.scd_types]
    return {name: pipeline.table(name) for name in names}


def _plain(value: Any) -> Any:
    """Maps come as pairs."""
    if isinstance(value, list) and value and all(isinstance(item, tuple) for item in value):
        return dict(value)
    return value


@pytest.mark.parametrize(("group", "case", "scd_type"), CASES)
def test_golden_case(tables: Tables, group: Group, case: Case, scd_type: int) -> None:
    for stored, expected in zip(tables, case.expected[scd_type], strict=True):
        rows = [
            {name: _plain(value) for name, value in row.items()}
            for row in stored[f"{group.name}_{scd_type}"]
            if row["id"] in case.keys
        ]
        if expected is not None:
            assert _in_one_order(rows) == _in_one_order(expected)


def _in_one_order(rows: list[Row]) -> list[str]:
    return sorted(repr(sorted(row.items())) for row in rows)
