"""What is not served is refused by name, with the file and the line of the call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dlt_local.errors import PipelineError

if TYPE_CHECKING:
    from dlt_local.pytest_plugin import PipelineProject

SOURCE = """
    from pyspark import pipelines as dp

    dp.create_streaming_table("people")


    @{decorator}
    def changes():
        return spark.range(1)
"""


@pytest.mark.parametrize(
    ("decorator", "message"),
    [
        (
            'dp.table(spark_conf={"spark.sql.shuffle.partitions": "7"})',
            "'spark_conf' key 'spark.sql.shuffle.partitions'",
        ),
        ('dp.table(row_filter="ROW FILTER f ON (a)")', r"'table\(row_filter=...\)' is not supported"),
        ('dp.table(coment="x")', "unexpected keyword argument 'coment'. Did you mean 'comment'?"),
        ('dp.append_flow(target="people", once=True)', r"'append_flow\(once=...\)' is not supported"),
        ("dp.update_flow()", "'update_flow' is not supported"),
        ('dp.table(partition_cols=["a"], cluster_by=["b"])', "'partition_cols' and 'cluster_by' exclude each other"),
    ],
)
def test_refused_at_its_line(pipeline: PipelineProject, decorator: str, message: str) -> None:
    path = pipeline.source("people.py", SOURCE.format(decorator=decorator))
    with pytest.raises(PipelineError, match=rf"^{path}:7: .*{message}"):
        pipeline.update()


def test_settings_of_the_pipeline_engine_are_taken(pipeline: PipelineProject) -> None:
    decorator = 'dp.table(spark_conf={"pipelines.trigger.interval": "1 minute"})'
    pipeline.source("people.py", SOURCE.format(decorator=decorator).replace('dp.create_streaming_table("people")', ""))
    assert pipeline.update().state == "COMPLETED"
    assert pipeline.table("changes") == [{"id": 0}]
