"""The commands that start Spark, on a bundle of three files."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dlt_local.stores.lock import locked

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

    DltLocal = Callable[..., Result]

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
BUNDLE = """\
bundle: {name: gyms}
resources:
  schemas:
    gold: {catalog_name: c, name: gold}
  volumes:
    landing: {catalog_name: c, schema_name: bronze, name: landing}
  pipelines:
    gyms:
      catalog: c
      schema: bronze
      libraries: [{glob: {include: src/**}}]
      configuration:
        gyms.landing: ${resources.volumes.landing.volume_path}
        gyms.gold: ${resources.schemas.gold.name}
"""
VISITS = """\
from pyspark import pipelines as dp

@dp.table(comment="As received")
def visits():
    return (
        spark.readStream.format("cloudFiles").option("cloudFiles.format", "csv").option("header", True)
        .schema("gym INT, minutes DOUBLE").load(spark.conf.get("gyms.landing") + "/visits")
    )
"""
GOLD = """\
from pyspark import pipelines as dp
from pyspark.sql import functions as F

@dp.temporary_view
def long_visits():
    return spark.read.table("visits").where("minutes > 10")

@dp.materialized_view(name=spark.conf.get("gyms.gold") + ".gym_minutes")
def gym_minutes():
    return spark.read.table("long_visits").groupBy("gym").agg(F.sum("minutes").alias("minutes"))
"""


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {"databricks.yml": BUNDLE, "src/visits.py": VISITS, "src/gold.py": GOLD}
    files["day1/visits/1.csv"] = "gym,minutes\n1,20.5\n2,5\n1,30\n2,35.003105735835994\n"
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def in_a_process(*arguments: str) -> subprocess.CompletedProcess[str]:
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": root}
    command = [sys.executable, "-m", "dlt_local", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.mark.slow
@pytest.mark.usefixtures("bundle")
def test_run_and_show_in_processes_of_their_own() -> None:
    ran = in_a_process("run", "--landing", "day1")
    assert (ran.returncode, ran.stderr) == (0, "")
    state_line = re.compile(TIME + r' update_progress INFO "Update \S+ is ([A-Z_]+)\."')
    states = [match[1] for line in ran.stdout.splitlines() if (match := state_line.fullmatch(line))]
    assert states == ["WAITING_FOR_RESOURCES", "INITIALIZING", "SETTING_UP_TABLES", "RUNNING", "COMPLETED"]
    flow_line = re.compile(TIME + r""" flow_progress INFO "Flow 'bronze\.visits' (?:is|has) ([A-Z]+)\.\"""")
    flow = [match[1] for line in ran.stdout.splitlines() if (match := flow_line.fullmatch(line))]
    assert flow == ["QUEUED", "STARTING", "RUNNING", "COMPLETED"]
    durations = ran.stdout[ran.stdout.index("PHASE") :].splitlines()
    assert [line.split()[0] for line in durations] == ["PHASE", *states[:-1]]
    shown = in_a_process("show", "gym_minutes", "--format", "csv")
    assert (shown.stdout, shown.stderr) == ("gym,minutes\n1,50.5\n2,35.003105735835994\n", "")


BROKEN = """

@dp.materialized_view
def broken():
    return spark.sql("SELECT CAST(raise_error('no gym') AS STRING) AS x")
"""


@pytest.mark.usefixtures("spark")
def test_a_failed_flow_ends_with_exit_code_1_and_its_reason(dlt_local: DltLocal, bundle: Path) -> None:
    (bundle / "src/gold.py").write_text(GOLD + BROKEN)
    result = dlt_local("run", "--landing", "day1")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1].startswith("RUNNING")
    assert re.search(r'update_progress ERROR "Update \S+ is FAILED\."', result.stdout)
    (error,) = result.stderr.splitlines()
    assert error.startswith(f"Error: {bundle}/src/gold.py:13: ")
    assert "no gym" in error
    shown = dlt_local("show", "gym_minutes", "--format", "csv")
    assert shown.stdout == "gym,minutes\n1,50.5\n2,35.003105735835994\n"


@pytest.mark.usefixtures("spark")
@pytest.mark.parametrize(
    ("change", "arguments", "message"),
    [
        ({}, ["--refresh", "gym_minuts"], "The pipeline has no table 'gym_minuts' to refresh. Did you mean"),
        ({"src/gold.py": "def x(:\n"}, [], "src/gold.py:1: "),
        ({"src/gold.py": GOLD.replace('"visits"', '"vists"')}, [], "src/gold.py:6: "),
        ({".dlt_local": "a file"}, [], "State folder '"),
        ({}, ["--landing", "day9"], "Landing folder {bundle}/day9 does not exist. Give an existing folder by"),
    ],
)
def test_an_update_that_cannot_start_ends_with_exit_code_2(
    dlt_local: DltLocal, bundle: Path, change: dict[str, str], arguments: list[str], message: str
) -> None:
    for name, text in change.items():
        (bundle / name).write_text(text)
    result = dlt_local("run", *(arguments if "--landing" in arguments else ["--landing", "day1", *arguments]))
    assert result.exit_code == 2
    (error,) = result.stderr.splitlines()
    assert error.removeprefix("Error: ").removeprefix(f"{bundle}/").startswith(message.format(bundle=bundle))


def test_a_state_in_use_is_refused_by_naming_the_other_process(dlt_local: DltLocal, bundle: Path) -> None:
    (bundle / ".dlt_local").mkdir()
    with locked(bundle / ".dlt_local"):
        result = dlt_local("run", "--landing", "day1")
    assert result.exit_code == 2
    assert re.fullmatch(r"Error: State folder '.*' is in use by process \d+ on .*\n", result.stderr)


@pytest.mark.usefixtures("spark")
def test_validate_writes_nothing(dlt_local: DltLocal, bundle: Path) -> None:
    before = sorted(bundle.rglob("*.*"))
    for verb in ("validate", "dry-run"):
        result = dlt_local(verb, "--landing", "day1")
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout == "Pipeline 'gyms' is valid: 3 data sets, 3 flows.\n"
    assert [path for path in sorted(bundle.rglob("*.*")) if "__pycache__" not in path.parts] == before


DESCRIBED = """\
from pyspark import pipelines as dp

@dp.materialized_view(
    name="gold.gym_minutes", comment="Time in gyms.", private=True,
    schema="gym INT COMMENT 'A | B', minutes DOUBLE",
)
@dp.expect_or_drop("some_minutes", "minutes > 0 || false")
def gym_minutes():
    \"\"\"One row per
    gym (gym).\"\"\"
    return spark.read.table("visits")
"""
PAGE = """\
# Data sets of gyms

Made by `dlt-local graph --format markdown` from the pipeline's code; do not edit.

**bronze** [visits](#bronzevisits)

**gold** [gym_minutes](#goldgym_minutes)

## bronze

### bronze.visits

As received

Streaming table, declared in `src/visits.py`.

| column | type | what it is |
|---|---|---|
| `gym` | int |  |
| `minutes` | double |  |

## gold

### gold.gym_minutes

Time in gyms. One row per gym (gym).

Materialized view, private, declared in `src/gold.py`. Reads `bronze.visits`.

| column | type | what it is |
|---|---|---|
| `gym` | int | A \\| B |
| `minutes` | double |  |

| expectation | condition | on violation |
|---|---|---|
| some_minutes | `minutes > 0 \\|\\| false` | row dropped |
"""


@pytest.mark.usefixtures("spark")
def test_the_graph_as_a_diagram(dlt_local: DltLocal, bundle: Path) -> None:
    result = dlt_local("graph", "--landing", bundle / "day1")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "flowchart LR\n"
        '  long_visits(["long_visits"])\n'
        "  subgraph bronze\n"
        '    c_bronze_visits[("visits")]\n'
        "  end\n"
        "  subgraph gold\n"
        '    c_gold_gym_minutes[["gym_minutes"]]\n'
        "  end\n"
        "  c_bronze_visits --> long_visits\n"
        "  long_visits --> c_gold_gym_minutes\n"
    )


@pytest.mark.usefixtures("spark")
def test_the_graph_as_json(dlt_local: DltLocal, bundle: Path) -> None:
    result = dlt_local("graph", "--landing", bundle / "day1", "--format", "json")
    graph = json.loads(result.stdout)
    assert graph["pipeline"] == "gyms"
    assert graph["datasets"] == [
        {
            "name": "c.bronze.visits",
            "kind": "STREAMING_TABLE",
            "comment": "As received",
            "description": None,
            "file": str(bundle / "src/visits.py"),
            "line": 3,
            "inputs": [],
            "flows": [{"name": "visits", "inputs": []}],
            "columns": [
                {"name": "gym", "type": "int", "nullable": True, "comment": None},
                {"name": "minutes", "type": "double", "nullable": True, "comment": None},
            ],
        },
        {
            "name": "long_visits",
            "kind": "VIEW",
            "comment": None,
            "description": None,
            "file": str(bundle / "src/gold.py"),
            "line": 4,
            "inputs": ["c.bronze.visits"],
            "flows": [{"name": "long_visits", "inputs": ["c.bronze.visits"]}],
            "columns": [
                {"name": "gym", "type": "int", "nullable": True, "comment": None},
                {"name": "minutes", "type": "double", "nullable": True, "comment": None},
            ],
        },
        {
            "name": "c.gold.gym_minutes",
            "kind": "MATERIALIZED_VIEW",
            "comment": None,
            "description": None,
            "file": str(bundle / "src/gold.py"),
            "line": 8,
            "inputs": ["long_visits"],
            "flows": [{"name": "gold.gym_minutes", "inputs": ["long_visits"]}],
            "columns": [
                {"name": "gym", "type": "int", "nullable": True, "comment": None},
                {"name": "minutes", "type": "double", "nullable": True, "comment": None},
            ],
        },
    ]


@pytest.mark.usefixtures("spark")
def test_the_graph_as_a_page(dlt_local: DltLocal, bundle: Path) -> None:
    (bundle / "src/gold.py").write_text(DESCRIBED, encoding="utf-8")
    result = dlt_local("graph", "--landing", bundle / "day1", "--format", "markdown")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == PAGE
