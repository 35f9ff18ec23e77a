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
        ('dp.table(path="/tmp/x")', r"'table\(path=...\)' is not supported"),
        ('dp.table(row_filter="f")', "'row_filter' must read"),
        ('dp.table(coment="x")', "unexpected keyword argument 'coment'. Did you mean 'comment'?"),
        ("dp.update_flow()", r"'update_flow' \(real-time mode\) is not supported"),
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
