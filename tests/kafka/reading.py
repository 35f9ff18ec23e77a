"""A pipeline that reads Kafka into one table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlt_local.kafka.protocol import KafkaCluster
    from dlt_local.pytest_plugin import PipelineProject

ROWS = "CAST(key AS STRING) key, CAST(value AS STRING) value, partition, offset"


def reading(pipeline: PipelineProject, kafka: KafkaCluster, **options: str) -> None:
    pipeline.settings |= {"servers": kafka.bootstrap_servers, "options": json.dumps(options)}
    pipeline.source(
        "messages.py",
        f"""
        import json
        from pyspark import pipelines as dp

        @dp.table
        def messages():
            reader = spark.readStream.format("kafka").option("kafka.bootstrap.servers", spark.conf.get("servers"))
            messages = reader.options(**json.loads(spark.conf.get("options"))).load()
            return messages.selectExpr(*{ROWS.split(", ")!r})
        """,
    )


def row(offset: int, value: str, key: str | None = None, partition: int = 0) -> dict[str, object]:
    return {"key": key, "value": value, "partition": partition, "offset": offset}
