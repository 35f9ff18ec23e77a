"""SQL source files declare the same as Python, beside it, with errors at their own lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from dlt_local.errors import PipelineError
from dlt_local.project.folder import pipeline_from_open_source_file
from dlt_local.update import UpdateRequest, run_update

if TYPE_CHECKING:
    from pathlib import Path

    from dlt_local.pytest_plugin import PipelineProject

PYTHON = """
import dlt

@dlt.table
def raw():
    schema = "id INT, name STRING, seq INT, op STRING"
    return spark.readStream.schema(schema).json(spark.conf.get("landing"))
"""
SQL = """
-- People, as they are and as they were; this comment has a ; in it.
SET limit = 100;

CREATE OR REFRESH STREAMING TABLE named (
  id INT COMMENT 'the; key', name STRING, seq INT, op STRING,
  CONSTRAINT `has name` EXPECT (name IS NOT NULL OR op = 'D') ON VIOLATION DROP ROW,
  CONSTRAINT small EXPECT (id < ${limit})
)
COMMENT 'It''s the feed'
TBLPROPERTIES ('quality' = 'silver', "pipelines.reset.allowed" = true)
AS SELECT * FROM STREAM(LIVE.raw) AS r WHERE r.id IS NOT NULL;

CREATE TEMPORARY VIEW changes (CONSTRAINT sane EXPECT (seq > 0))
AS SELECT * FROM STREAM named;

CREATE OR REFRESH STREAMING TABLE people;
CREATE FLOW people_now AS AUTO CDC INTO people FROM stream(changes)
  KEYS (id) APPLY AS DELETE WHEN op = "D" SEQUENCE BY seq COLUMNS * EXCEPT (op, seq) STORED AS SCD TYPE 1;

CREATE STREAMING TABLE people_history;
APPLY CHANGES INTO LIVE.people_history FROM STREAM(LIVE.changes)
  KEYS (id) APPLY AS DELETE WHEN op = "D" SEQUENCE BY seq COLUMNS (id, name) STORED AS SCD TYPE 2
  TRACK HISTORY ON * EXCEPT (id);

CREATE OR REFRESH MATERIALIZED VIEW counted CLUSTER BY (n)
AS WITH live AS (SELECT name FROM people) SELECT name, count(*) AS n FROM live GROUP BY name;

CREATE OR REFRESH PRIVATE MATERIALIZED VIEW hidden AS SELECT max(n) AS n FROM counted;
CREATE LIVE TABLE shown AS SELECT n FROM LIVE.hidden;

CREATE STREAMING TABLE both (CONSTRAINT known EXPECT (id > 0) ON VIOLATION FAIL UPDATE);
CREATE FLOW from_feed AS INSERT INTO both BY NAME SELECT id FROM STREAM(raw) WHERE id IS NOT NULL;
CREATE FLOW before AS INSERT INTO ONCE both BY NAME SELECT 77 AS id
"""


def test_sql_beside_python(pipeline: PipelineProject) -> None:
    pipeline.source("raw.py", PYTHON)
    pipeline.source("people.sql", SQL)
    pipeline.land(
        "1.json", [{"id": 1, "name": "Ann", "seq": 1}, {"id": 2, "seq": 1}, {"id": 500, "name": "Bea", "seq": 1}]
    )
    assert pipeline.update().errors == ()
    pipeline.land("2.json", [{"id": 1, "name": "Anna", "seq": 2}, {"id": 500, "seq": 2, "op": "D"}])
    assert pipeline.update().errors == ()
    assert pipeline.expectations("named") == {"has name": (2, 0), "small": (1, 1)}
    assert pipeline.expectations("changes") == {"sane": (4, 0)}
    assert pipeline.table("people") == [{"id": 1, "name": "Anna"}]
    assert [(row["name"], row["__START_AT"], row["__END_AT"]) for row in pipeline.table("people_history")] == [
        ("Ann", 1, 2),
        ("Anna", 2, None),
        ("Bea", 1, 2),
    ]
    assert pipeline.table("counted") == [{"name": "Anna", "n": 1}]
    assert pipeline.table("shown") == [{"n": 1}]
    assert sorted(row["id"] for row in pipeline.table("both")) == [1, 1, 2, 77, 500, 500]


@pytest.mark.parametrize(
    ("statement", "line", "message"),
    [
        ("CREATE TABLE", 3, "SQL: expected a name, found the end of the statement"),
        ("CREATE STREAMING VIEW\n  OR", 3, "SQL: expected AS, found the end"),
        ("INSERT INTO x VALUES (1)", 3, "SQL: expected CREATE, SET or APPLY CHANGES INTO, found 'INSERT'"),
        ("CREATE FLOW f AS INSERT INTO t\nSELECT 1", 4, "SQL: expected BY NAME, found 'SELECT'"),
        ("CREATE MATERIALIZED VIEW x AS SELECT ${nope}", 3, r"SQL: there is no setting 'nope' for \$\{nope\}"),
        ("CREATE MATERIALIZED VIEW x AS SELECT nope", 3, "UNRESOLVED_COLUMN"),
        ("CREATE MATERIALIZED VIEW x AS SELECT * FROM nope", 3, "Data set 'nope' does not exist"),
        ("CREATE STREAMING TABLE x AS SELECT 1 AS a", 3, "BATCH_RELATION_FOR_STREAMING_TABLE"),
        ("CREATE MATERIALIZED VIEW x (CONSTRAINT c EXPECT (a) ON VIOLATION SKIP) AS SELECT 1 AS a", 3, "SKIP"),
        ("AUTO CDC INTO x FROM y KEYS (id)", 3, "SQL: expected SEQUENCE BY"),
        (
            "CREATE MATERIALIZED VIEW x LOCATION '/x' AS SELECT 1",
            3,
            "SQL: expected .*, found 'LOCATION'",
        ),
        ("CREATE MATERIALIZED VIEW x AS SELECT 'unclosed", 1, "SQL: "),
    ],
)
def test_errors_name_the_line(pipeline: PipelineProject, statement: str, line: int, message: str) -> None:
    path = pipeline.source("broken.sql", f"\n\n{statement}")
    with pytest.raises(PipelineError, match=rf"^{path}:{line}: .*({message})"):
        pipeline.update()


def test_a_project_as_open_source_spark_makes_it(tmp_path: Path) -> None:
    """`spark-pipelines init` writes a specification, a Python file and a SQL file."""
    (tmp_path / "transformations").mkdir()
    (tmp_path / "transformations/numbers.py").write_text(
        "from pyspark import pipelines as dp\n\n@dp.materialized_view\ndef numbers():\n    return spark.range(5)\n"
    )
    (tmp_path / "transformations/even.sql").write_text(
        "CREATE MATERIALIZED VIEW even AS\nSELECT id FROM numbers\nWHERE id % 2 = 0\n"
    )
    specification = tmp_path / "spark-pipeline.yml"
    specification.write_text("name: demo\nlibraries:\n  - glob:\n      include: transformations/**\n")
    result = run_update(pipeline_from_open_source_file(specification), tmp_path / "s", UpdateRequest(), lambda _: None)
    assert result.errors == ()
    rows = pa.table(DeltaTable(tmp_path / "s/tables/spark_catalog/default/even").scan()).to_pylist()
    assert sorted(row["id"] for row in rows) == [0, 2, 4]
