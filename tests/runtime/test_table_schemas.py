"""Declared schemas: what Databricks' DDL has beyond Spark's, NOT NULL, clustering, and how stored tables evolve."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from deltalake import DeltaTable

from dlt_local.errors import PipelineError

if TYPE_CHECKING:
    from dlt_local.pytest_plugin import PipelineProject

DDL = """
    id BIGINT NOT NULL PRIMARY KEY COMMENT 'the key',
    mail STRING MASK main.governance.hide USING COLUMNS (id),
    at TIMESTAMP,
    day DATE GENERATED ALWAYS AS (CAST(at AS DATE)) COMMENT 'of at',
    more STRUCT<a: INT, b: ARRAY<STRING>>,
    CONSTRAINT people_pk PRIMARY KEY (id RELY),
    CONSTRAINT other FOREIGN KEY (id) REFERENCES others (id)
"""
SOURCE = """
    import dlt

    @dlt.{kind}(schema=DDL, cluster_by=["id"], row_filter="ROW FILTER main.governance.mine ON (id)")
    def people():
        return spark.{read}.schema("id BIGINT, mail STRING, at TIMESTAMP").json(spark.conf.get("landing"))
"""


@pytest.mark.parametrize(("kind", "read"), [("table", "readStream"), ("materialized_view", "read")])
def test_the_ddl_of_databricks(pipeline: PipelineProject, kind: str, read: str) -> None:
    pipeline.source("people.py", f"DDL = '''{DDL}'''\n" + _dedented(SOURCE.format(kind=kind, read=read)))
    pipeline.land("1.json", [{"id": 1, "mail": "a@b.c", "at": "2026-04-14T23:30:00Z"}])
    assert pipeline.update().errors == ()
    (row,) = pipeline.table("people")
    assert row | {"at": row["at"].isoformat(), "day": row["day"].isoformat()} == {
        "id": 1, "mail": "a@b.c", "at": "2026-04-14T23:30:00+00:00", "day": "2026-04-14", "more": None,
    }  # fmt: skip
    fields = {
        field["name"]: field for field in json.loads(DeltaTable(pipeline.path("people")).schema().to_json())["fields"]
    }
    assert not fields["id"]["nullable"]
    assert fields["id"]["metadata"]["comment"] == "the key"
    # A NULL in a NOT NULL column fails the flow; nothing of the batch is written.
    pipeline.land("2.json", [{"id": 2}, {"mail": "nobody@b.c"}])
    result = pipeline.update()
    assert result.state == "FAILED"
    assert "NOT_NULL_CONSTRAINT_VIOLATED" in result.errors[0]
    assert [row["id"] for row in pipeline.table("people")] == [1]


def _dedented(code: str) -> str:
    return "\n".join(line.removeprefix("    ") for line in code.splitlines())


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ("id BIGINT GENERATED ALWAYS AS IDENTITY", "IDENTITY is not supported"),
        ("id BIGINT,, x INT", "The schema of 'people' cannot be parsed"),
        ("ids BIGINT", "produces column 'id', which its declared schema lacks. Did you mean 'ids'"),
        ("id STRING", "Column 'id' of 'people' has two types"),
        ("id BIGINT GENERATED ALWAYS AS (1)", "produces column 'id', which its schema generates"),
    ],
)
def test_schemas_that_cannot_be(pipeline: PipelineProject, schema: str, message: str) -> None:
    code = f'import dlt\n@dlt.table(schema="{schema}")\ndef people():\n    return spark.range(1)\n'
    path = pipeline.source("people.py", code)
    with pytest.raises(PipelineError, match=rf"^{path}:2: .*{message}"):
        pipeline.update()


@pytest.mark.parametrize("column", ["true AS c", "array(1) AS c", "X'00' AS c"])
def test_columns_that_cannot_cluster(pipeline: PipelineProject, column: str) -> None:
    code = f'import dlt\n@dlt.table(cluster_by=["c"])\ndef people():\n    return spark.sql("SELECT {column}")\n'
    pipeline.source("people.py", code)
    with pytest.raises(PipelineError, match="DELTA_CLUSTERING_COLUMNS_DATATYPE_NOT_SUPPORTED"):
        pipeline.update()


def test_a_streaming_table_gains_columns_and_refuses_other_types(pipeline: PipelineProject) -> None:
    source = """
        import dlt
        @dlt.table
        def people():
            return spark.readStream.schema("{schema}").json(spark.conf.get("landing"))
    """
    pipeline.source("people.py", source.format(schema="id INT"))
    pipeline.land("1.json", [{"id": 1, "name": "Ann"}])
    pipeline.update()
    pipeline.source("people.py", source.format(schema="id INT, name STRING"))
    pipeline.land("2.json", [{"id": 2, "name": "Bea"}])
    assert pipeline.update().errors == ()
    assert pipeline.table("people") == [{"id": 1, "name": None}, {"id": 2, "name": "Bea"}]
    # A column that the query no longer has stays and is NULL in new rows.
    pipeline.source("people.py", source.format(schema="id INT"))
    pipeline.land("3.json", [{"id": 3, "name": "Cai"}])
    assert pipeline.update().errors == ()
    assert pipeline.table("people")[2] == {"id": 3, "name": None}
    path = pipeline.source("people.py", source.format(schema="id STRING"))
    with pytest.raises(PipelineError, match=rf"^{path}:3: .*changed from int to string. Run with --full-refresh main"):
        pipeline.update()
    assert pipeline.update(full_refresh_all=True).errors == ()
    assert [row["id"] for row in pipeline.table("people")] == ["1", "2", "3"]
