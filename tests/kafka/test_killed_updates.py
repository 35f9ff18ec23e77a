"""Updates that are killed while they read Kafka, and a second one that finds the first at work."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from dlt_local.errors import PipelineError
from tests.kafka.another_process import command
from tests.kafka.messages import Message, new_topic, send
from tests.kafka.reading import row

if TYPE_CHECKING:
    from pathlib import Path

    from dlt_local.kafka.protocol import KafkaCluster
    from dlt_local.pytest_plugin import PipelineProject

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs signals and process groups of Linux")

SENT = [f"m{number}" for number in range(8)]
BLOCKING = """
    import json
    import signal
    from pathlib import Path
    from pyspark import pipelines as dp
    from pyspark.sql.functions import udf

    WAITING = Path(spark.conf.get("waiting"))


    @udf("string")
    def blocked(value):
        # At these messages, once each, until somebody kills the update.
        mark = WAITING / value
        if value in ("m2", "m5") and not mark.exists():
            mark.touch()
            signal.pause()
        return value


    @dp.table
    def messages():
        rows = spark.readStream.format("kafka").options(**json.loads(spark.conf.get("options"))).load()
        return rows.select(
            rows.key.cast("string").alias("key"),
            blocked(rows.value.cast("string")).alias("value"),
            "partition",
            "offset",
        )
"""


def test_killed_updates_write_each_message_once(pipeline: PipelineProject, kafka: KafkaCluster, tmp_path: Path) -> None:
    """In the middle of a write, and between a commit of the table and the note that its batch is done."""
    topic, waiting = new_topic(kafka, partitions=2), tmp_path / "waiting"
    waiting.mkdir()
    send(kafka, topic, *[Message(value, partition=number % 2) for number, value in enumerate(SENT)])
    options = {
        "kafka.bootstrap.servers": kafka.bootstrap_servers,
        "subscribe": topic,
        "startingOffsets": "earliest",
        "maxOffsetsPerTrigger": "2",
    }
    pipeline.settings |= {"options": json.dumps(options), "waiting": str(waiting)}
    pipeline.source("messages.py", BLOCKING)

    with update_that_reaches(waiting / "m2", pipeline) as first:
        with pytest.raises(PipelineError, match=f"process {first.pid} "):
            pipeline.update()
        first.kill()
    checkpoint = next(pipeline.state.glob("tables/*/main/messages/_dlt_metadata/checkpoints/messages/0"))
    assert numbers(checkpoint / "offsets") == [0, 1]
    assert numbers(checkpoint / "commits") == [0]
    assert len(pipeline.table("messages")) == 2

    with update_that_reaches(waiting / "m5", pipeline) as second:
        second.kill()
    assert numbers(checkpoint / "offsets") == [0, 1, 2]
    assert numbers(checkpoint / "commits") == [0, 1]
    assert len(pipeline.table("messages")) == 4
    # What a kill between the two leaves behind: batch 1 is in the table, and not known to be.
    for file in ("commits/1", "offsets/2", "commits/.1.crc", "offsets/.2.crc"):
        (checkpoint / file).unlink()

    assert pipeline.update().errors == ()
    assert pipeline.table("messages") == [
        row(number // 2, value, partition=number % 2) for number, value in enumerate(SENT)
    ]


class update_that_reaches:  # noqa: N801 # reads as what it is
    """An update in another process, once it has left a mark; it must be dead at the end of the block."""

    def __init__(self, mark: Path, pipeline: PipelineProject) -> None:
        self._mark, self._command = mark, command(pipeline)

    def __enter__(self) -> subprocess.Popen[str]:
        self._update = subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        while not self._mark.exists():
            try:
                output, _ = self._update.communicate(timeout=0.05)
            except subprocess.TimeoutExpired:
                continue
            pytest.fail(f"the update ended with {self._update.returncode} too early: {output}")
        return self._update

    def __exit__(self, *_: object) -> None:
        # Its end of the pipe closes when Java has ended too.
        self._update.communicate(timeout=60)
        assert self._update.returncode == -signal.SIGKILL


def numbers(folder: Path) -> list[int]:
    return sorted(int(file.name) for file in folder.iterdir() if file.name.isdecimal())
